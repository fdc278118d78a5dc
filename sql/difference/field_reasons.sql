-- Title:  Why each field of a case differs
-- Grain:  one row per case and field of difference.field_changes
-- Reads:  difference.field_changes, difference.fields, difference.item_changes, difference.case_sources, difference.term_causes,
--         difference.rule_causes, difference.derivation
-- Note:   why is source, vocabularies, rules, queries or program, as in history.case_log; cause names source and file, term,
--         rule or the files that changed. A field that follows from others (a state, a derived variant) has the cause of these.
CREATE OR REPLACE TABLE difference.field_reasons AS
WITH terms_of_field AS (
    SELECT case_id, field, string_agg(cause, ', ' ORDER BY cause) AS cause
    FROM difference.term_causes
    GROUP BY case_id, field
),

terms_of_case AS (
    SELECT case_id, string_agg(DISTINCT cause, ', ' ORDER BY cause) AS cause
    FROM difference.term_causes
    GROUP BY case_id
),

rules_of_case AS (
    SELECT case_id, string_agg(rule, ', ' ORDER BY rule) AS cause
    FROM difference.rule_causes
    GROUP BY case_id
),

coded_fields AS (
    SELECT field
    FROM difference.fields
    WHERE vocabulary <> 'age_group'
    UNION
    SELECT field
    FROM difference.item_changes
),

-- A coded field is the vocabularies' first, any other the rules'.
of_coded AS (
    SELECT arg_min(derivation, list_position(['vocabularies', 'rules', 'queries', 'program'], part)) AS first_part
    FROM difference.derivation AS derivation
),

of_others AS (
    SELECT arg_min(derivation, list_position(['rules', 'vocabularies', 'queries', 'program'], part)) AS first_part
    FROM difference.derivation AS derivation
),

weighed AS (
    SELECT
        changes.case_id,
        changes.field,
        changes.older_value,
        changes.newer_value,
        CASE
            WHEN terms_of_field.cause IS NOT NULL THEN {'why': 'vocabularies', 'cause': terms_of_field.cause}
            WHEN sources.case_id IS NOT NULL THEN {'why': 'source', 'cause': sources.cause}
            WHEN terms_of_case.cause IS NOT NULL THEN {'why': 'vocabularies', 'cause': terms_of_case.cause}
            WHEN changes.field = 'n_findings' AND rules_of_case.cause IS NOT NULL AND of_others.first_part.part = 'rules'
                THEN {'why': 'rules', 'cause': rules_of_case.cause}
            WHEN coded_fields.field IS NOT NULL AND of_coded.first_part IS NOT NULL
                THEN {'why': of_coded.first_part.part, 'cause': of_coded.first_part.files}
            WHEN of_others.first_part IS NOT NULL THEN {'why': of_others.first_part.part, 'cause': of_others.first_part.files}
            ELSE {'why': 'source', 'cause': NULL::VARCHAR}
        END AS reason
    FROM difference.field_changes AS changes
    CROSS JOIN of_coded
    CROSS JOIN of_others
    LEFT JOIN terms_of_field ON terms_of_field.case_id = changes.case_id AND terms_of_field.field = changes.field
    LEFT JOIN terms_of_case ON terms_of_case.case_id = changes.case_id
    LEFT JOIN rules_of_case ON rules_of_case.case_id = changes.case_id
    LEFT JOIN difference.case_sources AS sources ON sources.case_id = changes.case_id
    LEFT JOIN coded_fields ON coded_fields.field = changes.field
)

SELECT case_id, field, older_value, newer_value, reason.why AS why, nullif(reason.cause, '') AS cause
FROM weighed;
