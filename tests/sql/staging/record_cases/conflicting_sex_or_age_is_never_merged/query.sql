SELECT list(record_no ORDER BY record_no) AS records, bool_or(is_split) AS is_split
FROM staging.record_cases
GROUP BY case_id
