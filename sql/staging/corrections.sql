-- Title:  Corrections that mappings make to single records
-- Grain:  one row per correction; it applies where every given identifier agrees and the field still says what is expected
CREATE TABLE staging.corrections (
    source_key VARCHAR,
    record_id VARCHAR,
    doi VARCHAR,
    pmid VARCHAR,
    pmcid VARCHAR,
    url VARCHAR,
    patient_index VARCHAR,
    field VARCHAR,
    expect VARCHAR,
    becomes VARCHAR,
    why VARCHAR
);
