-- Title:  How often a source should tell a field
-- Grain:  one row per field, from data/rules/completeness_limits.csv
CREATE OR REPLACE TABLE staging.completeness_limits (
    field VARCHAR,
    minimum_share DOUBLE,
    minimum_records BIGINT
);
