-- Title:  Where the variant does not go with what is recorded
-- Grain:  one row per case and rule
-- Reads:  registry.cases, registry.term_ancestors, staging.variant_facts, staging.variant_rules
-- Note:   findings, never an overwrite: variant_used stays as stated. Variants of one group (traumatic and iatrogenic) and those
--         that others give the same facts (also_called of the rule) are no disagreement. The first rule leaves to the others
--         what they say in plainer words.
CREATE OR REPLACE VIEW quality.variant_disagreements AS
WITH variants AS (
    SELECT
        cases.case_id,
        cases.variant_stated_code,
        cases.variant_derived_code,
        cases.variant_used_code,
        cases.variant_rule,
        cases.variant_facts,
        facts.facts,
        rules.also_called
    FROM registry.cases AS cases
    INNER JOIN staging.variant_facts AS facts ON facts.case_id = cases.case_id
    LEFT JOIN staging.variant_rules AS rules ON rules.rule = cases.variant_rule
    WHERE cases.variant_used_code IS NOT NULL
),

groups AS (
    SELECT code, arg_min(ancestor_code, depth) AS group_code
    FROM (
        SELECT
            ancestry.code,
            ancestry.ancestor_code,
            (
                SELECT count(*)
                FROM registry.term_ancestors AS above
                WHERE above.vocabulary = 'variant' AND above.code = ancestry.ancestor_code
            ) AS depth
        FROM registry.term_ancestors AS ancestry
        WHERE ancestry.vocabulary = 'variant' AND ancestry.ancestor_level = 'variant'
    )
    GROUP BY code
)

SELECT
    variants.case_id,
    'derived_variant_agrees_with_stated' AS rule,
    'variant_stated' AS intake_field,
    variants.variant_stated_code || ', but ' || variants.variant_derived_code || ' by ' || variants.variant_rule || ': '
    || array_to_string(variants.variant_facts, ', ') AS offending_value
FROM variants
INNER JOIN groups AS stated ON stated.code = variants.variant_stated_code
INNER JOIN groups AS derived ON derived.code = variants.variant_derived_code
WHERE stated.group_code <> derived.group_code
    AND variants.variant_stated_code <> 'unclassified'
    AND NOT list_contains(variants.also_called, variants.variant_stated_code)
    AND NOT (
        variants.variant_stated_code = 'idiopathic'
        AND variants.variant_derived_code = 'metastatic'
        AND list_has_any(variants.facts, ['serum_calcium=high', 'serum_phosphate=high'])
    )
    AND NOT (
        variants.variant_stated_code = 'dystrophic'
        AND variants.variant_derived_code = 'iatrogenic'
        AND list_contains(variants.facts, 'calcium_exposure=yes')
    )
UNION ALL
SELECT case_id, 'idiopathic_has_no_raised_calcium' AS rule, 'serum_calcium' AS intake_field, 'high' AS offending_value
FROM variants
WHERE variant_used_code = 'idiopathic' AND list_contains(facts, 'serum_calcium=high')
UNION ALL
SELECT case_id, 'idiopathic_has_no_raised_phosphate' AS rule, 'serum_phosphate' AS intake_field, 'high' AS offending_value
FROM variants
WHERE variant_used_code = 'idiopathic' AND list_contains(facts, 'serum_phosphate=high')
UNION ALL
SELECT
    case_id,
    'metastatic_has_raised_minerals' AS rule,
    'serum_calcium' AS intake_field,
    'normal, as is serum phosphate' AS offending_value
FROM variants
WHERE variant_used_code = 'metastatic' AND list_has_all(facts, ['serum_calcium=normal', 'serum_phosphate=normal'])
UNION ALL
SELECT case_id, 'dystrophic_is_not_after_calcium' AS rule, 'associated_diseases' AS intake_field, 'calcium exposure' AS offending_value
FROM variants
WHERE variant_used_code = 'dystrophic' AND list_contains(facts, 'calcium_exposure=yes');
