-- Title:  Every version of every case
-- Grain:  one row per case and version; run_to IS NULL marks the version in force
-- Reads:  history.case_log
CREATE OR REPLACE VIEW history.case_versions AS
SELECT
    case_id,
    run_from,
    lead(run_from) OVER (PARTITION BY case_id ORDER BY run_from) AS run_to,
    change,
    changed_fields,
    why,
    * EXCLUDE (case_id, run_from, change, changed_fields, why)
FROM history.case_log;
