-- Title:  Held builds that a person released
-- Grain:  one row per run that was held back and published all the same; append-only
CREATE TABLE ops.releases (
    run_id VARCHAR,
    released_at TIMESTAMP,
    released_by VARCHAR,
    why VARCHAR,
    rules VARCHAR[]
);
