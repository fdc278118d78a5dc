-- Title:  What cases that this run changed say in the distributions, before and now
-- Grain:  one row per changed case, distribution, level and side (n = -1 as it was, 1 as it is)
-- Reads:  history.case_log, staging.drift_settings, staging.fingerprints, staging.previous_fingerprints
-- Note:   the side that a case has not (before it was added, after it was withdrawn) has no row. has_cause: sources,
--         vocabularies, rules or decisions changed it. A case that comes or goes while the inputs stayed the same, or
--         changes with the queries or the program alone, has none.
CREATE OR REPLACE TABLE staging.changed_values AS
WITH settings AS (
    -- Nothing is compared in a first run.
    SELECT drift_settings.run_id
    FROM staging.drift_settings AS drift_settings
    SEMI JOIN staging.previous_distributions ON true
),

inputs AS (
    SELECT coalesce(bool_or(now.sha256 IS DISTINCT FROM previous.sha256), true) AS are_new
    FROM staging.fingerprints AS now
    LEFT JOIN staging.previous_fingerprints AS previous ON previous.part = now.part
    WHERE now.part = 'inputs'
),

other_parts AS (
    SELECT coalesce(bool_or(now.part IN ('vocabularies', 'rules')), false) AS have_cause
    FROM staging.fingerprints AS now
    LEFT JOIN staging.previous_fingerprints AS previous ON previous.part = now.part
    WHERE now.part <> 'inputs' AND now.sha256 IS DISTINCT FROM previous.sha256
),

changes AS (
    SELECT
        log.*,
        CASE
            WHEN log.why = 'source' THEN inputs.are_new OR other_parts.have_cause
            ELSE log.why NOT IN ('queries', 'program')
        END AS has_cause
    FROM history.case_log AS log
    INNER JOIN settings ON settings.run_id = log.run_from
    CROSS JOIN inputs
    CROSS JOIN other_parts
),

earlier AS (
    SELECT log.*
    FROM history.case_log AS log
    SEMI JOIN changes ON changes.case_id = log.case_id AND changes.change = 'changed'
    WHERE log.run_from < (SELECT run_id FROM settings)
),

before AS (
    SELECT earlier.*
    FROM earlier
    SEMI JOIN (SELECT case_id, max(run_from) AS run_from FROM earlier GROUP BY case_id) AS latest
        ON latest.case_id = earlier.case_id AND latest.run_from = earlier.run_from
),

sides AS (
    SELECT
        changes.case_id, changes.has_cause, 1 AS n,
        changes.variant_used_code, changes.variant_used_state, changes.variant_subtype_code, changes.variant_subtype_state,
        changes.lesion_site_codes, changes.lesion_sites_state, changes.associated_disease_codes, changes.associated_diseases_state
    FROM changes
    WHERE changes.change <> 'withdrawn'
    UNION ALL
    SELECT
        changes.case_id, changes.has_cause, -1 AS n,
        changes.variant_used_code, changes.variant_used_state, changes.variant_subtype_code, changes.variant_subtype_state,
        changes.lesion_site_codes, changes.lesion_sites_state, changes.associated_disease_codes, changes.associated_diseases_state
    FROM changes
    WHERE changes.change = 'withdrawn'
    UNION ALL
    SELECT
        changes.case_id, changes.has_cause, -1 AS n,
        before.variant_used_code, before.variant_used_state, before.variant_subtype_code, before.variant_subtype_state,
        before.lesion_site_codes, before.lesion_sites_state, before.associated_disease_codes, before.associated_diseases_state
    FROM changes
    INNER JOIN before ON before.case_id = changes.case_id
),

valued AS (
    SELECT
        case_id,
        has_cause,
        n,
        unnest([
            {'distribution': 'variant', 'only_level': 'variant', 'codes': list_filter([variant_used_code], lambda code: code IS NOT NULL), 'field_state': variant_used_state},
            {'distribution': 'variant', 'only_level': 'subtype', 'codes': list_filter([variant_subtype_code], lambda code: code IS NOT NULL), 'field_state': variant_subtype_state},
            {'distribution': 'lesion_site', 'only_level': NULL, 'codes': list_sort(lesion_site_codes), 'field_state': lesion_sites_state},
            {'distribution': 'associated_disease', 'only_level': NULL, 'codes': list_sort(associated_disease_codes), 'field_state': associated_diseases_state}
        ], recursive := true)
    FROM sides
)

SELECT *
FROM valued;
