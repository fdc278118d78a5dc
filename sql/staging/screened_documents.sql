-- Title:  Documents with a word for calcification
-- Grain:  one row per document
-- Reads:  raw.documents
-- Note:   $pattern is one regular expression made of data/rules/screening_terms.csv (flows/extract/screening.py). Only
--         documents with has_relevant_term are read further; the others are out of scope, with reason no_relevant_term.
CREATE OR REPLACE TABLE staging.screened_documents AS
SELECT
    documents.document_no,
    documents.source_key,
    documents.document_id,
    coalesce(regexp_matches(documents.text, $pattern), false) AS has_relevant_term
FROM raw.documents AS documents;
