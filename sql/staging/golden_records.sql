-- Title:  The golden record of each case before judgement
-- Grain:  one row per case
-- Reads:  staging.contributions
-- Note:   of each field the first contribution that says something (present or absent) gives value and state together, in
--         the total order of contribution_rank; a multi-valued field comes whole from one contribution, never as a union.
--         A case with one contribution is that contribution. Among silent ones not_reported outweighs not_assessed, and the
--         first words stay: "no lupus" reports no disease, and still denies one. A decision of a curator (tier_rank 0) speaks
--         first, and can also say that a field is not reported; it is not counted among the records that tell of the case.
CREATE OR REPLACE VIEW staging.golden_records AS
WITH golden AS (
    SELECT
        case_id,
        arg_min(publication_id, contribution_rank) AS publication_id,
        arg_min(patient_index, contribution_rank) AS patient_index,
        arg_min(CASE WHEN publication_id IS NULL THEN source_key END, contribution_rank) FILTER (tier_rank > 0) AS source_key,
        arg_min(CASE WHEN publication_id IS NULL THEN record_id END, contribution_rank) FILTER (tier_rank > 0) AS record_id,
        arg_min(year, contribution_rank) FILTER (year IS NOT NULL) AS year,
        arg_min(country_code, contribution_rank) FILTER (country_code IS NOT NULL) AS country_code,
        arg_min(struct_pack(age_text := age_text, age_years_low := age_years_low, age_years_high := age_years_high, age_bounds := age_bounds, age_precision := age_precision, age_state := age_state), contribution_rank)
            FILTER (speaks(age_state, tier_rank)) AS age,
        max(age_state) AS age_silence,
        arg_min(struct_pack(sex_code := sex_code, sex_state := sex_state), contribution_rank)
            FILTER (speaks(sex_state, tier_rank)) AS sex,
        max(sex_state) AS sex_silence,
        arg_min(struct_pack(variant_stated_text := variant_stated_text, variant_stated_code := variant_stated_code, variant_stated_state := variant_stated_state), contribution_rank)
            FILTER (speaks(variant_stated_state, tier_rank)) AS variant_stated,
        max(variant_stated_state) AS variant_stated_silence,
        arg_min(struct_pack(variant_subtype_text := variant_subtype_text, variant_subtype_code := variant_subtype_code, variant_subtype_state := variant_subtype_state), contribution_rank)
            FILTER (speaks(variant_subtype_state, tier_rank)) AS variant_subtype,
        max(variant_subtype_state) AS variant_subtype_silence,
        arg_min(struct_pack(disease_duration_text := disease_duration_text, disease_duration_years_low := disease_duration_years_low, disease_duration_years_high := disease_duration_years_high, disease_duration_precision := disease_duration_precision, disease_duration_state := disease_duration_state), contribution_rank)
            FILTER (speaks(disease_duration_state, tier_rank)) AS disease_duration,
        max(disease_duration_state) AS disease_duration_silence,
        arg_min(struct_pack(serum_calcium_interpretation_code := serum_calcium_interpretation_code, serum_calcium_text := serum_calcium_text, serum_calcium_low := serum_calcium_low, serum_calcium_high := serum_calcium_high, serum_calcium_unit := serum_calcium_unit, serum_calcium_state := serum_calcium_state), contribution_rank)
            FILTER (speaks(serum_calcium_state, tier_rank)) AS serum_calcium,
        max(serum_calcium_state) AS serum_calcium_silence,
        arg_min(struct_pack(serum_phosphate_interpretation_code := serum_phosphate_interpretation_code, serum_phosphate_text := serum_phosphate_text, serum_phosphate_low := serum_phosphate_low, serum_phosphate_high := serum_phosphate_high, serum_phosphate_unit := serum_phosphate_unit, serum_phosphate_state := serum_phosphate_state), contribution_rank)
            FILTER (speaks(serum_phosphate_state, tier_rank)) AS serum_phosphate,
        max(serum_phosphate_state) AS serum_phosphate_silence,
        arg_min(struct_pack(largest_size_text := largest_size_text, largest_size_mm := largest_size_mm, largest_size_state := largest_size_state), contribution_rank)
            FILTER (speaks(largest_size_state, tier_rank)) AS largest_size,
        max(largest_size_state) AS largest_size_silence,
        arg_min(struct_pack(histology_code := histology_code, histology_state := histology_state), contribution_rank)
            FILTER (speaks(histology_state, tier_rank)) AS histology,
        max(histology_state) AS histology_silence,
        arg_min(struct_pack(outcome_code := outcome_code, outcome_state := outcome_state), contribution_rank)
            FILTER (speaks(outcome_state, tier_rank)) AS outcome,
        max(outcome_state) AS outcome_silence,
        arg_min(struct_pack(lesion_sites := lesion_sites, lesion_site_codes := lesion_site_codes, lesion_sites_state := lesion_sites_state), contribution_rank)
            FILTER (speaks(lesion_sites_state, tier_rank)) AS lesion_sites,
        max(lesion_sites_state) AS lesion_sites_silence,
        arg_min(lesion_sites, contribution_rank) FILTER (lesion_sites IS NOT NULL) AS lesion_sites_words,
        arg_min(struct_pack(associated_diseases := associated_diseases, associated_disease_codes := associated_disease_codes, associated_diseases_state := associated_diseases_state), contribution_rank)
            FILTER (speaks(associated_diseases_state, tier_rank)) AS associated_diseases,
        max(associated_diseases_state) AS associated_diseases_silence,
        arg_min(associated_diseases, contribution_rank) FILTER (associated_diseases IS NOT NULL) AS associated_diseases_words,
        arg_min(struct_pack(comorbidities := comorbidities, comorbidities_state := comorbidities_state), contribution_rank)
            FILTER (speaks(comorbidities_state, tier_rank)) AS comorbidities,
        max(comorbidities_state) AS comorbidities_silence,
        arg_min(comorbidities, contribution_rank) FILTER (comorbidities IS NOT NULL) AS comorbidities_words,
        arg_min(struct_pack(other_labs := other_labs, other_labs_state := other_labs_state), contribution_rank)
            FILTER (speaks(other_labs_state, tier_rank)) AS other_labs,
        max(other_labs_state) AS other_labs_silence,
        arg_min(other_labs, contribution_rank) FILTER (other_labs IS NOT NULL) AS other_labs_words,
        arg_min(struct_pack(autoantibodies := autoantibodies, autoantibodies_state := autoantibodies_state), contribution_rank)
            FILTER (speaks(autoantibodies_state, tier_rank)) AS autoantibodies,
        max(autoantibodies_state) AS autoantibodies_silence,
        arg_min(autoantibodies, contribution_rank) FILTER (autoantibodies IS NOT NULL) AS autoantibodies_words,
        arg_min(struct_pack(morphology := morphology, morphology_state := morphology_state), contribution_rank)
            FILTER (speaks(morphology_state, tier_rank)) AS morphology,
        max(morphology_state) AS morphology_silence,
        arg_min(morphology, contribution_rank) FILTER (morphology IS NOT NULL) AS morphology_words,
        arg_min(struct_pack(imaging := imaging, imaging_state := imaging_state), contribution_rank)
            FILTER (speaks(imaging_state, tier_rank)) AS imaging,
        max(imaging_state) AS imaging_silence,
        arg_min(imaging, contribution_rank) FILTER (imaging IS NOT NULL) AS imaging_words,
        arg_min(struct_pack(treatments := treatments, treatments_state := treatments_state), contribution_rank)
            FILTER (speaks(treatments_state, tier_rank)) AS treatments,
        max(treatments_state) AS treatments_silence,
        arg_min(treatments, contribution_rank) FILTER (treatments IS NOT NULL) AS treatments_words,
        bool_or(is_split) AS is_split,
        CASE WHEN count(*) FILTER (tier_rank > 0) = 1
            THEN any_value(record_sha256) FILTER (tier_rank > 0)
            ELSE md5(string_agg(record_sha256, '' ORDER BY contribution_rank) FILTER (tier_rank > 0))
        END AS contributions_sha256,
        count(*) FILTER (tier_rank > 0) AS n_contributions
    FROM staging.contributions
    WHERE n_contributions > 1
    GROUP BY case_id
)

