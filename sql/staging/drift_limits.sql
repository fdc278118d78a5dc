-- Title:  From which numbers on a moved share of a distribution is judged
-- Grain:  one row per distribution and level, from data/rules/drift_limits.csv
CREATE OR REPLACE TABLE staging.drift_limits (
    distribution VARCHAR,
    level VARCHAR,
    minimum_cases BIGINT,
    minimum_denominator BIGINT
);
