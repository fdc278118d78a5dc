-- Title:  Runs up to this publication
-- Grain:  one row per run; taken from the journals in home/runs, so that failed, held and killed runs stand here too
CREATE TABLE ops.runs (
    run_id VARCHAR,
    status VARCHAR,
    started_at TIMESTAMP,
    ended_at TIMESTAMP,
    seconds DOUBLE,
    is_full BOOLEAN,
    program_version VARCHAR,
    message VARCHAR
);
