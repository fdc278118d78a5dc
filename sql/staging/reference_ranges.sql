-- Title:  Reference ranges of laboratory tests by sex and age
-- Grain:  one row per test, sex and age band, from data/rules/reference_ranges.csv; age low inclusive, high exclusive
-- Note:   filled by flows/coding, in the canonical unit of the test; NULL is no limit, of sex and age: any. leeway is the
--         share by which the limits of laboratories differ: within it, a judgement does not contradict a value.
CREATE TABLE staging.reference_ranges (
    laboratory_test_code VARCHAR,
    sex_code VARCHAR,
    age_low_years DOUBLE,
    age_high_years DOUBLE,
    value_low DOUBLE,
    value_high DOUBLE,
    unit VARCHAR,
    leeway DOUBLE
);
