-- Title:  Distinct strings of the sources and what they were coded to
-- Grain:  one row per field, distinct part of a cell, and item found in it
-- Note:   filled by flows/coding; code IS NULL marks words that no vocabulary knows. Values are in the field's unit.
CREATE TABLE staging.coded_parts (
    field VARCHAR,
    part VARCHAR,
    item_position INTEGER,
    item_text VARCHAR,
    code VARCHAR,
    laterality_code VARCHAR,
    item_state VARCHAR,
    value_low DOUBLE,
    value_high DOUBLE,
    value_bounds VARCHAR,
    value_precision VARCHAR,
    unit VARCHAR,
    comparator VARCHAR,
    interpretation_code VARCHAR,
    doubt VARCHAR,
    problem VARCHAR
);
