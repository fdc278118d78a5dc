SELECT list(record_no ORDER BY record_no) AS records, any_value(publication_id) AS publication_id
FROM staging.record_cases
GROUP BY case_id
