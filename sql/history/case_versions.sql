-- Title:  Every version of every case
-- Grain:  one row per case and version; run_to IS NULL marks the version in force, a withdrawal ends with the run that it began in
-- Reads:  history.case_log
CREATE OR REPLACE VIEW history.case_versions AS
SELECT
    case_id,
    run_from,
    coalesce(
        lead(run_from) OVER (PARTITION BY case_id ORDER BY run_from),
        CASE WHEN change = 'withdrawn' THEN run_from END
    ) AS run_to,
    change,
    changed_fields,
    why,
    * EXCLUDE (case_id, run_from, change, changed_fields, why)
FROM history.case_log;
