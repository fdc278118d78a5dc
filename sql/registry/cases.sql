-- Title:  Cases of the registry
-- Grain:  one row per case: a patient of a publication, or of a registry export
-- Reads:  staging.golden_records, staging.age_groups, staging.case_flags, staging.case_decisions
-- Note:   variant_used is the variant that the distributions count, variant_basis says what it rests on. An age group is given
--         only where the whole age interval lies in it; else it is uncertain.
CREATE OR REPLACE TABLE registry.cases AS
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
    CASE WHEN golden.age_state = 'present' THEN coalesce(age_groups.age_group_code, 'uncertain') END AS age_group_code,
    golden.sex_code,
    golden.sex_state,
    golden.variant_stated_text,
    golden.variant_stated_code,
    golden.variant_stated_state,
    golden.variant_stated_code AS variant_used_code,
    CASE WHEN golden.variant_stated_code IS NOT NULL THEN 'stated' END AS variant_basis,
    golden.variant_stated_state AS variant_used_state,
    golden.variant_subtype_text,
    golden.variant_subtype_code,
    golden.variant_subtype_state,
    golden.disease_duration_text,
    golden.disease_duration_years_low,
    golden.disease_duration_years_high,
    golden.disease_duration_precision,
    golden.disease_duration_state,
    golden.serum_calcium_interpretation_code,
    golden.serum_calcium_text,
    golden.serum_calcium_low,
    golden.serum_calcium_high,
    golden.serum_calcium_unit,
    golden.serum_calcium_state,
    golden.serum_phosphate_interpretation_code,
    golden.serum_phosphate_text,
    golden.serum_phosphate_low,
    golden.serum_phosphate_high,
    golden.serum_phosphate_unit,
    golden.serum_phosphate_state,
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
LEFT JOIN staging.age_groups AS age_groups
    ON golden.age_years_low >= age_groups.age_low_years
    AND golden.age_years_low < age_groups.age_high_years
    AND (
        golden.age_years_high < age_groups.age_high_years
        OR (golden.age_years_high = age_groups.age_high_years AND golden.age_bounds IN ('[)', '()'))
    )
LEFT JOIN staging.case_flags AS flags ON flags.case_id = golden.case_id
LEFT JOIN staging.case_decisions AS decisions ON decisions.case_id = golden.case_id;
