-- Title:  What each case says now in every field that can be decided on
-- Grain:  one row per case and field
-- Reads:  registry.cases, registry.case_contributions
-- Note:   present_value is the words of the golden record, or its code where it keeps no words; coded again it gives what the case
--         has. Of sex, histology and outcome the words stand only in the contributions where no vocabulary knows them
CREATE OR REPLACE VIEW quality.present_values AS
WITH unknown AS (
    SELECT
        case_id,
        arg_min(sex_text, contribution_rank) FILTER (sex_state = 'present') AS sex_words,
        arg_min(histology_text, contribution_rank) FILTER (histology_state = 'present') AS histology_words,
        arg_min(outcome_text, contribution_rank) FILTER (outcome_state = 'present') AS outcome_words
    FROM registry.case_contributions
    WHERE (sex_state = 'present' AND sex_code IS NULL)
        OR (histology_state = 'present' AND histology_code IS NULL)
        OR (outcome_state = 'present' AND outcome_code IS NULL)
    GROUP BY case_id
)

SELECT case_id, 'age_years' AS intake_field, age_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'variant_stated' AS intake_field, variant_stated_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'variant_subtype' AS intake_field, variant_subtype_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'disease_duration_years' AS intake_field, disease_duration_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_calcium_value' AS intake_field, serum_calcium_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_phosphate_value' AS intake_field, serum_phosphate_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'largest_size_mm' AS intake_field, largest_size_text AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_calcium' AS intake_field, serum_calcium_interpretation_code AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_phosphate' AS intake_field, serum_phosphate_interpretation_code AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'lesion_sites' AS intake_field, lesion_sites AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'associated_diseases' AS intake_field, associated_diseases AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'comorbidities' AS intake_field, comorbidities AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'other_labs' AS intake_field, other_labs AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'autoantibodies' AS intake_field, autoantibodies AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'morphology' AS intake_field, morphology AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'imaging' AS intake_field, imaging AS present_value
FROM registry.cases
UNION ALL
SELECT case_id, 'treatments' AS intake_field, treatments AS present_value
FROM registry.cases
UNION ALL
SELECT cases.case_id, 'sex' AS intake_field, coalesce(cases.sex_code, unknown.sex_words) AS present_value
FROM registry.cases AS cases
LEFT JOIN unknown ON unknown.case_id = cases.case_id
UNION ALL
SELECT cases.case_id, 'histology' AS intake_field, coalesce(cases.histology_code, unknown.histology_words) AS present_value
FROM registry.cases AS cases
LEFT JOIN unknown ON unknown.case_id = cases.case_id
UNION ALL
SELECT cases.case_id, 'outcome' AS intake_field, coalesce(cases.outcome_code, unknown.outcome_words) AS present_value
FROM registry.cases AS cases
LEFT JOIN unknown ON unknown.case_id = cases.case_id;
