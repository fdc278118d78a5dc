-- Title:  Stages of the runs
-- Grain:  one row per run and stage, taken from the journals
CREATE TABLE ops.stages (
    run_id VARCHAR,
    stage VARCHAR,
    ended_at TIMESTAMP,
    seconds DOUBLE
);
