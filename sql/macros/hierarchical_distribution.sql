-- Title:  Distribution of a multi-valued field at each level of its hierarchy
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level and code
-- Reads:  registry.cases, registry.publications, registry.terms, registry.term_ancestors, analytics.case_values,
--         analytics.case_completeness
-- Counts: n_cases = cases with the code or a term below it; n_reported = cases in which the field has a present item or a global
--         absence (code none); n_absent = cases that name the code as absent; share = n_cases / n_reported with its 95% Wilson
--         interval. not_reported and not_assessed are rows of their own, with their share of n_total and no interval.
-- Note:   codes_of_case and state_of_case are columns of registry.cases, wanted_field is the field of analytics.case_values with
--         the same items; lesion_site_distribution_of and associated_disease_distribution_of call it
CREATE OR REPLACE MACRO hierarchical_distribution(
    codes_of_case, state_of_case, wanted_field, wanted_vocabulary, wanted_levels, min_completeness := 0, include_retracted := false
) AS TABLE
WITH patterns AS (
    SELECT
        codes_of_case AS codes,
        state_of_case AS field_state,
        coalesce(sex_code, sex_state) AS sex,
        coalesce(age_group_code, age_state) AS age_group,
        coalesce(decade::VARCHAR, 'not_reported') AS decade,
        count(*) AS n
    FROM cases_counted(min_completeness, include_retracted)
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
        codes,
        field_state,
        sum(n)::BIGINT AS n
    FROM patterns
    GROUP BY GROUPING SETS (
        (codes, field_state),
        (codes, field_state, sex),
        (codes, field_state, age_group),
        (codes, field_state, decade)
    )
),

totals AS (
    SELECT
        stratum_by,
        stratum,
        coalesce(sum(n) FILTER (field_state IN ('present', 'absent')), 0)::BIGINT AS n_reported,
        coalesce(sum(n) FILTER (field_state = 'not_reported'), 0)::BIGINT AS n_not_reported,
        coalesce(sum(n) FILTER (field_state = 'not_assessed'), 0)::BIGINT AS n_not_assessed,
        sum(n)::BIGINT AS n_total
    FROM strata
    GROUP BY stratum_by, stratum
),

pattern_codes AS (
    SELECT DISTINCT distinct_codes.codes, ancestors.ancestor_level AS level, ancestors.ancestor_code AS code
    FROM (SELECT DISTINCT codes, unnest(codes) AS code FROM strata) AS distinct_codes
    INNER JOIN registry.term_ancestors AS ancestors
        ON ancestors.vocabulary = wanted_vocabulary AND ancestors.code = distinct_codes.code
),

present_counts AS (
    SELECT strata.stratum_by, strata.stratum, pattern_codes.level, pattern_codes.code, sum(strata.n)::BIGINT AS n_cases
    FROM strata
    INNER JOIN pattern_codes ON pattern_codes.codes = strata.codes
    WHERE strata.field_state = 'present'
    GROUP BY ALL
),

absences AS (
    SELECT DISTINCT
        ancestors.ancestor_level AS level,
        items.code,
        cases.case_id,
        coalesce(cases.sex_code, cases.sex_state) AS sex,
        coalesce(cases.age_group_code, cases.age_state) AS age_group,
        coalesce(cases.decade::VARCHAR, 'not_reported') AS decade
    FROM analytics.case_values AS items
    INNER JOIN cases_counted(min_completeness, include_retracted) AS cases ON cases.case_id = items.case_id
    INNER JOIN registry.term_ancestors AS ancestors
        ON ancestors.vocabulary = wanted_vocabulary
        AND ancestors.code = items.code
        AND ancestors.ancestor_code = items.code
    WHERE items.field = wanted_field AND items.value_state = 'absent' AND items.code <> 'none'
),

absent_counts AS (
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
        count(*) AS n_absent
    FROM absences
    GROUP BY GROUPING SETS ((level, code), (level, code, sex), (level, code, age_group), (level, code, decade))
),

counted AS (
    SELECT
        coalesce(present.stratum_by, absent.stratum_by) AS stratum_by,
        coalesce(present.stratum, absent.stratum) AS stratum,
        coalesce(present.level, absent.level) AS level,
        coalesce(present.code, absent.code) AS code,
        coalesce(present.n_cases, 0) AS n_cases,
        coalesce(absent.n_absent, 0) AS n_absent
    FROM present_counts AS present
    FULL JOIN absent_counts AS absent
        ON absent.stratum_by = present.stratum_by
        AND absent.stratum = present.stratum
        AND absent.level = present.level
        AND absent.code = present.code
),

unmapped AS (
    SELECT totals.stratum_by, totals.stratum, coalesce(sum(strata.n), 0)::BIGINT AS n_cases
    FROM totals
    INNER JOIN strata
        ON strata.stratum_by = totals.stratum_by
        AND strata.stratum = totals.stratum
        AND strata.field_state = 'present'
        AND len(strata.codes) = 0
    GROUP BY ALL
),

nothing AS (
    SELECT stratum_by, stratum, sum(n)::BIGINT AS n_cases
    FROM strata
    WHERE field_state = 'absent'
    GROUP BY stratum_by, stratum
),

levels AS (
    SELECT unnest(wanted_levels) AS level
),

rows AS (
    SELECT stratum_by, stratum, level, code, 'value' AS row_kind, n_cases, n_absent
    FROM counted
    UNION ALL
    SELECT stratum_by, stratum, level, 'none' AS code, 'none' AS row_kind, n_cases, 0 AS n_absent
    FROM nothing, levels
    UNION ALL
    SELECT stratum_by, stratum, level, 'unmapped' AS code, 'unmapped' AS row_kind, n_cases, 0 AS n_absent
    FROM unmapped, levels
    UNION ALL
    SELECT stratum_by, stratum, level, 'not_reported' AS code, 'not_reported' AS row_kind, n_not_reported AS n_cases, 0 AS n_absent
    FROM totals, levels
    UNION ALL
    SELECT stratum_by, stratum, level, 'not_assessed' AS code, 'not_assessed' AS row_kind, n_not_assessed AS n_cases, 0 AS n_absent
    FROM totals, levels
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
    rows.n_absent,
    totals.n_not_reported,
    totals.n_not_assessed,
    totals.n_total,
    row_share(rows.row_kind, rows.n_cases, totals.n_reported, totals.n_total) AS share,
    CASE WHEN has_interval(rows.row_kind) THEN wilson_low(rows.n_cases, totals.n_reported) END AS ci_low,
    CASE WHEN has_interval(rows.row_kind) THEN wilson_high(rows.n_cases, totals.n_reported) END AS ci_high
FROM rows
INNER JOIN totals ON totals.stratum_by = rows.stratum_by AND totals.stratum = rows.stratum
LEFT JOIN registry.terms AS terms
    ON terms.vocabulary = wanted_vocabulary AND terms.code = rows.code AND rows.row_kind = 'value'
ORDER BY rows.stratum_by, rows.stratum, rows.level, has_interval(rows.row_kind) DESC, rows.n_cases DESC, rows.code;
