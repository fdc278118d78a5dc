-- Title:  Narrative documents, and whether each reports a patient with calcinosis cutis
-- Grain:  one row per document of a source
-- Reads:  raw.documents, staging.document_outcomes
-- Note:   document_state is in_scope, out_of_scope, duplicate or failed; decided_by are the words that decided
CREATE OR REPLACE TABLE registry.documents AS
SELECT
    documents.source_key,
    documents.file_sha256,
    documents.line_number,
    documents.document_id,
    outcomes.document_state,
    outcomes.reason,
    coalesce(outcomes.detail, documents.detail) AS detail,
    substring(documents.text, outcomes.scope_start + 1, outcomes.scope_end - outcomes.scope_start) AS decided_by,
    outcomes.n_patients,
    documents.coverage,
    documents.title,
    documents.journal,
    documents.year,
    documents.doi,
    documents.pmid,
    documents.pmcid,
    documents.url,
    documents.licence,
    documents.article_type,
    documents.language,
    length(documents.text) AS n_characters
FROM raw.documents AS documents
INNER JOIN staging.document_outcomes AS outcomes ON outcomes.document_no = documents.document_no
ORDER BY documents.source_key, documents.file_sha256, documents.line_number;
