-- Title:  What the rules for the variant ask for
-- Grain:  one row per rule and fact that it names; filled by flows/load from data/rules/variant_rules.csv
-- Note:   is_wanted: one of fact_values must be recorded; else none of them may be recorded
CREATE OR REPLACE TABLE staging.variant_conditions (
    rule VARCHAR,
    fact VARCHAR,
    fact_values VARCHAR[],
    is_wanted BOOLEAN
);
