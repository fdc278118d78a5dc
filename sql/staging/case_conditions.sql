-- Title:  Conditions and forms of the cases that are limited to a sex or an age
-- Grain:  one row per case, field, item and limited term at or above its code
-- Reads:  registry.cases, registry.case_associated_diseases, registry.case_comorbidities, registry.term_ancestors,
--         staging.term_limits
CREATE OR REPLACE VIEW staging.case_conditions AS
WITH limited AS (
    SELECT ancestors.vocabulary, ancestors.code, limits.* EXCLUDE (vocabulary, code)
    FROM staging.term_limits AS limits
    INNER JOIN registry.term_ancestors AS ancestors
        ON ancestors.vocabulary = limits.vocabulary AND ancestors.ancestor_code = limits.code
)

SELECT items.case_id, 'associated_diseases' AS intake_field, items.item_text, limited.*
FROM registry.case_associated_diseases AS items
INNER JOIN limited ON limited.vocabulary = 'disease' AND limited.code = items.disease_code
WHERE items.item_state = 'present'
UNION ALL
SELECT items.case_id, 'comorbidities' AS intake_field, items.item_text, limited.*
FROM registry.case_comorbidities AS items
INNER JOIN limited ON limited.vocabulary = 'disease' AND limited.code = items.disease_code
WHERE items.item_state = 'present'
UNION ALL
SELECT cases.case_id, 'variant_subtype' AS intake_field, cases.variant_subtype_text AS item_text, limited.*
FROM registry.cases AS cases
INNER JOIN limited ON limited.vocabulary = 'variant' AND limited.code = cases.variant_subtype_code;
