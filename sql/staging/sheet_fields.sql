-- Title:  Fields on which a sheet's silence means something
-- Grain:  one row per file and sheet
-- Reads:  raw.source_columns, raw.sources
-- Note:   a sheet without the column, and a source that saw only a part of each report, say nothing by an empty cell
CREATE OR REPLACE TABLE staging.sheet_fields AS
SELECT
    columns.source_key,
    columns.file_sha256,
    columns.sheet,
    coalesce(list(columns.intake_field) FILTER (WHERE columns.intake_field IS NOT NULL AND sources.scope = 'full'), []) AS covered_fields
FROM raw.source_columns AS columns
INNER JOIN raw.sources AS sources ON sources.source_key = columns.source_key
GROUP BY columns.source_key, columns.file_sha256, columns.sheet;
