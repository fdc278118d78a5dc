-- Title:  Columns found in the sources
-- Grain:  one row per file, sheet and column position
-- Note:   intake_field IS NULL marks a column that no mapping knows; its values stand in raw.records.extra
CREATE TABLE raw.source_columns (
    source_key VARCHAR,
    file_sha256 VARCHAR,
    sheet VARCHAR,
    column_position INTEGER,
    heading VARCHAR,
    intake_field VARCHAR
);
