-- Title:  Cases of the registry
-- Grain:  one row per case: a patient of a publication, or of a registry export
-- Reads:  staging.golden_records, staging.derived_variants, staging.case_chemistry, staging.age_groups, staging.case_flags,
--         staging.case_decisions
-- Note:   variant_used is the variant that the distributions count: the stated one, else the derived one (variant_basis). Words
--         of the authors that no vocabulary knows are not put aside for a derived variant. An age group is given only where the
--         whole age interval lies in it; else it is uncertain. Ages and not cases are put in groups: a join on inequalities
--         compares row by row.
CREATE OR REPLACE TABLE registry.cases AS
WITH ages AS (
    SELECT golden.age_years_low, golden.age_years_high, golden.age_bounds, age_groups.age_group_code
    FROM (SELECT DISTINCT age_years_low, age_years_high, age_bounds FROM staging.golden_records) AS golden
    LEFT JOIN staging.age_groups AS age_groups
        ON golden.age_years_low >= age_groups.age_low_years
        AND golden.age_years_low < age_groups.age_high_years
        AND (
            golden.age_years_high < age_groups.age_high_years
            OR (golden.age_years_high = age_groups.age_high_years AND golden.age_bounds IN ('[)', '()'))
        )
)

SELECT
    golden.case_id,
    golden.publication_id,
    golden.patient_index,
    golden.source_key,
    golden.record_id,
    golden.year,
    golden.year // 10 * 10 AS decade,
    golden.country_code,
    golden.age_text,
    golden.age_years_low,
    golden.age_years_high,
    golden.age_bounds,
    golden.age_precision,
    golden.age_state,
    CASE WHEN golden.age_state = 'present' THEN coalesce(ages.age_group_code, 'uncertain') END AS age_group_code,
    golden.sex_code,
    golden.sex_state,
    golden.variant_stated_text,
    golden.variant_stated_code,
    golden.variant_stated_state,
    derived.variant_derived_code,
    derived.variant_derived_subtype_code,
    CASE WHEN derived.variant_derived_code IS NULL THEN 'not_assessed' ELSE 'present' END AS variant_derived_state,
    derived.variant_rule,
    coalesce(derived.variant_facts, []) AS variant_facts,
    CASE
        WHEN golden.variant_stated_state = 'present' THEN golden.variant_stated_code ELSE derived.variant_derived_code
    END AS variant_used_code,
    CASE
        WHEN golden.variant_stated_code IS NOT NULL THEN 'stated'
        WHEN golden.variant_stated_state <> 'present' AND derived.variant_derived_code IS NOT NULL THEN 'derived'
    END AS variant_basis,
    CASE WHEN derived.variant_derived_code IS NULL THEN golden.variant_stated_state ELSE 'present' END AS variant_used_state,
    golden.variant_subtype_text,
    golden.variant_subtype_code,
    golden.variant_subtype_state,
    golden.disease_duration_text,
    golden.disease_duration_years_low,
    golden.disease_duration_years_high,
    golden.disease_duration_bounds,
    golden.disease_duration_precision,
    golden.disease_duration_state,
    golden.serum_calcium_interpretation_code,
    golden.serum_calcium_text,
    golden.serum_calcium_test_code,
    golden.serum_calcium_low,
    golden.serum_calcium_high,
    golden.serum_calcium_bounds,
    golden.serum_calcium_precision,
    golden.serum_calcium_unit,
    golden.serum_calcium_state,
    chemistry.calcium_state_code AS serum_calcium_judged_code,
    chemistry.calcium_state_basis AS serum_calcium_judged_basis,
    golden.serum_phosphate_interpretation_code,
    golden.serum_phosphate_text,
    golden.serum_phosphate_low,
    golden.serum_phosphate_high,
    golden.serum_phosphate_bounds,
    golden.serum_phosphate_precision,
    golden.serum_phosphate_unit,
    golden.serum_phosphate_state,
    chemistry.phosphate_state_code AS serum_phosphate_judged_code,
    chemistry.phosphate_state_basis AS serum_phosphate_judged_basis,
    chemistry.calcium_phosphate_product_low,
    chemistry.calcium_phosphate_product_high,
    golden.largest_size_text,
    golden.largest_size_mm,
    golden.largest_size_state,
    golden.histology_code,
    golden.histology_state,
    golden.outcome_code,
    golden.outcome_state,
    golden.lesion_sites,
    golden.lesion_site_codes,
    golden.lesion_sites_state,
    golden.associated_diseases,
    golden.associated_disease_codes,
    golden.associated_diseases_state,
    golden.comorbidities,
    golden.comorbidities_state,
    golden.other_labs,
    golden.other_labs_state,
    golden.autoantibodies,
    golden.autoantibodies_state,
    golden.morphology,
    golden.morphology_state,
    golden.imaging,
    golden.imaging_state,
    golden.treatments,
    golden.treatments_state,
    coalesce(flags.n_findings, 0) AS n_findings,
    golden.is_split,
    golden.contributions_sha256,
    golden.n_contributions,
    decisions.decided_fields,
    decisions.decisions_sha256
FROM staging.golden_records AS golden
LEFT JOIN staging.derived_variants AS derived ON derived.case_id = golden.case_id
INNER JOIN ages
    ON ages.age_years_low IS NOT DISTINCT FROM golden.age_years_low
    AND ages.age_years_high IS NOT DISTINCT FROM golden.age_years_high
    AND ages.age_bounds IS NOT DISTINCT FROM golden.age_bounds
LEFT JOIN staging.case_flags AS flags ON flags.case_id = golden.case_id
LEFT JOIN staging.case_chemistry AS chemistry ON chemistry.case_id = golden.case_id
LEFT JOIN staging.case_decisions AS decisions ON decisions.case_id = golden.case_id;
