-- Title:  Every coded value of every case, in one shape
-- Grain:  one row per case, field and code; a case that is silent on a field has one row with code IS NULL and its state
-- Reads:  registry.cases, registry.case_*, registry.terms
-- Note:   what the macros distribution(field) and crosstab(a, b) stand on; a constant field is pushed down to its branch
CREATE OR REPLACE VIEW analytics.case_values AS
SELECT case_id, 'sex' AS field, 'sex' AS vocabulary, sex_code AS code, sex_state AS value_state, sex_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'variant' AS field, 'variant' AS vocabulary, variant_used_code AS code, variant_used_state AS value_state, variant_used_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'variant_stated' AS field, 'variant' AS vocabulary, variant_stated_code AS code, variant_stated_state AS value_state, variant_stated_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'variant_derived' AS field, 'variant' AS vocabulary, variant_derived_code AS code, variant_derived_state AS value_state, variant_derived_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'variant_basis' AS field, '' AS vocabulary, variant_basis AS code, variant_used_state AS value_state, variant_used_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'variant_subtype' AS field, 'variant' AS vocabulary, variant_subtype_code AS code, variant_subtype_state AS value_state, variant_subtype_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'age_group' AS field, 'age_group' AS vocabulary, age_group_code AS code, age_state AS value_state, age_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'decade' AS field, '' AS vocabulary, decade::VARCHAR AS code, CASE WHEN decade IS NULL THEN 'not_reported' ELSE 'present' END AS value_state, CASE WHEN decade IS NULL THEN 'not_reported' ELSE 'present' END AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'country' AS field, 'country' AS vocabulary, country_code AS code, CASE WHEN country_code IS NULL THEN 'not_reported' ELSE 'present' END AS value_state, CASE WHEN country_code IS NULL THEN 'not_reported' ELSE 'present' END AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'histology' AS field, 'histology' AS vocabulary, histology_code AS code, histology_state AS value_state, histology_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'outcome' AS field, 'outcome' AS vocabulary, outcome_code AS code, outcome_state AS value_state, outcome_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_calcium' AS field, 'interpretation' AS vocabulary, serum_calcium_interpretation_code AS code, serum_calcium_state AS value_state, serum_calcium_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_phosphate' AS field, 'interpretation' AS vocabulary, serum_phosphate_interpretation_code AS code, serum_phosphate_state AS value_state, serum_phosphate_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_calcium_judged' AS field, 'interpretation' AS vocabulary, serum_calcium_judged_code AS code, serum_calcium_state AS value_state, serum_calcium_state AS field_state
FROM registry.cases
UNION ALL
SELECT case_id, 'serum_phosphate_judged' AS field, 'interpretation' AS vocabulary, serum_phosphate_judged_code AS code, serum_phosphate_state AS value_state, serum_phosphate_state AS field_state
FROM registry.cases
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'lesion_site' AS field,
    'lesion_site' AS vocabulary,
    items.lesion_site_code AS code,
    coalesce(items.item_state, cases.lesion_sites_state) AS value_state,
    cases.lesion_sites_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_lesion_sites AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'associated_disease' AS field,
    'disease' AS vocabulary,
    items.disease_code AS code,
    coalesce(items.item_state, cases.associated_diseases_state) AS value_state,
    cases.associated_diseases_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_associated_diseases AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'comorbidity' AS field,
    'disease' AS vocabulary,
    items.disease_code AS code,
    coalesce(items.item_state, cases.comorbidities_state) AS value_state,
    cases.comorbidities_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_comorbidities AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'morphology' AS field,
    'morphology' AS vocabulary,
    items.morphology_code AS code,
    coalesce(items.item_state, cases.morphology_state) AS value_state,
    cases.morphology_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_morphologies AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'imaging' AS field,
    'imaging' AS vocabulary,
    items.imaging_code AS code,
    coalesce(items.item_state, cases.imaging_state) AS value_state,
    cases.imaging_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_imaging AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'treatment' AS field,
    'treatment' AS vocabulary,
    items.treatment_code AS code,
    coalesce(items.item_state, cases.treatments_state) AS value_state,
    cases.treatments_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_treatments AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'autoantibody' AS field,
    'autoantibody' AS vocabulary,
    items.autoantibody_code AS code,
    coalesce(items.item_state, cases.autoantibodies_state) AS value_state,
    cases.autoantibodies_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_autoantibodies AS items ON items.case_id = cases.case_id
UNION ALL
SELECT DISTINCT
    cases.case_id,
    'laboratory_test' AS field,
    'laboratory_test' AS vocabulary,
    items.laboratory_test_code AS code,
    coalesce(items.item_state, cases.other_labs_state) AS value_state,
    cases.other_labs_state AS field_state
FROM registry.cases AS cases
LEFT JOIN registry.case_laboratory_values AS items ON items.case_id = cases.case_id;
