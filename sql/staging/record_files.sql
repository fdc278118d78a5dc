-- Title:  The file that each record with a finding stands in
-- Grain:  one row per record that breaks a rule
-- Reads:  staging.rule_hits, staging.records, raw.source_files
CREATE OR REPLACE VIEW staging.record_files AS
SELECT DISTINCT records.record_no, files.file_name
FROM staging.rule_hits AS hits
INNER JOIN staging.records AS records ON records.record_no = hits.record_no
INNER JOIN raw.source_files AS files
    ON files.source_key = records.source_key AND files.file_sha256 = records.file_sha256;
