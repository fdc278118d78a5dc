-- Title:  Why a document is in scope or not, in words
-- Grain:  one row per reason; filled by flows/load from data/rules/scope_reasons.csv
CREATE OR REPLACE TABLE staging.scope_reasons (
    reason VARCHAR,
    reason_label VARCHAR
);
