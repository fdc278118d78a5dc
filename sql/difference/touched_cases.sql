-- Title:  Cases of both versions that may differ
-- Grain:  one row per case; is_other_row says whether its row of registry.cases differs in a column that both versions have
-- Reads:  registry.cases, staging.fingerprints of both versions; difference.columns
-- Note:   a registry is a function of its inputs and of what it is derived with. Where the latter is the same, only a case whose
--         row is another one (which has the hash of its contributions) can have other items; else every case can. Rows are
--         compared by a hash of 64 bits: joined whole, their 70 columns would cost several times as much
CREATE OR REPLACE TABLE difference.touched_cases AS
WITH older_cases AS (
    SELECT case_id, columns(name -> list_contains(getvariable('compared_columns'), name))
    FROM older.registry.cases
),

newer_cases AS (
    FROM older_cases WHERE false
    UNION ALL BY NAME
    SELECT case_id, columns(name -> list_contains(getvariable('compared_columns'), name))
    FROM newer.registry.cases
),

older_rows AS (
    SELECT case_id, hash(*columns(* EXCLUDE (case_id))) AS content
    FROM older_cases
),

newer_rows AS (
    SELECT case_id, hash(*columns(* EXCLUDE (case_id))) AS content
    FROM newer_cases
),

compared AS (
    SELECT newer_rows.case_id, newer_rows.content <> older_rows.content AS is_other_row
    FROM newer_rows
    INNER JOIN older_rows ON older_rows.case_id = newer_rows.case_id
),

derivation AS (
    SELECT count(*) > 0 AS is_another
    FROM older.staging.fingerprints AS older_parts
    FULL JOIN newer.staging.fingerprints AS newer_parts ON newer_parts.part = older_parts.part
    WHERE newer_parts.sha256 IS DISTINCT FROM older_parts.sha256
        AND coalesce(newer_parts.part, older_parts.part) <> 'inputs'
)

SELECT case_id, is_other_row
FROM compared
WHERE is_other_row OR (SELECT is_another FROM derivation);
