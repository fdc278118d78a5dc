-- Title:  Files of the program that this build was derived with
-- Grain:  one row per part (vocabularies, rules, queries) and file; filled by flows/load
-- Note:   staging.fingerprints has one hash a part; this says which of its files is another one between two versions
CREATE TABLE staging.program_files (
    part VARCHAR,
    program_file VARCHAR,
    sha256 VARCHAR
);
