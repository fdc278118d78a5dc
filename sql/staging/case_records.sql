-- Title:  Intake records, typed and coded
-- Grain:  one row per record of a source that is not a duplicate (staging.record_duplicates)
-- Reads:  staging.records, staging.record_keys, staging.record_duplicates, staging.sheet_fields, staging.coded_cells, raw.sources
-- Note:   *_text holds the author's words of a quantity or code, *_state one of present, absent, not_reported, not_assessed.
--         An empty cell meets an empty row of first_items: an outer join cuts a vector of rows into those that meet one and
--         those that do not, and after two dozen joins hardly a row would be left in each.
--         A correction takes over the source of the record that it corrects, so that it stands for the same case.
CREATE OR REPLACE TABLE staging.case_records AS
WITH origin AS (
    SELECT record_key, record_sha256, any_value(source_key) AS source_key
    FROM staging.record_keys
    WHERE corrects_record_key IS NULL
        AND record_key IN (SELECT corrects_record_key FROM staging.record_keys WHERE corrects_record_key IS NOT NULL)
    GROUP BY record_key, record_sha256
),

first_items AS MATERIALIZED (
    SELECT
        field,
        cell AS key,
        cell,
        cell_state,
        items[1].code AS code,
        items[1].value_low AS value_low,
        items[1].value_high AS value_high,
        items[1].value_bounds AS value_bounds,
        items[1].value_precision AS value_precision,
        items[1].unit AS unit,
        items[1].interpretation_code AS interpretation_code,
        items[1].problem AS problem,
        CASE WHEN field IN ('lesion_sites', 'associated_diseases')
            THEN list_transform(
                list_filter(items, lambda item: item.item_state = 'present' AND item.code IS NOT NULL), lambda item: item.code
            )
        END AS present_codes
    FROM staging.coded_cells
    UNION ALL BY NAME
    SELECT DISTINCT field, '' AS key
    FROM staging.coded_cells
)

