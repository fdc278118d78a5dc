-- Title:  Intake records that the decisions of curators make
-- Grain:  one row per case that a decision names
-- Reads:  staging.decisions, raw.records, staging.extracted_records
-- Note:   silent on every field that is not decided. record_id is the name of the case that was given, file_sha256 the hash of
--         what is decided, so that the order of the file does not matter; record_no goes on after the last of the sources
CREATE OR REPLACE TABLE staging.decision_rows AS
SELECT
    'curators' AS source_key,
    sha256(string_agg(field || chr(31) || value, chr(30) ORDER BY field)) AS file_sha256,
    min(line_number) AS line_number,
    given_case_id AS record_id,
    max(value) FILTER (field = 'age_years') AS age_years,
    max(value) FILTER (field = 'sex') AS sex,
    max(value) FILTER (field = 'variant_stated') AS variant_stated,
    max(value) FILTER (field = 'variant_subtype') AS variant_subtype,
    max(value) FILTER (field = 'lesion_sites') AS lesion_sites,
    max(value) FILTER (field = 'associated_diseases') AS associated_diseases,
    max(value) FILTER (field = 'comorbidities') AS comorbidities,
    max(value) FILTER (field = 'disease_duration_years') AS disease_duration_years,
    max(value) FILTER (field = 'serum_calcium') AS serum_calcium,
    max(value) FILTER (field = 'serum_calcium_value') AS serum_calcium_value,
    max(value) FILTER (field = 'serum_phosphate') AS serum_phosphate,
    max(value) FILTER (field = 'serum_phosphate_value') AS serum_phosphate_value,
    max(value) FILTER (field = 'other_labs') AS other_labs,
    max(value) FILTER (field = 'autoantibodies') AS autoantibodies,
    max(value) FILTER (field = 'morphology') AS morphology,
    max(value) FILTER (field = 'largest_size_mm') AS largest_size_mm,
    max(value) FILTER (field = 'histology') AS histology,
    max(value) FILTER (field = 'imaging') AS imaging,
    max(value) FILTER (field = 'treatments') AS treatments,
    max(value) FILTER (field = 'outcome') AS outcome,
    greatest(
        (SELECT coalesce(max(rowid), -1) FROM raw.records),
        (SELECT coalesce(max(record_no), -1) FROM staging.extracted_records)
    ) + row_number() OVER (ORDER BY given_case_id) AS record_no,
    'curator' AS document_tier,
    'partial' AS document_scope
FROM staging.decisions
WHERE NOT is_superseded
GROUP BY given_case_id;
