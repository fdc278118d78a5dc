-- Title:  Further laboratory values of the cases
-- Grain:  one row per case and test in the order of the source
-- Reads:  registry.cases, staging.coded_cells
-- Note:   laboratory_test_code IS NULL where no vocabulary knows the words; item_text keeps them
CREATE OR REPLACE TABLE registry.case_laboratory_values AS
WITH items AS (
    SELECT cases.case_id, generate_subscripts(coded.items, 1) AS item_position, unnest(coded.items) AS item
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
    item.unit,
    item.interpretation_code,
    item.item_state,
    item.item_text
FROM items;
