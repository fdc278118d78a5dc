-- Title:  Coded columns of registry.cases and the vocabularies of their codes
-- Grain:  one row per column; filled from the data dictionary by flows/difference
CREATE OR REPLACE TABLE difference.fields (
    field VARCHAR,
    vocabulary VARCHAR
);
