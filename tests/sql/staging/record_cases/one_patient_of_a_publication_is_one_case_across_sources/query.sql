SELECT
    list(record_no ORDER BY record_no) AS records,
    any_value(publication_id) AS publication_id,
    any_value(patient_index) AS patient_index,
    bool_or(is_split) AS is_split
FROM staging.record_cases
GROUP BY case_id
