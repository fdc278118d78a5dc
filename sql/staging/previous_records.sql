-- Title:  Records that the registry before this run held
-- Grain:  one row per accepted record of the published registry that this build started from
CREATE TABLE staging.previous_records (
    source_key VARCHAR,
    record_key VARCHAR,
    record_sha256 VARCHAR
);
