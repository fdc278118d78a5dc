SELECT
    one.line_number AS one,
    other.line_number AS other,
    one.record_key = other.record_key AS same_key,
    one.record_sha256 = other.record_sha256 AS same_content
FROM staging.record_keys AS one
INNER JOIN staging.record_keys AS other ON one.line_number < other.line_number
WHERE one.record_key = other.record_key OR one.record_sha256 = other.record_sha256
