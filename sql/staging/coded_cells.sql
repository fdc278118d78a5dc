-- Title:  Distinct cells with their coded items
-- Grain:  one row per field and distinct cell
-- Reads:  staging.cells, staging.coded_parts
-- Note:   cell_state is NULL where the cell says nothing on the whole field ("no lupus" is silent on other diseases);
--         the scope of the source decides then. Lists are sorted once they stand: list(… ORDER BY …) keeps a sorter for each cell,
--         at four times the cost.
CREATE OR REPLACE TABLE staging.coded_cells AS
WITH parts AS (
    SELECT
        cells.field,
        cells.cell,
        unnest(cell_parts(cells.cell, cells.is_multi_valued)) AS part,
        generate_subscripts(cell_parts(cells.cell, cells.is_multi_valued), 1) AS part_position
    FROM staging.cells AS cells
)

SELECT
    parts.field,
    parts.cell,
    list_transform(
        list_sort(list(struct_pack(
            part_position := parts.part_position,
            item_position := coded.item_position,
            item := struct_pack(
                item_text := coded.item_text,
                code := coded.code,
                laterality_code := coded.laterality_code,
                item_state := coded.item_state,
                value_low := coded.value_low,
                value_high := coded.value_high,
                value_bounds := coded.value_bounds,
                value_precision := coded.value_precision,
                unit := coded.unit,
                comparator := coded.comparator,
                interpretation_code := coded.interpretation_code,
                doubt := coded.doubt,
                problem := coded.problem
            )
        ))),
        lambda placed: placed.item
    ) AS items,
    CASE
        WHEN bool_or(coded.item_state = 'present') THEN 'present'
        WHEN bool_or(coded.item_state = 'absent' AND coded.code = 'none') THEN 'absent'
        WHEN bool_or(coded.item_state = 'not_assessed' AND coded.code IS NULL) THEN 'not_assessed'
        WHEN bool_or(coded.item_state = 'not_reported') THEN 'not_reported'
    END AS cell_state
FROM parts
INNER JOIN staging.coded_parts AS coded ON coded.field = parts.field AND coded.part = trim(parts.part)
GROUP BY parts.field, parts.cell;
