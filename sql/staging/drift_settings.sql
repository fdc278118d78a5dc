-- Title:  What this run judges drift by
-- Grain:  one row; empty until drift is measured
CREATE TABLE staging.drift_settings (
    run_id VARCHAR,
    drift_threshold DOUBLE
);
