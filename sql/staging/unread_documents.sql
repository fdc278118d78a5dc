-- Title:  Documents that need no reading
-- Reads:  raw.documents, staging.document_duplicates, staging.screened_documents
-- Note:   failed in their file, a text that another document has, or no word for calcification
INSERT INTO staging.document_outcomes BY NAME
SELECT
    documents.document_no,
    CASE
        WHEN documents.document_state = 'failed' THEN 'failed'
        WHEN duplicates.document_no IS NOT NULL THEN 'duplicate'
        ELSE 'out_of_scope'
    END AS document_state,
    CASE
        WHEN documents.document_state = 'failed' THEN documents.reason
        WHEN duplicates.document_no IS NOT NULL THEN 'same_text'
        ELSE 'no_relevant_term'
    END AS reason,
    0 AS n_patients
FROM raw.documents AS documents
LEFT JOIN staging.document_duplicates AS duplicates ON duplicates.document_no = documents.document_no
LEFT JOIN staging.screened_documents AS screened ON screened.document_no = documents.document_no
WHERE documents.document_state = 'failed'
    OR duplicates.document_no IS NOT NULL
    OR NOT screened.has_relevant_term;
