SELECT * FROM registry.case_work_up WHERE work_up_item IN ('malignancy', 'calcium_intake', 'vitamin_d')
