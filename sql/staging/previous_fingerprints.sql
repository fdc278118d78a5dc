-- Title:  What the registry before this run was derived with
-- Grain:  one row per part; empty in a first run
CREATE TABLE staging.previous_fingerprints (
    part VARCHAR,
    sha256 VARCHAR
);
