-- Title:  Documents whose text another document has too
-- Grain:  one row per document that is set aside; the first by source, id and line is read
-- Reads:  raw.documents
CREATE OR REPLACE TABLE staging.document_duplicates AS
SELECT document_no
FROM raw.documents
WHERE document_state = 'read'
QUALIFY row_number() OVER (PARTITION BY md5(text) ORDER BY source_key, document_id, line_number, file_sha256) > 1;
