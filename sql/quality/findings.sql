-- Title:  What the rules found
-- Grain:  one row per record, rule and field
-- Reads:  staging.rule_hits, staging.rules, staging.case_records, staging.record_cases, raw.source_files
-- Note:   action says what followed: quarantine (the record is kept out) or flag (the case carries the finding)
CREATE OR REPLACE TABLE quality.findings AS
SELECT
    hits.rule,
    rules.severity,
    rules.action,
    hits.intake_field,
    hits.offending_value,
    rules.sentence,
    records.record_key,
    records.record_sha256,
    records.source_key,
    files.file_name,
    records.sheet,
    records.line_number,
    record_cases.case_id
FROM staging.rule_hits AS hits
INNER JOIN staging.rules AS rules ON rules.rule = hits.rule
INNER JOIN staging.case_records AS records ON records.record_no = hits.record_no
LEFT JOIN staging.record_files AS files ON files.record_no = hits.record_no
LEFT JOIN staging.record_cases AS record_cases ON record_cases.record_no = hits.record_no
ORDER BY records.source_key, records.record_key, hits.rule, hits.intake_field, hits.offending_value;
