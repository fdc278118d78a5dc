-- Title:  Further laboratory values of the cases
-- Grain:  one row per case and test in the order of the source
-- Reads:  registry.cases, staging.coded_cells, staging.reference_ranges
-- Note:   laboratory_test_code IS NULL where no vocabulary knows the words; item_text keeps them. interpretation_code is the
--         author's word, range_interpretation_code what the reference range by age and sex says of the value
CREATE OR REPLACE TABLE registry.case_laboratory_values AS
WITH cells AS (
    SELECT cell, generate_subscripts(items, 1) AS item_position, unnest(items) AS item
    FROM staging.coded_cells
    WHERE field = 'other_labs'
),

results AS (
    SELECT
        cell,
        item_position,
        item.code AS laboratory_test_code,
        item.comparator,
        item.value_low,
        item.value_high,
        item.value_bounds,
        item.value_precision,
        item.unit,
        item.interpretation_code,
        item.item_state,
        item.item_text
    FROM cells
),

judged_tests AS (
    SELECT DISTINCT laboratory_test_code, unit
    FROM results
    SEMI JOIN staging.reference_ranges AS ranges
        ON ranges.laboratory_test_code = results.laboratory_test_code AND ranges.unit = results.unit
),

patients AS (
    SELECT DISTINCT age_years_low, age_years_high, age_bounds, sex_code
    FROM registry.cases
    WHERE other_labs IS NOT NULL
),

limits AS (
    SELECT
        *,
        age_sex_limits(laboratory_test_code, unit, age_years_low, age_years_high, age_bounds, sex_code) AS limits
    FROM patients
    CROSS JOIN judged_tests
)

SELECT
    cases.case_id,
    results.item_position,
    results.laboratory_test_code,
    results.comparator,
    results.value_low,
    results.value_high,
    results.value_bounds,
    results.value_precision,
    results.unit,
    results.interpretation_code,
    judged_by_limits(limits.limits, results.value_low, results.value_high, results.value_bounds) AS range_interpretation_code,
    results.item_state,
    results.item_text
FROM registry.cases AS cases
INNER JOIN results ON results.cell = cases.other_labs
LEFT JOIN limits
    ON limits.laboratory_test_code = results.laboratory_test_code
    AND limits.unit = results.unit
    AND limits.age_years_low IS NOT DISTINCT FROM cases.age_years_low
    AND limits.age_years_high IS NOT DISTINCT FROM cases.age_years_high
    AND limits.age_bounds IS NOT DISTINCT FROM cases.age_bounds
    AND limits.sex_code IS NOT DISTINCT FROM cases.sex_code;
