-- Title:  Values that mappings replace
-- Grain:  one row per source, field and value (lower case, trimmed); becomes IS NULL empties the cell
CREATE TABLE staging.replacements (
    source_key VARCHAR,
    field VARCHAR,
    value VARCHAR,
    becomes VARCHAR
);
