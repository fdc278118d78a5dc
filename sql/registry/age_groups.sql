-- Title:  Age groups that distributions use
-- Grain:  one row per group
-- Reads:  staging.age_groups
CREATE OR REPLACE VIEW registry.age_groups AS
SELECT age_group_code, age_group_label, age_low_years, age_high_years
FROM staging.age_groups;
