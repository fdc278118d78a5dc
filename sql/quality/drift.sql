-- Title:  How shares moved against the registry that was published before
-- Grain:  one row per distribution, level, kind of row and code; empty in a first run
-- Reads:  staging.previous_distributions, staging.current_distributions, staging.changed_values, staging.drift_limits,
--         staging.drift_settings, staging.fingerprints, staging.previous_fingerprints, registry.terms, registry.term_ancestors
-- Note:   share_explained is the share that the published one became by the changes that have a cause (sources, vocabularies,
--         rules, decisions); unexplained = share_now - share_explained. Where vocabularies or rules changed, what is counted
--         under a code may change too, so that all but the causeless changes of cases is explained. is_judged: of enough cases
--         (data/rules/drift_limits.csv); is_held: judged, and unexplained by more than drift_threshold
CREATE OR REPLACE TABLE quality.drift AS
WITH patterns AS (
    SELECT distribution, only_level, codes, field_state, has_cause, sum(n)::BIGINT AS n
    FROM staging.changed_values
    GROUP BY ALL
    HAVING sum(n) <> 0
),

levels AS (
    SELECT DISTINCT distribution, level
    FROM staging.current_distributions
    WHERE level IS NOT NULL
),

-- A pattern in each level of its distribution; a variant and a subtype have one level of their own.
leveled AS (
    SELECT patterns.*, levels.level
    FROM patterns
    INNER JOIN levels ON levels.distribution = patterns.distribution AND levels.level = coalesce(patterns.only_level, levels.level)
),

pattern_codes AS (
    SELECT DISTINCT single.distribution, single.codes, ancestors.ancestor_level AS level, ancestors.ancestor_code AS code
    FROM (SELECT DISTINCT distribution, codes, unnest(codes) AS code FROM patterns) AS single
    INNER JOIN registry.term_ancestors AS ancestors
        ON ancestors.vocabulary = CASE single.distribution WHEN 'associated_disease' THEN 'disease' ELSE single.distribution END
        AND ancestors.code = single.code
        AND (single.distribution <> 'variant' OR ancestors.ancestor_code = single.code)
),

steps AS (
    SELECT leveled.distribution, leveled.level, 'value' AS row_kind, pattern_codes.code, leveled.has_cause, leveled.n
    FROM leveled
    INNER JOIN pattern_codes
        ON pattern_codes.distribution = leveled.distribution
        AND pattern_codes.codes = leveled.codes
        AND pattern_codes.level = leveled.level
    WHERE leveled.field_state = 'present'
    UNION ALL
    SELECT
        leveled.distribution,
        leveled.level,
        CASE
            WHEN leveled.field_state = 'present' THEN 'unmapped'
            WHEN leveled.field_state = 'absent' THEN 'none'
            ELSE leveled.field_state
        END AS row_kind,
        CASE
            WHEN leveled.field_state = 'present' THEN 'unmapped'
            WHEN leveled.field_state = 'absent' THEN 'none'
            ELSE leveled.field_state
        END AS code,
        leveled.has_cause,
        leveled.n
    FROM leveled
    ANTI JOIN pattern_codes
        ON pattern_codes.distribution = leveled.distribution
        AND pattern_codes.codes = leveled.codes
        AND (pattern_codes.level = leveled.level OR leveled.distribution <> 'variant')
        AND leveled.field_state = 'present'
),

changes AS (
    SELECT
        distribution,
        level,
        row_kind,
        code,
        coalesce(sum(n) FILTER (has_cause), 0)::BIGINT AS n_with_cause,
        coalesce(sum(n) FILTER (NOT has_cause), 0)::BIGINT AS n_without_cause
    FROM steps
    GROUP BY ALL
),

changed_totals AS (
    SELECT
        distribution,
        level,
        coalesce(sum(n) FILTER (has_cause AND is_reported), 0)::BIGINT AS reported_with_cause,
        coalesce(sum(n) FILTER (NOT has_cause AND is_reported), 0)::BIGINT AS reported_without_cause,
        coalesce(sum(n) FILTER (has_cause), 0)::BIGINT AS total_with_cause,
        coalesce(sum(n) FILTER (NOT has_cause), 0)::BIGINT AS total_without_cause
    FROM (
        SELECT *, field_state = 'present' OR (field_state = 'absent' AND distribution <> 'variant') AS is_reported
        FROM leveled
    )
    GROUP BY distribution, level
),

changed_cases AS (
    SELECT
        levels.distribution,
        levels.level,
        count(DISTINCT moved.case_id) FILTER (moved.has_cause) AS n_changed_with_cause,
        count(DISTINCT moved.case_id) FILTER (NOT moved.has_cause) AS n_changed_without_cause
    FROM (
        SELECT distribution, only_level, case_id, has_cause
        FROM staging.changed_values
        GROUP BY distribution, only_level, case_id, has_cause, codes, field_state
        HAVING sum(n) <> 0
    ) AS moved
    INNER JOIN levels ON levels.distribution = moved.distribution AND levels.level = coalesce(moved.only_level, levels.level)
    GROUP BY levels.distribution, levels.level
),

