-- Title:  What this build was derived with
-- Grain:  one row per part (inputs, vocabularies, rules, queries, program); filled by flows/load
CREATE TABLE staging.fingerprints (
    part VARCHAR,
    sha256 VARCHAR
);
