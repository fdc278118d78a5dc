-- Title:  Controlled vocabularies
-- Grain:  one row per vocabulary and code; filled from data/vocabulary by flows/coding
CREATE TABLE registry.terms (
    vocabulary VARCHAR,
    code VARCHAR,
    label VARCHAR,
    parent_code VARCHAR,
    term_level VARCHAR,
    ontology_ids MAP(VARCHAR, VARCHAR),
    synonyms VARCHAR[],
    term_position INTEGER
);
