-- Title:  Coded items of the cases of one version, whichever field they belong to
-- Grain:  one row per case, field and item as it stands in the version; side is the name that the version is attached under
-- Reads:  registry.case_* of both versions
-- Note:   what two items are compared by: code (the words where no vocabulary knows them), side of the body, value, and state
-- Use:    FROM difference.case_items('newer')
CREATE OR REPLACE MACRO difference.case_items(side) AS TABLE
SELECT case_id, 'lesion_sites' AS field, 'lesion_site' AS vocabulary, lesion_site_code AS code, laterality_code AS aspect, item_state, CASE WHEN lesion_site_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_lesion_sites')
UNION ALL
SELECT case_id, 'associated_diseases' AS field, 'disease' AS vocabulary, disease_code AS code, interpretation_code AS aspect, item_state, CASE WHEN disease_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_associated_diseases')
UNION ALL
SELECT case_id, 'comorbidities' AS field, 'disease' AS vocabulary, disease_code AS code, interpretation_code AS aspect, item_state, CASE WHEN disease_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_comorbidities')
UNION ALL
SELECT
    case_id,
    'other_labs' AS field,
    'laboratory_test' AS vocabulary,
    laboratory_test_code AS code,
    nullif(
        concat_ws(
            ' ',
            comparator,
            CASE WHEN value_high <> value_low THEN value_low || ' to ' || value_high ELSE coalesce(value_low, value_high)::VARCHAR END,
            unit,
            interpretation_code
        ), ''
    ) AS aspect,
    item_state,
    CASE WHEN laboratory_test_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_laboratory_values')
UNION ALL
SELECT case_id, 'autoantibodies' AS field, 'autoantibody' AS vocabulary, autoantibody_code AS code, interpretation_code AS aspect, item_state, CASE WHEN autoantibody_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_autoantibodies')
UNION ALL
SELECT case_id, 'morphology' AS field, 'morphology' AS vocabulary, morphology_code AS code, NULL AS aspect, item_state, CASE WHEN morphology_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_morphologies')
UNION ALL
SELECT case_id, 'imaging' AS field, 'imaging' AS vocabulary, imaging_code AS code, NULL AS aspect, item_state, CASE WHEN imaging_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_imaging')
UNION ALL
SELECT case_id, 'treatments' AS field, 'treatment' AS vocabulary, treatment_code AS code, NULL AS aspect, item_state, CASE WHEN treatment_code IS NULL THEN item_text END AS words
FROM query_table(side || '.registry.case_treatments');
