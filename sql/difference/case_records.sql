-- Title:  Source records of the cases that differ
-- Grain:  one row per version (held_by), case and accepted record
-- Reads:  staging.record_cases, staging.record_keys, raw.source_files of both versions; difference.case_changes
-- Note:   is_source_change: the other version has no such record, and not the file that it stands in, or reads that file by
--         another mapping. A record that differs although its file does not was made by another vocabulary, rule or program
CREATE OR REPLACE TABLE difference.case_records AS
WITH older_files AS (
    FROM older.raw.source_files WHERE file_state = 'loaded'
),

newer_files AS (
    FROM newer.raw.source_files WHERE file_state = 'loaded'
),

records AS (
    SELECT 'older' AS held_by, cases.case_id, keys.record_no, keys.source_key, keys.record_key, keys.record_sha256, keys.file_sha256
    FROM older.staging.record_cases AS cases
    SEMI JOIN difference.case_changes AS changes ON changes.case_id = cases.case_id
    INNER JOIN older.staging.record_keys AS keys ON keys.record_no = cases.record_no
    UNION ALL
    SELECT 'newer' AS held_by, cases.case_id, keys.record_no, keys.source_key, keys.record_key, keys.record_sha256, keys.file_sha256
    FROM newer.staging.record_cases AS cases
    SEMI JOIN difference.case_changes AS changes ON changes.case_id = cases.case_id
    INNER JOIN newer.staging.record_keys AS keys ON keys.record_no = cases.record_no
),

files AS (
    SELECT
        'older' AS held_by,
        own.source_key,
        own.file_sha256,
        any_value(own.file_name) AS file_name,
        bool_or(theirs.file_sha256 IS NOT NULL) AS is_held_by_both,
        bool_or(theirs.mapping_sha256 IS NOT DISTINCT FROM own.mapping_sha256 AND theirs.file_sha256 IS NOT NULL) AS is_same
    FROM older_files AS own
    LEFT JOIN newer_files AS theirs ON theirs.source_key = own.source_key AND theirs.file_sha256 = own.file_sha256
    GROUP BY own.source_key, own.file_sha256
    UNION ALL
    SELECT
        'newer' AS held_by,
        own.source_key,
        own.file_sha256,
        any_value(own.file_name) AS file_name,
        bool_or(theirs.file_sha256 IS NOT NULL) AS is_held_by_both,
        bool_or(theirs.mapping_sha256 IS NOT DISTINCT FROM own.mapping_sha256 AND theirs.file_sha256 IS NOT NULL) AS is_same
    FROM newer_files AS own
    LEFT JOIN older_files AS theirs ON theirs.source_key = own.source_key AND theirs.file_sha256 = own.file_sha256
    GROUP BY own.source_key, own.file_sha256
)

SELECT
    records.held_by,
    records.case_id,
    records.record_no,
    records.source_key,
    records.record_key,
    records.record_sha256,
    others.record_sha256 IS NULL AND NOT coalesce(files.is_same, false) AS is_source_change,
    records.source_key || CASE WHEN files.is_held_by_both THEN ' (its mapping)' ELSE coalesce(' (' || files.file_name || ')', '') END AS origin
FROM records
LEFT JOIN files
    ON files.held_by = records.held_by
    AND files.source_key = records.source_key
    AND files.file_sha256 = records.file_sha256
LEFT JOIN (
    SELECT DISTINCT 'older' AS held_by, source_key, record_key, record_sha256 FROM newer.staging.record_keys
    UNION ALL
    SELECT DISTINCT 'newer' AS held_by, source_key, record_key, record_sha256 FROM older.staging.record_keys
) AS others
    ON others.held_by = records.held_by
    AND others.source_key = records.source_key
    AND others.record_key = records.record_key
    AND others.record_sha256 = records.record_sha256;
