-- Title:  Fields on which a sheet's silence means something
-- Grain:  one row per file, sheet and scope of a source
-- Reads:  raw.source_columns, staging.extracted_records, staging.decision_rows
-- Note:   a sheet without the column says nothing by its silence, and a source that saw only a part of each report
--         (scope partial) says nothing by any empty cell. The scope is that of the source for which a record speaks,
--         which for a correction is the source of the record that it corrects. A full text that is read through covers every
--         field, an abstract none; a curator speaks only of what is decided.
CREATE OR REPLACE TABLE staging.sheet_fields AS
SELECT
    source_key,
    file_sha256,
    sheet,
    'full' AS scope,
    coalesce(list(intake_field) FILTER (WHERE intake_field IS NOT NULL), []) AS covered_fields
FROM raw.source_columns
GROUP BY source_key, file_sha256, sheet
UNION ALL
SELECT DISTINCT source_key, file_sha256, sheet, 'partial' AS scope, []::VARCHAR[] AS covered_fields
FROM raw.source_columns
UNION ALL
SELECT DISTINCT
    source_key,
    file_sha256,
    NULL::VARCHAR AS sheet,
    document_scope AS scope,
    CASE WHEN document_scope = 'full'
        THEN [
            'age_years', 'sex', 'variant_stated', 'variant_subtype', 'lesion_sites', 'associated_diseases', 'comorbidities',
            'disease_duration_years', 'serum_calcium', 'serum_calcium_value', 'serum_phosphate', 'serum_phosphate_value',
            'other_labs', 'autoantibodies', 'morphology', 'largest_size_mm', 'histology', 'imaging', 'treatments', 'outcome'
        ]
        ELSE []
    END AS covered_fields
FROM staging.extracted_records
UNION ALL
SELECT DISTINCT source_key, file_sha256, NULL::VARCHAR AS sheet, document_scope AS scope, []::VARCHAR[] AS covered_fields
FROM staging.decision_rows;
