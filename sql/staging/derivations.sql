-- Title:  Whether the values of findings can be read out of their quotes alone
-- Grain:  one row per field, value and quote
-- Note:   filled by flows/extract/evidence.py with the coders
CREATE OR REPLACE TABLE staging.derivations (
    intake_field VARCHAR,
    finding_value VARCHAR,
    quote VARCHAR,
    derives BOOLEAN
);
