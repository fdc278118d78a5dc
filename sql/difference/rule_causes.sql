-- Title:  Row rules that a case breaks in one version and not in the other
-- Grain:  one row per case that differs and rule
-- Reads:  quality.findings of both versions; difference.case_changes
CREATE OR REPLACE TABLE difference.rule_causes AS
WITH older_hits AS (
    SELECT DISTINCT case_id, rule
    FROM older.quality.findings
    WHERE case_id IN (SELECT case_id FROM difference.case_changes)
),

newer_hits AS (
    SELECT DISTINCT case_id, rule
    FROM newer.quality.findings
    WHERE case_id IN (SELECT case_id FROM difference.case_changes)
)

FROM (FROM older_hits EXCEPT FROM newer_hits)
UNION ALL
FROM (FROM newer_hits EXCEPT FROM older_hits);