counting AS (
    SELECT coalesce(bool_or(now.sha256 IS DISTINCT FROM previous.sha256), false) AS may_change
    FROM staging.fingerprints AS now
    LEFT JOIN staging.previous_fingerprints AS previous ON previous.part = now.part
    WHERE now.part IN ('vocabularies', 'rules')
),

totals_before AS (
    SELECT distribution, level, max(n_reported) AS n_reported, max(n_total) AS n_total
    FROM staging.previous_distributions
    GROUP BY distribution, level
),

totals_now AS (
    SELECT distribution, level, max(n_reported) AS n_reported, max(n_total) AS n_total
    FROM staging.current_distributions
    GROUP BY distribution, level
),

compared AS (
    SELECT
        distribution,
        level,
        row_kind,
        code,
        coalesce(before.n_cases, 0) AS n_cases_before,
        coalesce(now.n_cases, 0) AS n_cases_now
    FROM staging.previous_distributions AS before
    FULL JOIN staging.current_distributions AS now USING (distribution, level, row_kind, code)
    WHERE level IS NOT NULL
),

placed AS (
    SELECT
        compared.*,
        CASE WHEN is_silent THEN totals_before.n_total ELSE totals_before.n_reported END AS denominator_before,
        coalesce(CASE WHEN is_silent THEN totals_now.n_total ELSE totals_now.n_reported END, 0) AS denominator_now,
        coalesce(changes.n_with_cause, 0) AS n_with_cause,
        coalesce(changes.n_without_cause, 0) AS n_without_cause,
        coalesce(CASE WHEN is_silent THEN changed_totals.total_with_cause ELSE changed_totals.reported_with_cause END, 0) AS d_with_cause,
        coalesce(CASE WHEN is_silent THEN changed_totals.total_without_cause ELSE changed_totals.reported_without_cause END, 0) AS d_without_cause
    FROM (SELECT *, row_kind IN ('not_reported', 'not_assessed') AS is_silent FROM compared) AS compared
    INNER JOIN totals_before USING (distribution, level)
    LEFT JOIN totals_now USING (distribution, level)
    LEFT JOIN changes USING (distribution, level, row_kind, code)
    LEFT JOIN changed_totals USING (distribution, level)
),

explained AS (
    SELECT
        placed.*,
        CASE WHEN counting.may_change THEN n_cases_now - n_without_cause ELSE n_cases_before + n_with_cause END AS n_explained,
        CASE WHEN counting.may_change THEN denominator_now - d_without_cause ELSE denominator_before + d_with_cause END AS d_explained
    FROM placed
    CROSS JOIN counting
),

shares AS (
    SELECT
        *,
        coalesce(n_cases_before / nullif(denominator_before, 0), 0) AS share_before,
        coalesce(n_cases_now / nullif(denominator_now, 0), 0) AS share_now,
        coalesce(n_explained / nullif(d_explained, 0), 0) AS share_explained,
        greatest(abs(n_cases_now - n_explained), abs(denominator_now - d_explained)) AS n_unexplained
    FROM explained
),

judged AS (
    SELECT
        shares.*,
        settings.drift_threshold,
        coalesce(limits.minimum_cases, 0) AS minimum_cases,
        coalesce(shares.denominator_before >= limits.minimum_denominator, true) AS is_judged
    FROM shares
    CROSS JOIN staging.drift_settings AS settings
    LEFT JOIN staging.drift_limits AS limits ON limits.distribution = shares.distribution AND limits.level = shares.level
)

SELECT
    judged.distribution,
    judged.level,
    judged.row_kind,
    judged.code,
    coalesce(terms.label, row_label(judged.row_kind)) AS label,
    judged.n_cases_before,
    judged.denominator_before,
    judged.share_before,
    judged.n_cases_now,
    judged.denominator_now,
    judged.share_now,
    judged.share_now - judged.share_before AS moved,
    coalesce(changed_cases.n_changed_with_cause, 0) AS n_changed_with_cause,
    coalesce(changed_cases.n_changed_without_cause, 0) AS n_changed_without_cause,
    judged.share_explained,
    judged.share_now - judged.share_explained AS unexplained,
    judged.is_judged,
    judged.is_judged
    AND judged.n_unexplained >= judged.minimum_cases
    AND abs(judged.share_now - judged.share_explained) > judged.drift_threshold AS is_held
FROM judged
LEFT JOIN changed_cases ON changed_cases.distribution = judged.distribution AND changed_cases.level = judged.level
LEFT JOIN registry.terms AS terms
    ON terms.vocabulary = CASE judged.distribution WHEN 'associated_disease' THEN 'disease' ELSE judged.distribution END
    AND terms.code = judged.code
    AND judged.row_kind = 'value'
ORDER BY abs(judged.share_now - judged.share_explained) DESC, judged.distribution, judged.level, judged.row_kind, judged.code;