SELECT
    case_id,
    publication_id,
    patient_index,
    source_key,
    record_id,
    year,
    country_code,
    golden.age.age_text,
    golden.age.age_years_low,
    golden.age.age_years_high,
    golden.age.age_bounds,
    golden.age.age_precision,
    coalesce(golden.age.age_state, golden.age_silence) AS age_state,
    golden.sex.sex_code,
    coalesce(golden.sex.sex_state, golden.sex_silence) AS sex_state,
    golden.variant_stated.variant_stated_text,
    golden.variant_stated.variant_stated_code,
    coalesce(golden.variant_stated.variant_stated_state, golden.variant_stated_silence) AS variant_stated_state,
    golden.variant_subtype.variant_subtype_text,
    golden.variant_subtype.variant_subtype_code,
    coalesce(golden.variant_subtype.variant_subtype_state, golden.variant_subtype_silence) AS variant_subtype_state,
    golden.disease_duration.disease_duration_text,
    golden.disease_duration.disease_duration_years_low,
    golden.disease_duration.disease_duration_years_high,
    golden.disease_duration.disease_duration_precision,
    coalesce(golden.disease_duration.disease_duration_state, golden.disease_duration_silence) AS disease_duration_state,
    golden.serum_calcium.serum_calcium_interpretation_code,
    golden.serum_calcium.serum_calcium_text,
    golden.serum_calcium.serum_calcium_low,
    golden.serum_calcium.serum_calcium_high,
    golden.serum_calcium.serum_calcium_unit,
    coalesce(golden.serum_calcium.serum_calcium_state, golden.serum_calcium_silence) AS serum_calcium_state,
    golden.serum_phosphate.serum_phosphate_interpretation_code,
    golden.serum_phosphate.serum_phosphate_text,
    golden.serum_phosphate.serum_phosphate_low,
    golden.serum_phosphate.serum_phosphate_high,
    golden.serum_phosphate.serum_phosphate_unit,
    coalesce(golden.serum_phosphate.serum_phosphate_state, golden.serum_phosphate_silence) AS serum_phosphate_state,
    golden.largest_size.largest_size_text,
    golden.largest_size.largest_size_mm,
    coalesce(golden.largest_size.largest_size_state, golden.largest_size_silence) AS largest_size_state,
    golden.histology.histology_code,
    coalesce(golden.histology.histology_state, golden.histology_silence) AS histology_state,
    golden.outcome.outcome_code,
    coalesce(golden.outcome.outcome_state, golden.outcome_silence) AS outcome_state,
    coalesce(golden.lesion_sites.lesion_sites, golden.lesion_sites_words) AS lesion_sites,
    coalesce(golden.lesion_sites.lesion_site_codes, []) AS lesion_site_codes,
    coalesce(golden.lesion_sites.lesion_sites_state, golden.lesion_sites_silence) AS lesion_sites_state,
    coalesce(golden.associated_diseases.associated_diseases, golden.associated_diseases_words) AS associated_diseases,
    coalesce(golden.associated_diseases.associated_disease_codes, []) AS associated_disease_codes,
    coalesce(golden.associated_diseases.associated_diseases_state, golden.associated_diseases_silence) AS associated_diseases_state,
    coalesce(golden.comorbidities.comorbidities, golden.comorbidities_words) AS comorbidities,
    coalesce(golden.comorbidities.comorbidities_state, golden.comorbidities_silence) AS comorbidities_state,
    coalesce(golden.other_labs.other_labs, golden.other_labs_words) AS other_labs,
    coalesce(golden.other_labs.other_labs_state, golden.other_labs_silence) AS other_labs_state,
    coalesce(golden.autoantibodies.autoantibodies, golden.autoantibodies_words) AS autoantibodies,
    coalesce(golden.autoantibodies.autoantibodies_state, golden.autoantibodies_silence) AS autoantibodies_state,
    coalesce(golden.morphology.morphology, golden.morphology_words) AS morphology,
    coalesce(golden.morphology.morphology_state, golden.morphology_silence) AS morphology_state,
    coalesce(golden.imaging.imaging, golden.imaging_words) AS imaging,
    coalesce(golden.imaging.imaging_state, golden.imaging_silence) AS imaging_state,
    coalesce(golden.treatments.treatments, golden.treatments_words) AS treatments,
    coalesce(golden.treatments.treatments_state, golden.treatments_silence) AS treatments_state,
    is_split,
    contributions_sha256,
    n_contributions
