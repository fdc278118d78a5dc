-- Title:  Distribution of any coded field
-- Grain:  one row per code, and a row each for not_reported and not_assessed
-- Reads:  analytics.case_values, cases_left_out, registry.terms
-- Counts: as in the published distributions; terms are counted as they were coded, without those below them, and unmapped are
--         the cases in which no word is known
-- Note:   of the cases with at least min_completeness, without those of retracted publications unless include_retracted
-- Use:    FROM distribution('sex');   fields: SELECT DISTINCT field FROM analytics.case_values
CREATE OR REPLACE MACRO distribution(wanted, min_completeness := 0, include_retracted := false) AS TABLE
WITH chosen AS (
    SELECT case_id, vocabulary, code, value_state, field_state
    FROM analytics.case_values
    ANTI JOIN cases_left_out(min_completeness, include_retracted) AS left_out USING (case_id)
    WHERE field = wanted
),

totals AS (
    SELECT
        count(DISTINCT case_id) FILTER (field_state IN ('present', 'absent')) AS n_reported,
        count(DISTINCT case_id) FILTER (field_state = 'not_reported') AS n_not_reported,
        count(DISTINCT case_id) FILTER (field_state = 'not_assessed') AS n_not_assessed,
        count(DISTINCT case_id) AS n_total
    FROM chosen
),

rows AS (
    SELECT
        'value' AS row_kind,
        vocabulary,
        code,
        count(DISTINCT case_id) FILTER (value_state = 'present' OR code = 'none') AS n_cases,
        count(DISTINCT case_id) FILTER (value_state = 'absent' AND code <> 'none') AS n_absent
    FROM chosen
    WHERE code IS NOT NULL
    GROUP BY vocabulary, code
    UNION ALL
    SELECT 'unmapped' AS row_kind, NULL AS vocabulary, 'unmapped' AS code, count(*) AS n_cases, 0 AS n_absent
    FROM (
        SELECT case_id
        FROM chosen
        WHERE value_state = 'present'
        GROUP BY case_id
        HAVING count(code) = 0
    ) AS cases_without_a_known_value
    HAVING count(*) > 0
    UNION ALL
    SELECT 'not_reported' AS row_kind, NULL AS vocabulary, 'not_reported' AS code, n_not_reported AS n_cases, 0 AS n_absent
    FROM totals
    UNION ALL
    SELECT 'not_assessed' AS row_kind, NULL AS vocabulary, 'not_assessed' AS code, n_not_assessed AS n_cases, 0 AS n_absent
    FROM totals
)

SELECT
    rows.code,
    coalesce(terms.label, row_label(rows.row_kind), rows.code) AS label,
    rows.n_cases,
    totals.n_reported,
    rows.n_absent,
    totals.n_not_reported,
    totals.n_not_assessed,
    totals.n_total,
    row_share(rows.row_kind, rows.n_cases, totals.n_reported, totals.n_total) AS share,
    CASE WHEN has_interval(rows.row_kind) THEN wilson_low(rows.n_cases, totals.n_reported) END AS ci_low,
    CASE WHEN has_interval(rows.row_kind) THEN wilson_high(rows.n_cases, totals.n_reported) END AS ci_high
FROM rows
CROSS JOIN totals
LEFT JOIN registry.terms AS terms
    ON terms.vocabulary = rows.vocabulary AND terms.code = rows.code AND rows.row_kind = 'value'
ORDER BY has_interval(rows.row_kind) DESC, rows.n_cases DESC, rows.code;
