-- Title:  Diseases that the authors link to the calcinosis
-- Grain:  one row per case and disease in the order of the source
-- Reads:  registry.cases, staging.coded_cells
-- Note:   disease_code IS NULL where no vocabulary knows the words; item_text keeps them
CREATE OR REPLACE TABLE registry.case_associated_diseases AS
WITH items AS (
    SELECT cases.case_id, generate_subscripts(coded.items, 1) AS item_position, unnest(coded.items) AS item
    FROM registry.cases AS cases
    INNER JOIN staging.coded_cells AS coded ON coded.field = 'associated_diseases' AND coded.cell = cases.associated_diseases
)

SELECT
    case_id,
    item_position,
    item.code AS disease_code,
    item.interpretation_code,
    item.item_state,
    item.item_text
FROM items;
