-- Title:  Which recorded code is which fact for the variant
-- Grain:  one row per field, code or limit, and fact; filled by flows/load from data/rules/variant_facts.csv
-- Note:   a code stands for everything below it that has no row of its own; fact IS NULL takes a code and what is below it out.
--         at_least is the number from which a measured field is the fact.
CREATE OR REPLACE TABLE staging.variant_fact_codes (
    intake_field VARCHAR,
    vocabulary VARCHAR,
    code VARCHAR,
    at_least DOUBLE,
    fact VARCHAR,
    fact_value VARCHAR
);
