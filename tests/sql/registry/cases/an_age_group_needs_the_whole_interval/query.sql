SELECT case_id, age_group_code FROM registry.cases
