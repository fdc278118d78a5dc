-- Title:  Cases of which a source saw the whole report
-- Grain:  one row per case
-- Reads:  staging.contributions, staging.extracted_records, raw.sources
-- Note:   only there does silence on a single item (no word on vitamin D) mean that the report does not give it
CREATE OR REPLACE VIEW staging.fully_read_cases AS
SELECT DISTINCT contributions.case_id
FROM staging.contributions AS contributions
INNER JOIN raw.sources AS sources ON sources.source_key = contributions.source_key
LEFT JOIN staging.extracted_records AS extracted ON extracted.record_no = contributions.record_no
WHERE coalesce(extracted.document_scope, sources.scope) = 'full';
