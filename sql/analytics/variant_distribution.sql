-- Title:  Distribution of variant and of its subtypes
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level (variant, subtype) and code
-- Reads:  registry.cases, registry.terms
-- Counts: n_cases = cases with the code; n_reported = cases in which a variant is stated, or else derived from the recorded
--         facts (variant_basis says which), or a subtype stated; share = n_cases / n_reported with its 95% Wilson interval. not_reported and not_assessed are rows of their own, with their share of n_total and
--         no interval.
-- Note:   one variant a case, so shares of a level sum to 1 with the unmapped ones; every variant has its row, also with no case
CREATE OR REPLACE TABLE analytics.variant_distribution AS
WITH patterns AS (
    SELECT
        level,
        code,
        field_state,
        sex,
        age_group,
        decade,
        count(*) AS n
    FROM (
        SELECT
            unnest([
                {'level': 'variant', 'code': variant_used_code, 'field_state': variant_used_state},
                {'level': 'subtype', 'code': variant_subtype_code, 'field_state': variant_subtype_state}
            ], recursive := true),
            coalesce(sex_code, sex_state) AS sex,
            coalesce(age_group_code, age_state) AS age_group,
            coalesce(decade::VARCHAR, 'not_reported') AS decade
        FROM registry.cases
    )
    GROUP BY ALL
),

strata AS (
    SELECT
        CASE
            WHEN grouping(sex) = 0 THEN 'sex'
            WHEN grouping(age_group) = 0 THEN 'age_group'
            WHEN grouping(decade) = 0 THEN 'decade'
            ELSE 'overall'
        END AS stratum_by,
        coalesce(sex, age_group, decade, 'all') AS stratum,
        level,
        code,
        field_state,
        sum(n)::BIGINT AS n
    FROM patterns
    GROUP BY GROUPING SETS (
        (level, code, field_state),
        (level, code, field_state, sex),
        (level, code, field_state, age_group),
        (level, code, field_state, decade)
    )
),

totals AS (
    SELECT
        stratum_by,
        stratum,
        level,
        coalesce(sum(n) FILTER (field_state = 'present'), 0)::BIGINT AS n_reported,
        coalesce(sum(n) FILTER (field_state = 'absent'), 0)::BIGINT AS n_absent,
        coalesce(sum(n) FILTER (field_state = 'not_reported'), 0)::BIGINT AS n_not_reported,
        coalesce(sum(n) FILTER (field_state = 'not_assessed'), 0)::BIGINT AS n_not_assessed,
        sum(n)::BIGINT AS n_total
    FROM strata
    GROUP BY stratum_by, stratum, level
),

present AS (
    -- Words of a subtype that only name a variant ("idiopathic calcinosis") name no subtype: they count as unmapped.
    SELECT strata.stratum_by, strata.stratum, strata.level, terms.code, sum(strata.n)::BIGINT AS n_cases
    FROM strata
    LEFT JOIN registry.terms AS terms
        ON terms.vocabulary = 'variant' AND terms.code = strata.code AND terms.term_level = strata.level
    WHERE strata.field_state = 'present'
    GROUP BY ALL
),

rows AS (
    SELECT totals.stratum_by, totals.stratum, totals.level, terms.code, 'value' AS row_kind, coalesce(present.n_cases, 0) AS n_cases
    FROM totals
    INNER JOIN registry.terms AS terms ON terms.vocabulary = 'variant' AND terms.term_level = totals.level
    LEFT JOIN present
        ON present.stratum_by = totals.stratum_by
        AND present.stratum = totals.stratum
        AND present.level = totals.level
        AND present.code = terms.code
    WHERE totals.level = 'variant' OR present.n_cases > 0
    UNION ALL
    SELECT stratum_by, stratum, level, 'unmapped' AS code, 'unmapped' AS row_kind, n_cases
    FROM present
    WHERE code IS NULL
    UNION ALL
    SELECT stratum_by, stratum, level, 'not_reported' AS code, 'not_reported' AS row_kind, n_not_reported AS n_cases
    FROM totals
    UNION ALL
    SELECT stratum_by, stratum, level, 'not_assessed' AS code, 'not_assessed' AS row_kind, n_not_assessed AS n_cases
    FROM totals
)

SELECT
    rows.stratum_by,
    rows.stratum,
    rows.level,
    rows.row_kind,
    rows.code,
    coalesce(terms.label, row_label(rows.row_kind)) AS label,
    rows.n_cases,
    totals.n_reported,
    totals.n_absent,
    totals.n_not_reported,
    totals.n_not_assessed,
    totals.n_total,
    row_share(rows.row_kind, rows.n_cases, totals.n_reported, totals.n_total) AS share,
    CASE WHEN has_interval(rows.row_kind) THEN wilson_low(rows.n_cases, totals.n_reported) END AS ci_low,
    CASE WHEN has_interval(rows.row_kind) THEN wilson_high(rows.n_cases, totals.n_reported) END AS ci_high
FROM rows
INNER JOIN totals ON totals.stratum_by = rows.stratum_by AND totals.stratum = rows.stratum AND totals.level = rows.level
LEFT JOIN registry.terms AS terms
    ON terms.vocabulary = 'variant' AND terms.code = rows.code AND rows.row_kind = 'value'
ORDER BY
    rows.stratum_by,
    rows.stratum,
    rows.level DESC,
    has_interval(rows.row_kind) DESC,
    rows.n_cases DESC,
    rows.code;
