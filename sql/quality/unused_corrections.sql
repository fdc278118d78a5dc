-- Title:  Corrections of mappings that change nothing
-- Grain:  one row per correction (staging.corrections) that met no record which still says what it expects
-- Reads:  staging.corrections, raw.records
-- Note:   no_such_record: no record has these identifiers; already_so: the source says now what the correction would make of
--         it; value_differs: it says something else (found_value). Such a row is to be taken out or looked at again
CREATE OR REPLACE TABLE quality.unused_corrections AS
WITH met AS (
    SELECT
        corrections.rowid AS correction_no,
        records.source_key IS NOT NULL AS is_met,
        CASE WHEN records.source_key IS NOT NULL THEN to_json(records) ->> corrections.field END AS found_value
    FROM staging.corrections AS corrections
    LEFT JOIN raw.records AS records
        ON records.source_key = corrections.source_key
        AND (corrections.record_id IS NULL OR corrections.record_id = records.record_id)
        AND (corrections.doi IS NULL OR corrections.doi = records.doi)
        AND (corrections.pmid IS NULL OR corrections.pmid = records.pmid)
        AND (corrections.pmcid IS NULL OR corrections.pmcid = records.pmcid)
        AND (corrections.url IS NULL OR corrections.url = records.url)
        AND (corrections.patient_index IS NULL OR corrections.patient_index = records.patient_index)
)

SELECT
    any_value(corrections.source_key) AS source_key,
    any_value(corrections.record_id) AS record_id,
    any_value(corrections.doi) AS doi,
    any_value(corrections.pmid) AS pmid,
    any_value(corrections.pmcid) AS pmcid,
    any_value(corrections.url) AS url,
    any_value(corrections.patient_index) AS patient_index_text,
    any_value(corrections.field) AS field,
    any_value(corrections.expect) AS expect,
    any_value(corrections.becomes) AS becomes,
    min(met.found_value) AS found_value,
    CASE
        WHEN NOT bool_or(met.is_met) THEN 'no_such_record'
        WHEN bool_and(met.found_value IS NOT DISTINCT FROM corrections.becomes) THEN 'already_so'
        ELSE 'value_differs'
    END AS correction_problem,
    any_value(corrections.why) AS why
FROM staging.corrections AS corrections
INNER JOIN met ON met.correction_no = corrections.rowid
GROUP BY corrections.rowid
HAVING NOT bool_or(met.is_met AND met.found_value IS NOT DISTINCT FROM corrections.expect)
ORDER BY ALL;