SELECT
    keys.record_no,
    keys.record_key,
    keys.record_sha256,
    coalesce(origin.source_key, records.source_key) AS source_key,
    coalesce(records.document_tier, sources.tier) AS tier,
    coalesce(list_position(['structured_row', 'full_text', 'abstract'], records.document_tier), sources.tier_rank) AS tier_rank,
    sources.priority,
    records.file_sha256,
    records.sheet,
    records.line_number,
    records.record_id,
    keys.doi,
    keys.pmid,
    keys.pmcid,
    records.url,
    records.title,
    records.first_author,
    records.journal,
    records.year AS year_text,
    try_cast(year_coded.value_low AS INTEGER) AS year,
    country_coded.code AS country_code,
    records.patient_index AS patient_index_text,
    try_cast(patient_index_coded.value_low AS BIGINT) AS patient_index,
    records.age_years AS age_text,
    age_years_coded.value_low AS age_years_low,
    age_years_coded.value_high AS age_years_high,
    age_years_coded.value_bounds AS age_bounds,
    age_years_coded.value_precision AS age_precision,
    coalesce(age_years_coded.cell_state, silence(sheets.covered_fields, 'age_years', CASE WHEN age_years_coded.cell IS NULL THEN records.age_years END)) AS age_state,
    records.sex AS sex_text,
    sex_coded.code AS sex_code,
    coalesce(sex_coded.cell_state, silence(sheets.covered_fields, 'sex', CASE WHEN sex_coded.cell IS NULL THEN records.sex END)) AS sex_state,
    records.variant_stated AS variant_stated_text,
    variant_stated_coded.code AS variant_stated_code,
    coalesce(variant_stated_coded.cell_state, silence(sheets.covered_fields, 'variant_stated', CASE WHEN variant_stated_coded.cell IS NULL THEN records.variant_stated END)) AS variant_stated_state,
    records.variant_subtype AS variant_subtype_text,
    variant_subtype_coded.code AS variant_subtype_code,
    coalesce(variant_subtype_coded.cell_state, silence(sheets.covered_fields, 'variant_subtype', CASE WHEN variant_subtype_coded.cell IS NULL THEN records.variant_subtype END)) AS variant_subtype_state,
    records.disease_duration_years AS disease_duration_text,
    disease_duration_years_coded.value_low AS disease_duration_years_low,
    disease_duration_years_coded.value_high AS disease_duration_years_high,
    disease_duration_years_coded.value_bounds AS disease_duration_bounds,
    disease_duration_years_coded.value_precision AS disease_duration_precision,
    coalesce(disease_duration_years_coded.cell_state, silence(sheets.covered_fields, 'disease_duration_years', CASE WHEN disease_duration_years_coded.cell IS NULL THEN records.disease_duration_years END)) AS disease_duration_state,
    coalesce(serum_calcium_coded.code, serum_calcium_value_coded.interpretation_code) AS serum_calcium_interpretation_code,
    records.serum_calcium_value AS serum_calcium_text,
    serum_calcium_value_coded.code AS serum_calcium_test_code,
    serum_calcium_value_coded.value_low AS serum_calcium_low,
    serum_calcium_value_coded.value_high AS serum_calcium_high,
    serum_calcium_value_coded.value_bounds AS serum_calcium_bounds,
    serum_calcium_value_coded.value_precision AS serum_calcium_precision,
    serum_calcium_value_coded.unit AS serum_calcium_unit,
    coalesce(serum_calcium_value_coded.cell_state, serum_calcium_coded.cell_state, silence(sheets.covered_fields, 'serum_calcium', CASE WHEN coalesce(serum_calcium_coded.cell, serum_calcium_value_coded.cell) IS NULL THEN coalesce(records.serum_calcium, records.serum_calcium_value) END)) AS serum_calcium_state,
    coalesce(serum_phosphate_coded.code, serum_phosphate_value_coded.interpretation_code) AS serum_phosphate_interpretation_code,
    records.serum_phosphate_value AS serum_phosphate_text,
    serum_phosphate_value_coded.value_low AS serum_phosphate_low,
    serum_phosphate_value_coded.value_high AS serum_phosphate_high,
    serum_phosphate_value_coded.value_bounds AS serum_phosphate_bounds,
    serum_phosphate_value_coded.value_precision AS serum_phosphate_precision,
    serum_phosphate_value_coded.unit AS serum_phosphate_unit,
    coalesce(serum_phosphate_value_coded.cell_state, serum_phosphate_coded.cell_state, silence(sheets.covered_fields, 'serum_phosphate', CASE WHEN coalesce(serum_phosphate_coded.cell, serum_phosphate_value_coded.cell) IS NULL THEN coalesce(records.serum_phosphate, records.serum_phosphate_value) END)) AS serum_phosphate_state,
    records.largest_size_mm AS largest_size_text,
    largest_size_mm_coded.value_high AS largest_size_mm,
    coalesce(largest_size_mm_coded.cell_state, silence(sheets.covered_fields, 'largest_size_mm', CASE WHEN largest_size_mm_coded.cell IS NULL THEN records.largest_size_mm END)) AS largest_size_state,
    records.histology AS histology_text,
    histology_coded.code AS histology_code,
    coalesce(histology_coded.cell_state, silence(sheets.covered_fields, 'histology', CASE WHEN histology_coded.cell IS NULL THEN records.histology END)) AS histology_state,
    records.outcome AS outcome_text,
    outcome_coded.code AS outcome_code,
    coalesce(outcome_coded.cell_state, silence(sheets.covered_fields, 'outcome', CASE WHEN outcome_coded.cell IS NULL THEN records.outcome END)) AS outcome_state,
    records.lesion_sites,
    coalesce(lesion_sites_coded.cell_state, silence(sheets.covered_fields, 'lesion_sites', CASE WHEN lesion_sites_coded.cell IS NULL THEN records.lesion_sites END)) AS lesion_sites_state,
    records.associated_diseases,
    coalesce(associated_diseases_coded.cell_state, silence(sheets.covered_fields, 'associated_diseases', CASE WHEN associated_diseases_coded.cell IS NULL THEN records.associated_diseases END)) AS associated_diseases_state,
    records.comorbidities,
    coalesce(comorbidities_coded.cell_state, silence(sheets.covered_fields, 'comorbidities', CASE WHEN comorbidities_coded.cell IS NULL THEN records.comorbidities END)) AS comorbidities_state,
    records.other_labs,
    coalesce(other_labs_coded.cell_state, silence(sheets.covered_fields, 'other_labs', CASE WHEN other_labs_coded.cell IS NULL THEN records.other_labs END)) AS other_labs_state,
    records.autoantibodies,
    coalesce(autoantibodies_coded.cell_state, silence(sheets.covered_fields, 'autoantibodies', CASE WHEN autoantibodies_coded.cell IS NULL THEN records.autoantibodies END)) AS autoantibodies_state,
    records.morphology,
    coalesce(morphology_coded.cell_state, silence(sheets.covered_fields, 'morphology', CASE WHEN morphology_coded.cell IS NULL THEN records.morphology END)) AS morphology_state,
    records.imaging,
    coalesce(imaging_coded.cell_state, silence(sheets.covered_fields, 'imaging', CASE WHEN imaging_coded.cell IS NULL THEN records.imaging END)) AS imaging_state,
    records.treatments,
    coalesce(treatments_coded.cell_state, silence(sheets.covered_fields, 'treatments', CASE WHEN treatments_coded.cell IS NULL THEN records.treatments END)) AS treatments_state,
    coalesce(lesion_sites_coded.present_codes, []) AS lesion_site_codes,
    coalesce(associated_diseases_coded.present_codes, []) AS associated_disease_codes,
    list_filter([
        CASE WHEN year_coded.problem IS NOT NULL THEN {'field': 'year', 'value': records.year, 'problem': year_coded.problem} END,
        CASE WHEN patient_index_coded.problem IS NOT NULL THEN {'field': 'patient_index', 'value': records.patient_index, 'problem': patient_index_coded.problem} END,
        CASE WHEN age_years_coded.problem IS NOT NULL THEN {'field': 'age_years', 'value': records.age_years, 'problem': age_years_coded.problem} END,
        CASE WHEN disease_duration_years_coded.problem IS NOT NULL THEN {'field': 'disease_duration_years', 'value': records.disease_duration_years, 'problem': disease_duration_years_coded.problem} END,
        CASE WHEN serum_calcium_value_coded.problem IS NOT NULL THEN {'field': 'serum_calcium_value', 'value': records.serum_calcium_value, 'problem': serum_calcium_value_coded.problem} END,
        CASE WHEN serum_phosphate_value_coded.problem IS NOT NULL THEN {'field': 'serum_phosphate_value', 'value': records.serum_phosphate_value, 'problem': serum_phosphate_value_coded.problem} END,
        CASE WHEN largest_size_mm_coded.problem IS NOT NULL THEN {'field': 'largest_size_mm', 'value': records.largest_size_mm, 'problem': largest_size_mm_coded.problem} END
    ], lambda problem: problem IS NOT NULL) AS problems,
    records.corrects_record_key IS NOT NULL AS is_correction,
    origin.record_key IS NOT NULL AS has_origin,
    keys.citation,
    keys.address
