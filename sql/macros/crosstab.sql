-- Title:  Two coded fields against each other
-- Grain:  one row per pair of codes that occurs; a silent case, and one that only denies, stands under its
--         state (not_reported, not_assessed)
-- Reads:  analytics.case_values, cases_left_out
-- Counts: n_cases = cases with both; row_n_cases = cases with the first; share = n_cases / row_n_cases with its Wilson interval
-- Note:   of the cases with at least min_completeness, without those of retracted publications unless include_retracted
-- Use:    FROM crosstab('variant', 'sex');
CREATE OR REPLACE MACRO crosstab(row_field, column_field, min_completeness := 0, include_retracted := false) AS TABLE
WITH rows AS (
    SELECT DISTINCT
        case_id,
        CASE WHEN value_state = 'present' THEN coalesce(code, 'unmapped') WHEN code = 'none' THEN code ELSE field_state END AS code
    FROM analytics.case_values
    ANTI JOIN cases_left_out(min_completeness, include_retracted) AS left_out USING (case_id)
    WHERE field = row_field AND (value_state = 'present' OR code = 'none' OR field_state IN ('not_reported', 'not_assessed'))
),

columns AS (
    SELECT DISTINCT
        case_id,
        CASE WHEN value_state = 'present' THEN coalesce(code, 'unmapped') WHEN code = 'none' THEN code ELSE field_state END AS code
    FROM analytics.case_values
    ANTI JOIN cases_left_out(min_completeness, include_retracted) AS left_out USING (case_id)
    WHERE field = column_field AND (value_state = 'present' OR code = 'none' OR field_state IN ('not_reported', 'not_assessed'))
),

row_totals AS (
    SELECT code, count(*) AS row_n_cases
    FROM rows
    GROUP BY code
),

pairs AS (
    SELECT rows.code AS row_code, columns.code AS column_code, count(*) AS n_cases
    FROM rows
    INNER JOIN columns ON columns.case_id = rows.case_id
    GROUP BY rows.code, columns.code
)

SELECT
    pairs.row_code,
    pairs.column_code,
    pairs.n_cases,
    row_totals.row_n_cases,
    pairs.n_cases / row_totals.row_n_cases AS share,
    wilson_low(pairs.n_cases, row_totals.row_n_cases) AS ci_low,
    wilson_high(pairs.n_cases, row_totals.row_n_cases) AS ci_high
FROM pairs
INNER JOIN row_totals ON row_totals.code = pairs.row_code
ORDER BY row_totals.row_n_cases DESC, pairs.row_code, pairs.n_cases DESC, pairs.column_code;
