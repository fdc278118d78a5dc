-- Title:  Coded items that only one of the versions has
-- Grain:  one row per case, field and item; held_by is older or newer
-- Reads:  registry.case_* of both versions; difference.touched_cases
-- Note:   items of a case are a set: their order and repetition are no change
CREATE OR REPLACE TABLE difference.item_changes AS
WITH older_items AS (
    FROM difference.case_items('older') AS items
    SEMI JOIN difference.touched_cases AS touched ON touched.case_id = items.case_id
),

newer_items AS (
    FROM difference.case_items('newer') AS items
    SEMI JOIN difference.touched_cases AS touched ON touched.case_id = items.case_id
)

SELECT 'older' AS held_by, *
FROM (FROM older_items EXCEPT FROM newer_items)
UNION ALL
SELECT 'newer' AS held_by, *
FROM (FROM newer_items EXCEPT FROM older_items);
