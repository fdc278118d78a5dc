-- Title:  Findings per case
-- Grain:  one row per case that has a finding
-- Reads:  staging.rule_hits, staging.record_cases
CREATE OR REPLACE VIEW staging.case_flags AS
SELECT record_cases.case_id, count(*) AS n_findings
FROM staging.rule_hits AS hits
INNER JOIN staging.record_cases AS record_cases ON record_cases.record_no = hits.record_no
GROUP BY record_cases.case_id;
