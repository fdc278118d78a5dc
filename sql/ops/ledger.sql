-- Title:  Ledger of every run
-- Grain:  one row per run, source, unit (file, record), state and reason; append-only
-- Note:   balanced within a unit: what was read is the sum of the states; withdrawn counts what was there before and is gone
CREATE TABLE ops.ledger (
    run_id VARCHAR,
    source_key VARCHAR,
    unit VARCHAR,
    state VARCHAR,
    reason VARCHAR,
    n BIGINT
);
