-- Title:  How complete each case is reported
-- Grain:  one row per case
-- Reads:  registry.cases, staging.completeness_items, staging.work_up_states
-- Counts: completeness = weight of the items that are reported (a field is present or said to be absent) / weight of all items;
--         items_assessed_share = the same with the items on which the source's silence means something beside the reported ones
-- Note:   the items are those that CARE asks of a case report and that a registry can see. Where a source saw only a part of
--         the report, items_assessed_share is below 1 and completeness is a lower limit. Cases with the same states are scored
--         once.
CREATE OR REPLACE TABLE analytics.case_completeness AS
WITH patterns AS (
    SELECT list_value(*COLUMNS('_state$'))::VARCHAR AS pattern, any_value(COLUMNS('_state$'))
    FROM registry.cases
    GROUP BY pattern
),

states AS (
    UNPIVOT patterns
    ON COLUMNS(* EXCLUDE (pattern))
    INTO NAME state_column VALUE field_state
),

item_fields AS (
    SELECT completeness_item, weight, unnest(case_fields) || '_state' AS state_column
    FROM staging.completeness_items
),

item_states AS (
    SELECT
        states.pattern,
        item_fields.completeness_item,
        any_value(item_fields.weight) AS weight,
        bool_or(states.field_state IN ('present', 'absent')) AS is_reported,
        bool_or(states.field_state <> 'not_assessed') AS is_assessed
    FROM states
    INNER JOIN item_fields ON item_fields.state_column = states.state_column
    GROUP BY states.pattern, item_fields.completeness_item
),

scores AS (
    SELECT
        pattern,
        round(coalesce(sum(weight) FILTER (is_reported), 0) / sum(weight), 6) AS completeness,
        round(coalesce(sum(weight) FILTER (is_assessed), 0) / sum(weight), 6) AS items_assessed_share,
        count(*) FILTER (is_reported) AS n_items_reported,
        count(*) AS n_items,
        coalesce(list(completeness_item ORDER BY completeness_item) FILTER (NOT is_reported), []) AS missing_items
    FROM item_states
    GROUP BY pattern
),

work_up AS (
    SELECT case_id, count(*) AS n_work_up_items
    FROM staging.work_up_states
    GROUP BY case_id
)

SELECT
    cases.case_id,
    scores.completeness,
    scores.items_assessed_share,
    scores.n_items_reported,
    scores.n_items,
    scores.missing_items,
    coalesce(work_up.n_work_up_items, 0) AS n_work_up_items
FROM (SELECT case_id, list_value(*COLUMNS('_state$'))::VARCHAR AS pattern FROM registry.cases) AS cases
INNER JOIN scores ON scores.pattern = cases.pattern
LEFT JOIN work_up ON work_up.case_id = cases.case_id;
