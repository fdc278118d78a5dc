-- Title:  Limits of the reference ranges for the patients of the records
-- Grain:  one row per age, sex, test and canonical unit, for ages and sexes that records have
-- Reads:  staging.case_records, staging.reference_ranges
-- Note:   the row rules on values join it, so that ranges are looked up once a kind of patient and not once a record
CREATE OR REPLACE TABLE staging.record_limits AS
SELECT
    patients.*,
    tests.laboratory_test_code,
    tests.unit,
    age_sex_limits(
        tests.laboratory_test_code, tests.unit, patients.age_years_low, patients.age_years_high, patients.age_bounds, patients.sex_code
    ) AS limits
FROM (SELECT DISTINCT age_years_low, age_years_high, age_bounds, sex_code FROM staging.case_records) AS patients
CROSS JOIN (SELECT DISTINCT laboratory_test_code, unit FROM staging.reference_ranges) AS tests;
