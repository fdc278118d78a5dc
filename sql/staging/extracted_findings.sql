-- Title:  What was found in narratives, with the words that say it
-- Grain:  one row per patient and finding
-- Note:   filled by flows/extract; quote_start and quote_end count characters of raw.documents.text from 0, end exclusive.
--         is_used: the finding is part of the intake record. derives: the value's codes come out of the quote alone
CREATE TABLE staging.extracted_findings (
    record_no BIGINT,
    document_no BIGINT,
    finding_position INTEGER,
    intake_field VARCHAR,
    finding_value VARCHAR,
    item_state VARCHAR,
    is_used BOOLEAN,
    quote VARCHAR,
    quote_start BIGINT,
    quote_end BIGINT,
    sentence_start BIGINT,
    sentence_end BIGINT,
    section_role VARCHAR,
    extraction_rule VARCHAR,
    confidence DOUBLE,
    timing VARCHAR,
    treatment_target VARCHAR
);
