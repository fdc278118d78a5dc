-- Title:  Distinct cells of the fields that are coded
-- Grain:  one row per field and distinct cell
-- Reads:  staging.records
CREATE OR REPLACE TABLE staging.cells AS
SELECT DISTINCT 'country' AS field, false AS is_multi_valued, country AS cell FROM staging.records WHERE country IS NOT NULL
UNION ALL
SELECT DISTINCT 'year' AS field, false AS is_multi_valued, year AS cell FROM staging.records WHERE year IS NOT NULL
UNION ALL
SELECT DISTINCT 'patient_index' AS field, false AS is_multi_valued, patient_index AS cell FROM staging.records WHERE patient_index IS NOT NULL
UNION ALL
SELECT DISTINCT 'age_years' AS field, false AS is_multi_valued, age_years AS cell FROM staging.records WHERE age_years IS NOT NULL
UNION ALL
SELECT DISTINCT 'sex' AS field, false AS is_multi_valued, sex AS cell FROM staging.records WHERE sex IS NOT NULL
UNION ALL
SELECT DISTINCT 'variant_stated' AS field, false AS is_multi_valued, variant_stated AS cell FROM staging.records WHERE variant_stated IS NOT NULL
UNION ALL
SELECT DISTINCT 'variant_subtype' AS field, false AS is_multi_valued, variant_subtype AS cell FROM staging.records WHERE variant_subtype IS NOT NULL
UNION ALL
SELECT DISTINCT 'disease_duration_years' AS field, false AS is_multi_valued, disease_duration_years AS cell FROM staging.records WHERE disease_duration_years IS NOT NULL
UNION ALL
SELECT DISTINCT 'serum_calcium' AS field, false AS is_multi_valued, serum_calcium AS cell FROM staging.records WHERE serum_calcium IS NOT NULL
UNION ALL
SELECT DISTINCT 'serum_calcium_value' AS field, false AS is_multi_valued, serum_calcium_value AS cell FROM staging.records WHERE serum_calcium_value IS NOT NULL
UNION ALL
SELECT DISTINCT 'serum_phosphate' AS field, false AS is_multi_valued, serum_phosphate AS cell FROM staging.records WHERE serum_phosphate IS NOT NULL
UNION ALL
SELECT DISTINCT 'serum_phosphate_value' AS field, false AS is_multi_valued, serum_phosphate_value AS cell FROM staging.records WHERE serum_phosphate_value IS NOT NULL
UNION ALL
SELECT DISTINCT 'largest_size_mm' AS field, false AS is_multi_valued, largest_size_mm AS cell FROM staging.records WHERE largest_size_mm IS NOT NULL
UNION ALL
SELECT DISTINCT 'histology' AS field, false AS is_multi_valued, histology AS cell FROM staging.records WHERE histology IS NOT NULL
UNION ALL
SELECT DISTINCT 'outcome' AS field, false AS is_multi_valued, outcome AS cell FROM staging.records WHERE outcome IS NOT NULL
UNION ALL
SELECT DISTINCT 'lesion_sites' AS field, true AS is_multi_valued, lesion_sites AS cell FROM staging.records WHERE lesion_sites IS NOT NULL
UNION ALL
SELECT DISTINCT 'associated_diseases' AS field, true AS is_multi_valued, associated_diseases AS cell FROM staging.records WHERE associated_diseases IS NOT NULL
UNION ALL
SELECT DISTINCT 'comorbidities' AS field, true AS is_multi_valued, comorbidities AS cell FROM staging.records WHERE comorbidities IS NOT NULL
UNION ALL
SELECT DISTINCT 'other_labs' AS field, true AS is_multi_valued, other_labs AS cell FROM staging.records WHERE other_labs IS NOT NULL
UNION ALL
SELECT DISTINCT 'autoantibodies' AS field, true AS is_multi_valued, autoantibodies AS cell FROM staging.records WHERE autoantibodies IS NOT NULL
UNION ALL
SELECT DISTINCT 'morphology' AS field, true AS is_multi_valued, morphology AS cell FROM staging.records WHERE morphology IS NOT NULL
UNION ALL
SELECT DISTINCT 'imaging' AS field, true AS is_multi_valued, imaging AS cell FROM staging.records WHERE imaging IS NOT NULL
UNION ALL
SELECT DISTINCT 'treatments' AS field, true AS is_multi_valued, treatments AS cell FROM staging.records WHERE treatments IS NOT NULL;
