-- Title:  The words that each value of a case was read from
-- Grain:  one row per case, source record and finding
-- Reads:  staging.extracted_findings, staging.record_cases, staging.case_records, raw.documents
-- Note:   quote is characters quote_start to quote_end (from 0, end exclusive) of the document's text, and quote_sentence the
--         sentence around it. A finding with is_used = false (a value under treatment, a treatment of something else) is no part of the case
CREATE OR REPLACE TABLE registry.case_evidence AS
SELECT
    cases.case_id,
    records.record_key,
    records.source_key,
    documents.document_id,
    findings.finding_position,
    findings.intake_field,
    findings.finding_value,
    findings.item_state,
    findings.is_used,
    findings.quote,
    findings.quote_start,
    findings.quote_end,
    findings.section_role,
    substring(documents.text, findings.sentence_start + 1, findings.sentence_end - findings.sentence_start) AS quote_sentence,
    findings.sentence_start,
    findings.extraction_rule,
    findings.confidence,
    findings.timing,
    findings.treatment_target
FROM staging.extracted_findings AS findings
INNER JOIN staging.record_cases AS cases ON cases.record_no = findings.record_no
INNER JOIN staging.case_records AS records ON records.record_no = findings.record_no
INNER JOIN raw.documents AS documents ON documents.document_no = findings.document_no
ORDER BY cases.case_id, records.record_key, findings.finding_position;
