-- Title:  Facts that the variant is derived from
-- Grain:  one row per case
-- Reads:  staging.golden_records, staging.case_chemistry, staging.coded_cells, staging.variant_term_facts, staging.variant_fact_codes
-- Note:   facts are written fact=value, for example renal_failure=yes or serum_calcium=high; a fact that is not there is not
--         known. Only what is recorded as present makes a fact. The stated variant is no fact, nor is a reader's judgement.
--         Cells and not cases are looked up: the same words make the same facts. Cases with the same facts share a number.
CREATE OR REPLACE TABLE staging.variant_facts AS
WITH cell_items AS (
    SELECT field AS intake_field, cell, unnest(items) AS item
    FROM staging.coded_cells
    WHERE field IN (SELECT intake_field FROM staging.variant_term_facts)
),

cell_facts AS MATERIALIZED (
    SELECT
        cell_items.intake_field,
        cell_items.cell,
        list_sort(list(DISTINCT facts.fact || '=' || facts.fact_value)) AS facts
    FROM cell_items
    INNER JOIN staging.variant_term_facts AS facts
        ON facts.intake_field = cell_items.intake_field AND facts.code = cell_items.item.code
    WHERE cell_items.item.item_state = 'present'
    GROUP BY cell_items.intake_field, cell_items.cell
),

fact_sets AS MATERIALIZED (
    SELECT intake_field, cell, facts, dense_rank() OVER (ORDER BY facts) AS set_no
    FROM cell_facts
),

limits AS (
    SELECT min(at_least) AS product_limit
    FROM staging.variant_fact_codes
    WHERE intake_field = 'calcium_phosphate_product'
),

recorded AS (
    SELECT
        golden.case_id,
        coalesce(diseases.set_no, 0) AS disease_set,
        coalesce(comorbidities.set_no, 0) AS comorbidity_set,
        coalesce(morphologies.set_no, 0) AS morphology_set,
        coalesce(subtypes.set_no, 0) AS subtype_set,
        coalesce(sites.set_no, 0) AS site_set,
        coalesce(chemistry.calcium_state_code, '') AS calcium,
        coalesce(chemistry.phosphate_state_code, '') AS phosphate,
        coalesce(chemistry.calcium_phosphate_product_low >= limits.product_limit, false) AS is_product_high,
        coalesce(golden.associated_diseases_state, 'not_assessed') AS linked_disease
    FROM staging.golden_records AS golden
    LEFT JOIN staging.case_chemistry AS chemistry ON chemistry.case_id = golden.case_id
    LEFT JOIN fact_sets AS diseases
        ON diseases.intake_field = 'associated_diseases' AND diseases.cell = golden.associated_diseases
    LEFT JOIN fact_sets AS comorbidities
        ON comorbidities.intake_field = 'comorbidities' AND comorbidities.cell = golden.comorbidities
    LEFT JOIN fact_sets AS morphologies
        ON morphologies.intake_field = 'morphology' AND morphologies.cell = golden.morphology
    LEFT JOIN fact_sets AS subtypes
        ON subtypes.intake_field = 'variant_subtype' AND subtypes.cell = golden.variant_subtype_text
    LEFT JOIN fact_sets AS sites
        ON sites.intake_field = 'lesion_sites' AND sites.cell = golden.lesion_sites
    CROSS JOIN limits
),

sets AS (
    SELECT DISTINCT set_no, facts
    FROM fact_sets
    UNION ALL
    SELECT 0 AS set_no, []::VARCHAR[] AS facts
),

combinations AS (
    SELECT DISTINCT * EXCLUDE (case_id)
    FROM recorded
),

joined AS (
    SELECT
        combinations.*,
        list_concat(
            list_concat(diseases.facts, comorbidities.facts), list_concat(morphologies.facts, subtypes.facts), sites.facts
        ) AS coded_facts
    FROM combinations
    INNER JOIN sets AS diseases ON diseases.set_no = combinations.disease_set
    INNER JOIN sets AS comorbidities ON comorbidities.set_no = combinations.comorbidity_set
    INNER JOIN sets AS morphologies ON morphologies.set_no = combinations.morphology_set
    INNER JOIN sets AS subtypes ON subtypes.set_no = combinations.subtype_set
    INNER JOIN sets AS sites ON sites.set_no = combinations.site_set
),

known AS (
    SELECT
        * EXCLUDE (coded_facts),
        list_sort(list_distinct(list_concat(coded_facts, list_filter([
            CASE
                WHEN calcium <> '' AND NOT list_contains(coded_facts, 'serum_calcium=high') THEN 'serum_calcium=' || calcium
            END,
            CASE
                WHEN phosphate <> '' AND NOT list_contains(coded_facts, 'serum_phosphate=high')
                    THEN 'serum_phosphate=' || phosphate
            END,
            CASE WHEN is_product_high THEN 'calcium_phosphate_product=high' END,
            'linked_disease=' || linked_disease
        ], lambda fact: fact IS NOT NULL)))) AS facts
    FROM joined
),

numbered AS (
    SELECT *, dense_rank() OVER (ORDER BY facts) AS combination_no
    FROM known
)

SELECT recorded.case_id, numbered.combination_no, numbered.facts
FROM recorded
INNER JOIN numbered
    ON numbered.disease_set = recorded.disease_set
    AND numbered.comorbidity_set = recorded.comorbidity_set
    AND numbered.morphology_set = recorded.morphology_set
    AND numbered.subtype_set = recorded.subtype_set
    AND numbered.site_set = recorded.site_set
    AND numbered.calcium = recorded.calcium
    AND numbered.phosphate = recorded.phosphate
    AND numbered.is_product_high = recorded.is_product_high
    AND numbered.linked_disease = recorded.linked_disease;
