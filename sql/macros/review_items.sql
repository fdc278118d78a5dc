-- Title:  Values that need an eye
-- Grain:  one row per case and field; reasons, and the quotes of the field, are lists
-- Reads:  registry.case_evidence, registry.case_*, registry.publications, quality.findings, quality.unmapped_terms,
--         quality.decisions, quality.present_values
-- Note:   what was read with a confidence below the one given, conflicts between the sources of a case, other findings of the
--         rules, words that no vocabulary knows, and decisions whose expectation no longer holds. A field that a curator
--         decided on is not listed again, unless the decision itself needs a second look. review_rank orders by urgency: 1 decision, 2 conflict,
--         3 flagged, 4 low confidence, 5 unmapped
-- Use:    FROM review_items(0.8);
CREATE OR REPLACE MACRO review_items(confidence_below) AS TABLE
WITH unmapped AS (
    SELECT case_id, 'lesion_sites' AS intake_field, item_text
    FROM registry.case_lesion_sites
    WHERE lesion_site_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'associated_diseases' AS intake_field, item_text
    FROM registry.case_associated_diseases
    WHERE disease_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'comorbidities' AS intake_field, item_text
    FROM registry.case_comorbidities
    WHERE disease_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'other_labs' AS intake_field, item_text
    FROM registry.case_laboratory_values
    WHERE laboratory_test_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'autoantibodies' AS intake_field, item_text
    FROM registry.case_autoantibodies
    WHERE autoantibody_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'morphology' AS intake_field, item_text
    FROM registry.case_morphologies
    WHERE morphology_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'imaging' AS intake_field, item_text
    FROM registry.case_imaging
    WHERE imaging_code IS NULL AND item_state = 'present'
    UNION ALL
    SELECT case_id, 'treatments' AS intake_field, item_text
    FROM registry.case_treatments
    WHERE treatment_code IS NULL AND item_state = 'present'
),

reasons AS (
    SELECT
        case_id,
        field AS intake_field,
        1 AS review_rank,
        'decision: ' || curator || ' decided "' || value || '" on ' || decided_on || ', when the sources said "' || coalesce(expects, '')
        || '"; they say "' || coalesce(found_value, 'not reported') || '" now' AS reason
    FROM quality.decisions
    WHERE is_in_force AND decision_problem IS NOT NULL
    UNION ALL
    SELECT
        case_id,
        intake_field,
        CASE WHEN starts_with(rule, 'contributions_agree') THEN 2 ELSE 3 END AS review_rank,
        CASE WHEN starts_with(rule, 'contributions_agree') THEN 'conflict: ' ELSE 'flagged: ' END
        || sentence || coalesce(' (' || offending_value || ')', '') AS reason
    FROM quality.findings
    WHERE action = 'flag' AND case_id IS NOT NULL
    UNION ALL
    SELECT
        case_id,
        intake_field,
        4 AS review_rank,
        'low confidence: "' || finding_value || '" was read with confidence ' || confidence AS reason
    FROM registry.case_evidence
    WHERE is_used AND confidence < confidence_below
    UNION ALL
    SELECT
        unmapped.case_id,
        unmapped.intake_field,
        5 AS review_rank,
        'unmapped: "' || unmapped.item_text || '" is in no vocabulary'
        || coalesce('; the nearest term is ' || terms.suggested_label, '') AS reason
    FROM unmapped
    LEFT JOIN quality.unmapped_terms AS terms
        ON terms.intake_field = unmapped.intake_field AND terms.term = unmapped.item_text
),

listed AS (
    SELECT
        case_id,
        intake_field,
        min(review_rank) AS review_rank,
        list(DISTINCT reason ORDER BY reason) AS review_reasons
    FROM reasons
    ANTI JOIN (SELECT case_id, field FROM quality.decisions WHERE is_in_force AND decision_problem IS NULL) AS decided
        ON decided.case_id = reasons.case_id AND decided.field = reasons.intake_field
    GROUP BY case_id, intake_field
),

quoted AS (
    SELECT evidence.case_id, evidence.intake_field, list(DISTINCT evidence.quote_sentence ORDER BY evidence.quote_sentence) AS quotes
    FROM registry.case_evidence AS evidence
    WHERE evidence.is_used
    GROUP BY evidence.case_id, evidence.intake_field
)

SELECT
    listed.case_id,
    listed.intake_field,
    present.present_value,
    listed.review_rank,
    listed.review_reasons,
    quoted.quotes,
    coalesce(publications.doi, 'PMID ' || publications.pmid, publications.pmcid, publications.url, publications.title, cases.record_id) AS report
FROM listed
INNER JOIN quality.present_values AS present
    ON present.case_id = listed.case_id AND present.intake_field = listed.intake_field
INNER JOIN registry.cases AS cases ON cases.case_id = listed.case_id
LEFT JOIN registry.publications AS publications ON publications.publication_id = cases.publication_id
LEFT JOIN quoted ON quoted.case_id = listed.case_id AND quoted.intake_field = listed.intake_field
ORDER BY listed.review_rank, listed.case_id, listed.intake_field;
