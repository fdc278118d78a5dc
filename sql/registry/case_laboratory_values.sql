-- Title:  Further laboratory values of the cases
-- Grain:  one row per case and test in the order of the source
-- Reads:  registry.cases, staging.coded_cells, staging.reference_ranges
-- Note:   laboratory_test_code IS NULL where no vocabulary knows the words; item_text keeps them. interpretation_code is the
--         author's word, range_interpretation_code what the reference range by age and sex says of the value
CREATE OR REPLACE TABLE registry.case_laboratory_values AS
WITH items AS (
    SELECT
        cases.case_id,
        cases.age_years_low,
        cases.age_years_high,
        cases.age_bounds,
        cases.sex_code,
        generate_subscripts(coded.items, 1) AS item_position,
        unnest(coded.items) AS item
    FROM registry.cases AS cases
    INNER JOIN staging.coded_cells AS coded ON coded.field = 'other_labs' AND coded.cell = cases.other_labs
)

SELECT
    case_id,
    item_position,
    item.code AS laboratory_test_code,
    item.comparator,
    item.value_low,
    item.value_high,
    item.value_bounds,
    item.value_precision,
    item.unit,
    item.interpretation_code,
    range_interpretation(
        item.code, item.value_low, item.value_high, item.value_bounds, item.unit, age_years_low, age_years_high, age_bounds, sex_code
    ) AS range_interpretation_code,
    item.item_state,
    item.item_text
FROM items;
