SELECT list(record_no ORDER BY record_no) AS records, any_value(patient_index) AS patient_index
FROM staging.record_cases
GROUP BY case_id