FROM staging.records AS records
INNER JOIN staging.record_keys AS keys ON keys.record_no = records.record_no
ANTI JOIN staging.record_duplicates AS duplicates ON duplicates.record_no = records.record_no
LEFT JOIN origin
    ON origin.record_key = records.corrects_record_key AND origin.record_sha256 = records.corrects_record_sha256
INNER JOIN raw.sources AS sources ON sources.source_key = coalesce(origin.source_key, records.source_key)
INNER JOIN staging.sheet_fields AS sheets
    ON sheets.source_key = records.source_key
    AND sheets.file_sha256 = records.file_sha256
    AND sheets.sheet IS NOT DISTINCT FROM records.sheet
    AND sheets.scope = coalesce(records.document_scope, sources.scope)
LEFT JOIN first_items AS country_coded ON country_coded.field = 'country' AND country_coded.key = coalesce(records.country, '')
LEFT JOIN first_items AS year_coded ON year_coded.field = 'year' AND year_coded.key = coalesce(records.year, '')
LEFT JOIN first_items AS patient_index_coded ON patient_index_coded.field = 'patient_index' AND patient_index_coded.key = coalesce(records.patient_index, '')
LEFT JOIN first_items AS age_years_coded ON age_years_coded.field = 'age_years' AND age_years_coded.key = coalesce(records.age_years, '')
LEFT JOIN first_items AS sex_coded ON sex_coded.field = 'sex' AND sex_coded.key = coalesce(records.sex, '')
LEFT JOIN first_items AS variant_stated_coded ON variant_stated_coded.field = 'variant_stated' AND variant_stated_coded.key = coalesce(records.variant_stated, '')
LEFT JOIN first_items AS variant_subtype_coded ON variant_subtype_coded.field = 'variant_subtype' AND variant_subtype_coded.key = coalesce(records.variant_subtype, '')
LEFT JOIN first_items AS disease_duration_years_coded ON disease_duration_years_coded.field = 'disease_duration_years' AND disease_duration_years_coded.key = coalesce(records.disease_duration_years, '')
LEFT JOIN first_items AS serum_calcium_coded ON serum_calcium_coded.field = 'serum_calcium' AND serum_calcium_coded.key = coalesce(records.serum_calcium, '')
LEFT JOIN first_items AS serum_calcium_value_coded ON serum_calcium_value_coded.field = 'serum_calcium_value' AND serum_calcium_value_coded.key = coalesce(records.serum_calcium_value, '')
LEFT JOIN first_items AS serum_phosphate_coded ON serum_phosphate_coded.field = 'serum_phosphate' AND serum_phosphate_coded.key = coalesce(records.serum_phosphate, '')
LEFT JOIN first_items AS serum_phosphate_value_coded ON serum_phosphate_value_coded.field = 'serum_phosphate_value' AND serum_phosphate_value_coded.key = coalesce(records.serum_phosphate_value, '')
LEFT JOIN first_items AS largest_size_mm_coded ON largest_size_mm_coded.field = 'largest_size_mm' AND largest_size_mm_coded.key = coalesce(records.largest_size_mm, '')
LEFT JOIN first_items AS histology_coded ON histology_coded.field = 'histology' AND histology_coded.key = coalesce(records.histology, '')
LEFT JOIN first_items AS outcome_coded ON outcome_coded.field = 'outcome' AND outcome_coded.key = coalesce(records.outcome, '')
LEFT JOIN first_items AS lesion_sites_coded ON lesion_sites_coded.field = 'lesion_sites' AND lesion_sites_coded.key = coalesce(records.lesion_sites, '')
LEFT JOIN first_items AS associated_diseases_coded ON associated_diseases_coded.field = 'associated_diseases' AND associated_diseases_coded.key = coalesce(records.associated_diseases, '')
LEFT JOIN first_items AS comorbidities_coded ON comorbidities_coded.field = 'comorbidities' AND comorbidities_coded.key = coalesce(records.comorbidities, '')
LEFT JOIN first_items AS other_labs_coded ON other_labs_coded.field = 'other_labs' AND other_labs_coded.key = coalesce(records.other_labs, '')
LEFT JOIN first_items AS autoantibodies_coded ON autoantibodies_coded.field = 'autoantibodies' AND autoantibodies_coded.key = coalesce(records.autoantibodies, '')
LEFT JOIN first_items AS morphology_coded ON morphology_coded.field = 'morphology' AND morphology_coded.key = coalesce(records.morphology, '')
LEFT JOIN first_items AS imaging_coded ON imaging_coded.field = 'imaging' AND imaging_coded.key = coalesce(records.imaging, '')
LEFT JOIN first_items AS treatments_coded ON treatments_coded.field = 'treatments' AND treatments_coded.key = coalesce(records.treatments, '')
;
