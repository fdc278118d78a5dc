-- Title:  Age groups
-- Grain:  one row per group, from data/rules/age_groups.csv; low inclusive, high exclusive, in years
CREATE TABLE staging.age_groups (
    age_group_code VARCHAR,
    age_group_label VARCHAR,
    age_low_years DOUBLE,
    age_high_years DOUBLE
);
