-- Title:  What became of the records in quarantine
-- Grain:  one row per record that stands in the quarantine of either version
-- Reads:  quality.quarantine, staging.record_keys, staging.record_cases of both versions
-- Note:   outcome is passed (accepted now), kept (in quarantine as before), entered (in quarantine now), dropped (its source gives no
--         such record any more, or another stands for it). rules and reasons are those of the newer version, of the older one
--         where the record left
CREATE OR REPLACE TABLE difference.quarantine AS
WITH newer_records AS (
    SELECT keys.source_key, keys.record_key, any_value(cases.case_id) AS case_id
    FROM newer.staging.record_keys AS keys
    INNER JOIN newer.staging.record_cases AS cases ON cases.record_no = keys.record_no
    SEMI JOIN older.quality.quarantine AS quarantined
        ON quarantined.source_key = keys.source_key AND quarantined.record_key = keys.record_key
    GROUP BY keys.source_key, keys.record_key
),

older_rows AS (
    SELECT source_key, record_key, record_sha256, any_value(COLUMNS(['file_name', 'sheet', 'line_number', 'rules', 'reasons']))
    FROM older.quality.quarantine
    GROUP BY source_key, record_key, record_sha256
),

newer_rows AS (
    SELECT source_key, record_key, record_sha256, any_value(COLUMNS(['file_name', 'sheet', 'line_number', 'rules', 'reasons']))
    FROM newer.quality.quarantine
    GROUP BY source_key, record_key, record_sha256
)

SELECT
    CASE
        WHEN newer_rows.record_key IS NOT NULL AND older_rows.record_key IS NOT NULL THEN 'kept'
        WHEN newer_rows.record_key IS NOT NULL THEN 'entered'
        WHEN newer_records.record_key IS NOT NULL THEN 'passed'
        ELSE 'dropped'
    END AS outcome,
    coalesce(newer_rows.source_key, older_rows.source_key) AS source_key,
    coalesce(newer_rows.file_name, older_rows.file_name) AS file_name,
    coalesce(newer_rows.sheet, older_rows.sheet) AS sheet,
    coalesce(newer_rows.line_number, older_rows.line_number) AS line_number,
    coalesce(newer_rows.record_key, older_rows.record_key) AS record_key,
    newer_records.case_id,
    coalesce(newer_rows.rules, older_rows.rules) AS rules,
    coalesce(newer_rows.reasons, older_rows.reasons) AS reasons
FROM newer_rows
FULL JOIN older_rows
    ON older_rows.source_key = newer_rows.source_key
    AND older_rows.record_key = newer_rows.record_key
    AND older_rows.record_sha256 = newer_rows.record_sha256
LEFT JOIN newer_records
    ON newer_rows.record_key IS NULL
    AND newer_records.source_key = older_rows.source_key
    AND newer_records.record_key = older_rows.record_key
ORDER BY list_position(['passed', 'entered', 'kept', 'dropped'], outcome), source_key, file_name, sheet, line_number;
