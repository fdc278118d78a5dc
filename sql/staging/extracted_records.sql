-- Title:  Intake records read out of narratives
-- Grain:  one row per patient of a document in scope
-- Note:   filled by flows/extract; the columns of raw.records, and what the document is: tier full_text or abstract, scope full
--         or partial (an abstract says nothing by its silence). record_no goes on after the last of raw.records
CREATE TABLE staging.extracted_records AS
SELECT
    NULL::BIGINT AS record_no,
    NULL::BIGINT AS document_no,
    NULL::VARCHAR AS document_tier,
    NULL::VARCHAR AS document_scope,
    *
FROM raw.records
WHERE false;
