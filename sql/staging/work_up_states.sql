-- Title:  What the work-up of each case found, where it was looked at
-- Grain:  one row per case and item of the work-up of which the report says something
-- Reads:  registry.cases, registry.case_laboratory_values, registry.case_associated_diseases, registry.case_comorbidities,
--         registry.case_autoantibodies, registry.term_ancestors, staging.work_up_rules
-- Note:   abnormal outweighs normal, which outweighs reported (looked at, result not said). A value is judged by the author's
--         word, else by its reference range. A disease counts under every term above it. That a disease is absent is normal
--         where it is the one that the rules name; one below it says only that the item was thought of.
CREATE OR REPLACE TABLE staging.work_up_states AS
WITH rule_codes AS (
    SELECT
        rules.work_up_item,
        rules.evidence_kind,
        coalesce(ancestors.code, rules.code) AS code,
        coalesce(ancestors.code, rules.code) = rules.code AS is_named,
        rules.present_means,
        rules.absent_means
    FROM staging.work_up_rules AS rules
    LEFT JOIN registry.term_ancestors AS ancestors
        ON ancestors.vocabulary = rules.evidence_kind AND ancestors.ancestor_code = rules.code
),

evidence AS (
    SELECT case_id, 'interpretation' AS evidence_kind, 'serum_calcium' AS code, coalesce(serum_calcium_judged_code, serum_calcium_interpretation_code) AS found
    FROM registry.cases
    WHERE serum_calcium_state IN ('present', 'absent')
    UNION ALL
    SELECT case_id, 'interpretation' AS evidence_kind, 'serum_phosphate' AS code, coalesce(serum_phosphate_judged_code, serum_phosphate_interpretation_code) AS found
    FROM registry.cases
    WHERE serum_phosphate_state IN ('present', 'absent')
    UNION ALL
    SELECT case_id, 'laboratory_test' AS evidence_kind, laboratory_test_code AS code, coalesce(interpretation_code, range_interpretation_code) AS found
    FROM registry.case_laboratory_values
    WHERE item_state IN ('present', 'absent')
    UNION ALL
    SELECT case_id, 'autoantibody' AS evidence_kind, autoantibody_code AS code, interpretation_code AS found
    FROM registry.case_autoantibodies
    WHERE item_state IN ('present', 'absent')
    UNION ALL
    SELECT case_id, 'disease' AS evidence_kind, disease_code AS code, item_state AS found
    FROM registry.case_associated_diseases
    UNION ALL
    SELECT case_id, 'disease' AS evidence_kind, disease_code AS code, item_state AS found
    FROM registry.case_comorbidities
),

judged AS (
    SELECT
        evidence.case_id,
        rule_codes.work_up_item,
        CASE
            WHEN evidence.found = 'present' AND evidence.evidence_kind = 'disease' THEN rule_codes.present_means
            WHEN evidence.found = 'absent' AND evidence.evidence_kind = 'disease' AND rule_codes.is_named THEN rule_codes.absent_means
            WHEN evidence.found IN ('normal', 'negative') THEN 'normal'
            WHEN evidence.found IN ('low', 'high', 'abnormal', 'positive') THEN 'abnormal'
            ELSE 'reported'
        END AS work_up_state
    FROM evidence
    INNER JOIN rule_codes ON rule_codes.evidence_kind = evidence.evidence_kind AND rule_codes.code = evidence.code
)

SELECT
    case_id,
    work_up_item,
    CASE
        WHEN bool_or(work_up_state = 'abnormal') THEN 'abnormal'
        WHEN bool_or(work_up_state = 'normal') THEN 'normal'
        ELSE 'reported'
    END AS work_up_state
FROM judged
GROUP BY case_id, work_up_item;
