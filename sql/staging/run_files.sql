-- Title:  Files of this run and what became of them
-- Grain:  one row per file that the run was given or knows
CREATE TABLE staging.run_files (
    source_key VARCHAR,
    file_name VARCHAR,
    path VARCHAR,
    file_sha256 VARCHAR,
    file_state VARCHAR,
    reason VARCHAR,
    detail VARCHAR,
    advice VARCHAR,
    is_stale BOOLEAN
);
