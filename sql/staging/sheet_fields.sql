-- Title:  Fields on which a sheet's silence means something
-- Grain:  one row per file, sheet and scope of a source
-- Reads:  raw.source_columns
-- Note:   a sheet without the column says nothing by its silence, and a source that saw only a part of each report
--         (scope partial) says nothing by any empty cell. The scope is that of the source for which a record speaks,
--         which for a correction is the source of the record that it corrects.
CREATE OR REPLACE TABLE staging.sheet_fields AS
SELECT
    source_key,
    file_sha256,
    sheet,
    'full' AS scope,
    coalesce(list(intake_field) FILTER (WHERE intake_field IS NOT NULL), []) AS covered_fields
FROM raw.source_columns
GROUP BY source_key, file_sha256, sheet
UNION ALL
SELECT DISTINCT source_key, file_sha256, sheet, 'partial' AS scope, []::VARCHAR[] AS covered_fields
FROM raw.source_columns;
