-- Title:  Lesion sites of the cases
-- Grain:  one row per case and site in the order of the source
-- Reads:  registry.cases, staging.coded_cells
-- Note:   lesion_site_code IS NULL where no vocabulary knows the words; item_text keeps them
CREATE OR REPLACE TABLE registry.case_lesion_sites AS
WITH items AS (
    SELECT cases.case_id, generate_subscripts(coded.items, 1) AS item_position, unnest(coded.items) AS item
    FROM registry.cases AS cases
    INNER JOIN staging.coded_cells AS coded ON coded.field = 'lesion_sites' AND coded.cell = cases.lesion_sites
)

SELECT
    case_id,
    item_position,
    item.code AS lesion_site_code,
    item.laterality_code,
    item.item_state,
    item.item_text
FROM items;
