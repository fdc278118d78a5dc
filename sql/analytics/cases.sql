-- Title:  List of the cases with their publication, in labels
-- Grain:  one row per case
-- Reads:  registry.cases, registry.publications, registry.terms
-- Note:   what a researcher opens in a spreadsheet; codes and states stand in registry.cases
CREATE OR REPLACE VIEW analytics.cases AS
SELECT
    cases.case_id,
    cases.patient_index,
    publications.title,
    publications.first_author,
    publications.journal,
    cases.year,
    publications.doi,
    publications.pmid,
    publications.url,
    countries.label AS country,
    cases.age_text,
    cases.age_years_low,
    cases.age_years_high,
    cases.age_group_code,
    cases.sex_code,
    cases.variant_used_code,
    cases.variant_basis,
    subtypes.label AS variant_subtype,
    cases.lesion_sites,
    cases.lesion_site_codes,
    cases.associated_diseases,
    cases.associated_disease_codes,
    cases.comorbidities,
    cases.serum_calcium_interpretation_code,
    cases.serum_calcium_text,
    cases.serum_phosphate_interpretation_code,
    cases.serum_phosphate_text,
    cases.largest_size_mm,
    cases.morphology,
    cases.histology_code,
    cases.imaging,
    cases.treatments,
    cases.outcome_code,
    cases.n_contributions,
    cases.n_findings
FROM registry.cases AS cases
LEFT JOIN registry.publications AS publications ON publications.publication_id = cases.publication_id
LEFT JOIN registry.terms AS countries ON countries.vocabulary = 'country' AND countries.code = cases.country_code
LEFT JOIN registry.terms AS subtypes ON subtypes.vocabulary = 'variant' AND subtypes.code = cases.variant_subtype_code;
