-- Title:  Decision table from recorded facts to variant
-- Grain:  one row per rule; filled by flows/load from data/rules/variant_rules.csv
-- Note:   of the rules whose conditions hold the one with the lowest priority decides. also_called are variants that others give
--         the same facts: where the authors state one of them, that is no disagreement.
CREATE OR REPLACE TABLE staging.variant_rules (
    rule VARCHAR,
    rule_priority INTEGER,
    variant_code VARCHAR,
    variant_subtype_code VARCHAR,
    also_called VARCHAR[],
    reason VARCHAR,
    rule_source VARCHAR
);
