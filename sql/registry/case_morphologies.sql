-- Title:  What the lesions of the cases look like
-- Grain:  one row per case and descriptor in the order of the source
-- Reads:  registry.cases, staging.coded_cells
-- Note:   morphology_code IS NULL where no vocabulary knows the words; item_text keeps them
CREATE OR REPLACE TABLE registry.case_morphologies AS
WITH items AS (
    SELECT cases.case_id, generate_subscripts(coded.items, 1) AS item_position, unnest(coded.items) AS item
    FROM registry.cases AS cases
    INNER JOIN staging.coded_cells AS coded ON coded.field = 'morphology' AND coded.cell = cases.morphology
)

SELECT
    case_id,
    item_position,
    item.code AS morphology_code,
    item.item_state,
    item.item_text
FROM items;