FROM golden
UNION ALL
SELECT
    case_id,
    publication_id,
    patient_index,
    CASE WHEN publication_id IS NULL THEN source_key END AS source_key,
    CASE WHEN publication_id IS NULL THEN record_id END AS record_id,
    year,
    country_code,
    age_text,
    age_years_low,
    age_years_high,
    age_bounds,
    age_precision,
    age_state,
    sex_code,
    sex_state,
    variant_stated_text,
    variant_stated_code,
    variant_stated_state,
    variant_subtype_text,
    variant_subtype_code,
    variant_subtype_state,
    disease_duration_text,
    disease_duration_years_low,
    disease_duration_years_high,
    disease_duration_precision,
    disease_duration_state,
    serum_calcium_interpretation_code,
    serum_calcium_text,
    serum_calcium_low,
    serum_calcium_high,
    serum_calcium_unit,
    serum_calcium_state,
    serum_phosphate_interpretation_code,
    serum_phosphate_text,
    serum_phosphate_low,
    serum_phosphate_high,
    serum_phosphate_unit,
    serum_phosphate_state,
    largest_size_text,
    largest_size_mm,
    largest_size_state,
    histology_code,
    histology_state,
    outcome_code,
    outcome_state,
    lesion_sites,
    lesion_site_codes,
    lesion_sites_state,
    associated_diseases,
    associated_disease_codes,
    associated_diseases_state,
    comorbidities,
    comorbidities_state,
    other_labs,
    other_labs_state,
    autoantibodies,
    autoantibodies_state,
    morphology,
    morphology_state,
    imaging,
    imaging_state,
    treatments,
    treatments_state,
    is_split,
    record_sha256 AS contributions_sha256,
    n_contributions
FROM staging.contributions
WHERE n_contributions = 1;
