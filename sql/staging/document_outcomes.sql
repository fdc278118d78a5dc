-- Title:  What became of each document
-- Grain:  one row per document
-- Note:   filled by flows/extract; document_state is in_scope, out_of_scope, duplicate or failed, scope_start and scope_end
--         are the words that decided
CREATE TABLE staging.document_outcomes (
    document_no BIGINT,
    document_state VARCHAR,
    reason VARCHAR,
    detail VARCHAR,
    scope_start BIGINT,
    scope_end BIGINT,
    n_patients INTEGER
);
