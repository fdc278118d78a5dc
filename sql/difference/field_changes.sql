-- Title:  Fields of cases that differ
-- Grain:  one row per case of both versions and field whose value is another one
-- Reads:  registry.cases, registry.case_* of both versions; difference.touched_cases, difference.item_changes, difference.columns
-- Note:   a multi-valued field gives all its items, in alphabetical order
CREATE OR REPLACE TABLE difference.field_changes AS
WITH older_cases AS (
    SELECT cases.case_id, columns(name -> list_contains(getvariable('value_columns'), name))::VARCHAR
    FROM older.registry.cases AS cases
    SEMI JOIN difference.touched_cases AS touched ON touched.case_id = cases.case_id AND touched.is_other_row
),

newer_cases AS (
    SELECT cases.case_id, columns(name -> list_contains(getvariable('value_columns'), name))::VARCHAR
    FROM newer.registry.cases AS cases
    SEMI JOIN difference.touched_cases AS touched ON touched.case_id = cases.case_id AND touched.is_other_row
),

older_values AS (
    FROM older_cases UNPIVOT INCLUDE NULLS (value FOR field IN (columns(* EXCLUDE (case_id))))
),

newer_values AS (
    FROM newer_cases UNPIVOT INCLUDE NULLS (value FOR field IN (columns(* EXCLUDE (case_id))))
),

changed_sets AS (
    SELECT DISTINCT case_id, field
    FROM difference.item_changes
),

items AS (
    SELECT 'older' AS held_by, items.*
    FROM difference.case_items('older') AS items
    SEMI JOIN changed_sets ON changed_sets.case_id = items.case_id AND changed_sets.field = items.field
    UNION ALL
    SELECT 'newer' AS held_by, items.*
    FROM difference.case_items('newer') AS items
    SEMI JOIN changed_sets ON changed_sets.case_id = items.case_id AND changed_sets.field = items.field
),

shown AS (
    SELECT DISTINCT
        held_by,
        case_id,
        field,
        concat_ws(
            ' ',
            coalesce(code, '"' || words || '"'),
            '(' || nullif(concat_ws(', ', aspect, nullif(item_state, 'present')), '') || ')'
        ) AS item
    FROM items
),

sets AS (
    SELECT
        case_id,
        field,
        string_agg(item, '; ' ORDER BY item) FILTER (held_by = 'older') AS older_value,
        string_agg(item, '; ' ORDER BY item) FILTER (held_by = 'newer') AS newer_value
    FROM shown
    GROUP BY case_id, field
)

SELECT newer_values.case_id, newer_values.field, older_values.value AS older_value, newer_values.value AS newer_value
FROM newer_values
INNER JOIN older_values ON older_values.case_id = newer_values.case_id AND older_values.field = newer_values.field
WHERE older_values.value IS DISTINCT FROM newer_values.value
UNION ALL
FROM sets;
