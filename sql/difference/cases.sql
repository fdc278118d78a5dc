-- Title:  Cases that differ, and why
-- Grain:  one row per case; change is added, removed or changed
-- Reads:  registry.cases, registry.publications, staging.record_keys, quality.quarantine of both versions; difference.case_changes,
--         difference.case_records, difference.case_sources, difference.field_reasons, difference.derivation
-- Note:   a case whose records stood in quarantine in the other version is there, or gone, because of the rules that it breaks in
--         one of them; it names these
CREATE OR REPLACE TABLE difference.cases AS
WITH quarantined AS (
    SELECT records.case_id, string_agg(DISTINCT broken.rule, ', ' ORDER BY broken.rule) AS cause
    FROM difference.case_records AS records
    INNER JOIN (
        SELECT 'newer' AS held_by, source_key, record_key, unnest(rules) AS rule FROM older.quality.quarantine
        UNION ALL
        SELECT 'older' AS held_by, source_key, record_key, unnest(rules) AS rule FROM newer.quality.quarantine
    ) AS broken
        ON broken.held_by = records.held_by
        AND broken.source_key = records.source_key
        AND broken.record_key = records.record_key
    GROUP BY records.case_id
),

first_part AS (
    SELECT arg_min(derivation, list_position(['rules', 'vocabularies', 'queries', 'program'], part)) AS first_part
    FROM difference.derivation AS derivation
),

come_and_gone AS (
    SELECT
        changes.case_id,
        changes.change,
        CASE
            WHEN sources.case_id IS NOT NULL THEN {'why': 'source', 'cause': sources.cause}
            WHEN quarantined.case_id IS NOT NULL AND first_part.first_part IS NOT NULL
                THEN {'why': first_part.first_part.part, 'cause': quarantined.cause}
            WHEN first_part.first_part IS NOT NULL THEN {'why': first_part.first_part.part, 'cause': first_part.first_part.files}
            ELSE {'why': 'source', 'cause': NULL::VARCHAR}
        END AS reason
    FROM difference.case_changes AS changes
    CROSS JOIN first_part
    LEFT JOIN difference.case_sources AS sources ON sources.case_id = changes.case_id
    LEFT JOIN quarantined ON quarantined.case_id = changes.case_id
    WHERE changes.change <> 'changed'
),

reasons AS (
    SELECT case_id, change, reason.why AS why, nullif(reason.cause, '') AS cause
    FROM come_and_gone
    UNION ALL
    SELECT
        case_id,
        'changed' AS change,
        string_agg(DISTINCT why, ', ' ORDER BY why) AS why,
        string_agg(DISTINCT cause, ', ' ORDER BY cause) AS cause
    FROM difference.field_reasons
    GROUP BY case_id
),

known AS (
    SELECT reasons.case_id, cases.publication_id, cases.patient_index, cases.source_key, cases.record_id, publications.first_author, publications.year, publications.title
    FROM reasons
    INNER JOIN newer.registry.cases AS cases ON cases.case_id = reasons.case_id
    LEFT JOIN newer.registry.publications AS publications ON publications.publication_id = cases.publication_id
    UNION ALL
    SELECT reasons.case_id, cases.publication_id, cases.patient_index, cases.source_key, cases.record_id, publications.first_author, publications.year, publications.title
    FROM reasons
    INNER JOIN older.registry.cases AS cases ON cases.case_id = reasons.case_id
    LEFT JOIN older.registry.publications AS publications ON publications.publication_id = cases.publication_id
    WHERE reasons.change = 'removed'
)

SELECT
    reasons.case_id,
    reasons.change,
    coalesce(
        nullif(concat_ws('. ', known.first_author, known.title, known.year), ''),
        concat_ws(' ', known.source_key, known.record_id)
    ) || coalesce(', patient ' || known.patient_index, '') AS case_name,
    reasons.why,
    reasons.cause
FROM reasons
LEFT JOIN known ON known.case_id = reasons.case_id
ORDER BY list_position(['added', 'changed', 'removed'], reasons.change), case_name, reasons.case_id;
