-- Title:  Sex and age that a condition or form is limited to
-- Grain:  one row per vocabulary and code, from data/rules/term_limits.csv; the limits hold for the terms below as well
-- Note:   onset_below_years: it begins before this age, whenever it is reported; age_from_years and age_to_years: when it is
CREATE OR REPLACE TABLE staging.term_limits (
    vocabulary VARCHAR,
    code VARCHAR,
    limited_to_sex VARCHAR,
    onset_below_years DOUBLE,
    age_from_years DOUBLE,
    age_to_years DOUBLE
);
