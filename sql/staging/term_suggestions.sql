-- Title:  Nearest vocabulary term of each unmapped one
-- Grain:  one row per field and term; similarity is 0 to 1; filled by flows/coding
CREATE TABLE staging.term_suggestions (
    field VARCHAR,
    term VARCHAR,
    code VARCHAR,
    label VARCHAR,
    similarity DOUBLE
);
