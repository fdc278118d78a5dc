-- Title:  Cases that only one of the versions has, or that differ in a value
-- Grain:  one row per case; change is added, removed or changed
-- Reads:  registry.cases of both versions; difference.field_changes
CREATE OR REPLACE TABLE difference.case_changes AS
SELECT newer_cases.case_id, 'added' AS change
FROM newer.registry.cases AS newer_cases
ANTI JOIN older.registry.cases AS older_cases ON older_cases.case_id = newer_cases.case_id
UNION ALL
SELECT older_cases.case_id, 'removed' AS change
FROM older.registry.cases AS older_cases
ANTI JOIN newer.registry.cases AS newer_cases ON newer_cases.case_id = older_cases.case_id
UNION ALL
SELECT DISTINCT case_id, 'changed' AS change
FROM difference.field_changes;
