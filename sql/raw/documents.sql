-- Title:  Narrative documents as they were read
-- Grain:  one row per document of a file
-- Note:   text is the one that every offset refers to (characters from 0, end exclusive); sections lie inside it. A record of a
--         set that gave no document keeps its row, with document_state failed, its reason and no text
CREATE TABLE raw.documents (
    source_key VARCHAR,
    file_sha256 VARCHAR,
    line_number BIGINT,
    document_no BIGINT,
    document_id VARCHAR,
    document_state VARCHAR,
    reason VARCHAR,
    detail VARCHAR,
    advice VARCHAR,
    coverage VARCHAR,
    title VARCHAR,
    authors VARCHAR[],
    journal VARCHAR,
    year INTEGER,
    doi VARCHAR,
    pmid VARCHAR,
    pmcid VARCHAR,
    url VARCHAR,
    country VARCHAR,
    licence VARCHAR,
    article_type VARCHAR,
    language VARCHAR,
    text VARCHAR,
    sections STRUCT("role" VARCHAR, heading VARCHAR, "start" BIGINT, "end" BIGINT)[]
);
