-- Title:  Words of the sources that no vocabulary knows
-- Grain:  one row per field and term
-- Reads:  staging.coded_cells, staging.records, staging.term_suggestions
-- Note:   n_records counts the records that use the term; similarity (0 to 1) is how near the suggested code's words are
CREATE OR REPLACE TABLE quality.unmapped_terms AS
WITH unmapped AS (
    SELECT DISTINCT field, cell, item.item_text
    FROM (SELECT field, cell, unnest(items) AS item FROM staging.coded_cells)
    WHERE item.code IS NULL AND item.item_state = 'present'
),

uses AS (
    SELECT field, cell, n_records
    FROM (
        SELECT 'country' AS field, country AS cell, count(*) AS n_records FROM staging.records WHERE country IS NOT NULL GROUP BY country
        UNION ALL
        SELECT 'sex' AS field, sex AS cell, count(*) AS n_records FROM staging.records WHERE sex IS NOT NULL GROUP BY sex
        UNION ALL
        SELECT 'variant_stated' AS field, variant_stated AS cell, count(*) AS n_records FROM staging.records WHERE variant_stated IS NOT NULL GROUP BY variant_stated
        UNION ALL
        SELECT 'variant_subtype' AS field, variant_subtype AS cell, count(*) AS n_records FROM staging.records WHERE variant_subtype IS NOT NULL GROUP BY variant_subtype
        UNION ALL
        SELECT 'histology' AS field, histology AS cell, count(*) AS n_records FROM staging.records WHERE histology IS NOT NULL GROUP BY histology
        UNION ALL
        SELECT 'outcome' AS field, outcome AS cell, count(*) AS n_records FROM staging.records WHERE outcome IS NOT NULL GROUP BY outcome
        UNION ALL
        SELECT 'serum_calcium' AS field, serum_calcium AS cell, count(*) AS n_records FROM staging.records WHERE serum_calcium IS NOT NULL GROUP BY serum_calcium
        UNION ALL
        SELECT 'serum_phosphate' AS field, serum_phosphate AS cell, count(*) AS n_records FROM staging.records WHERE serum_phosphate IS NOT NULL GROUP BY serum_phosphate
        UNION ALL
        SELECT 'lesion_sites' AS field, lesion_sites AS cell, count(*) AS n_records FROM staging.records WHERE lesion_sites IS NOT NULL GROUP BY lesion_sites
        UNION ALL
        SELECT 'associated_diseases' AS field, associated_diseases AS cell, count(*) AS n_records FROM staging.records WHERE associated_diseases IS NOT NULL GROUP BY associated_diseases
        UNION ALL
        SELECT 'comorbidities' AS field, comorbidities AS cell, count(*) AS n_records FROM staging.records WHERE comorbidities IS NOT NULL GROUP BY comorbidities
        UNION ALL
        SELECT 'other_labs' AS field, other_labs AS cell, count(*) AS n_records FROM staging.records WHERE other_labs IS NOT NULL GROUP BY other_labs
        UNION ALL
        SELECT 'autoantibodies' AS field, autoantibodies AS cell, count(*) AS n_records FROM staging.records WHERE autoantibodies IS NOT NULL GROUP BY autoantibodies
        UNION ALL
        SELECT 'morphology' AS field, morphology AS cell, count(*) AS n_records FROM staging.records WHERE morphology IS NOT NULL GROUP BY morphology
        UNION ALL
        SELECT 'imaging' AS field, imaging AS cell, count(*) AS n_records FROM staging.records WHERE imaging IS NOT NULL GROUP BY imaging
        UNION ALL
        SELECT 'treatments' AS field, treatments AS cell, count(*) AS n_records FROM staging.records WHERE treatments IS NOT NULL GROUP BY treatments
    )
)

SELECT
    unmapped.field AS intake_field,
    unmapped.item_text AS term,
    sum(uses.n_records)::BIGINT AS n_records,
    any_value(suggestions.code) AS suggested_code,
    any_value(suggestions.label) AS suggested_label,
    any_value(suggestions.similarity) AS similarity
FROM unmapped
INNER JOIN uses ON uses.field = unmapped.field AND uses.cell = unmapped.cell
LEFT JOIN staging.term_suggestions AS suggestions
    ON suggestions.field = unmapped.field AND suggestions.term = unmapped.item_text
GROUP BY unmapped.field, unmapped.item_text
ORDER BY n_records DESC, intake_field, term;
