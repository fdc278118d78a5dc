-- Title:  Distribution of each item of the work-up above a cut of completeness
-- Grain:  one row per item and state
-- Reads:  registry.case_work_up, staging.work_up_rules, cases_left_out
-- Counts: as in analytics.work_up_distribution, which is this macro at (0, false)
-- Use:    FROM work_up_distribution_of(0.5, false)
CREATE OR REPLACE MACRO work_up_distribution_of(min_completeness := 0, include_retracted := false) AS TABLE
WITH counted AS (
    SELECT work_up.work_up_item, work_up.work_up_state, count(*) AS n_cases
    FROM registry.case_work_up AS work_up
    ANTI JOIN cases_left_out(min_completeness, include_retracted) AS left_out ON left_out.case_id = work_up.case_id
    GROUP BY work_up.work_up_item, work_up.work_up_state
),

totals AS (
    SELECT
        work_up_item,
        coalesce(sum(n_cases) FILTER (work_up_state IN ('normal', 'abnormal', 'reported')), 0)::BIGINT AS n_reported,
        0::BIGINT AS n_absent,
        coalesce(sum(n_cases) FILTER (work_up_state = 'not_reported'), 0)::BIGINT AS n_not_reported,
        coalesce(sum(n_cases) FILTER (work_up_state = 'not_assessed'), 0)::BIGINT AS n_not_assessed,
        sum(n_cases)::BIGINT AS n_total
    FROM counted
    GROUP BY work_up_item
),

states AS (
    SELECT unnest(['abnormal', 'normal', 'reported', 'not_reported', 'not_assessed']) AS code, generate_subscripts([1, 2, 3, 4, 5], 1) AS place
),

items AS (
    SELECT DISTINCT work_up_item, item_label, item_order
    FROM staging.work_up_rules
)

SELECT
    totals.work_up_item,
    items.item_label,
    CASE WHEN has_interval(states.code) THEN 'value' ELSE states.code END AS row_kind,
    states.code,
    CASE states.code
        WHEN 'reported' THEN 'looked at, result not said'
        ELSE replace(states.code, '_', ' ')
    END AS label,
    coalesce(counted.n_cases, 0) AS n_cases,
    totals.n_reported,
    totals.n_absent,
    totals.n_not_reported,
    totals.n_not_assessed,
    totals.n_total,
    row_share(states.code, coalesce(counted.n_cases, 0), totals.n_reported, totals.n_total) AS share,
    CASE WHEN has_interval(states.code) THEN wilson_low(coalesce(counted.n_cases, 0), totals.n_reported) END AS ci_low,
    CASE WHEN has_interval(states.code) THEN wilson_high(coalesce(counted.n_cases, 0), totals.n_reported) END AS ci_high
FROM totals
CROSS JOIN states
INNER JOIN items ON items.work_up_item = totals.work_up_item
LEFT JOIN counted ON counted.work_up_item = totals.work_up_item AND counted.work_up_state = states.code
ORDER BY items.item_order, states.place;
