-- Title:  Flow of documents and records into the registry, as PRISMA 2020 draws it for new and updated reviews
-- Grain:  one row per box, and one per reason within it; the row of a box that has no reason is its total
-- Reads:  raw.documents, raw.sources, raw.previous_reviews, staging.document_outcomes, staging.extracted_records,
--         staging.record_keys, staging.record_duplicates, staging.rule_hits, staging.rules, staging.record_cases,
--         staging.scope_reasons, registry.cases, registry.publications
-- Counts: documents are followed from identification to inclusion in the track documents, rows of sheets in the track records;
--         in each, what enters a box leaves it again. Reports are publications, and a study is a publication or, of cases
--         without one, a source.
-- Note:   a document or row with several reasons counts under the first in the alphabet, as in ops.ledger. A file that is the
--         copy of another one, byte for byte, and one that cannot be read, stand in the ledger
--         alone. Page MJ et al., BMJ 2021;372:n71
CREATE OR REPLACE TABLE analytics.prisma_flow AS
WITH quarantined AS (
    SELECT hits.record_no, min(hits.rule) AS rule
    FROM staging.rule_hits AS hits
    INNER JOIN staging.rules AS rules ON rules.rule = hits.rule AND rules.action = 'quarantine'
    GROUP BY hits.record_no
),

patients AS (
    SELECT
        extracted.document_no,
        bool_or(cases.case_id IS NOT NULL) AS is_included,
        min(coalesce(quarantined.rule, duplicates.reason)) AS reason
    FROM staging.extracted_records AS extracted
    LEFT JOIN staging.record_cases AS cases ON cases.record_no = extracted.record_no
    LEFT JOIN quarantined ON quarantined.record_no = extracted.record_no
    LEFT JOIN staging.record_duplicates AS duplicates ON duplicates.record_no = extracted.record_no
    GROUP BY extracted.document_no
),

documents AS (
    SELECT
        documents.source_key,
        CASE
            WHEN documents.document_state = 'failed' THEN 'documents_unreadable'
            WHEN outcomes.document_state = 'duplicate' THEN 'documents_duplicate'
            WHEN outcomes.reason = 'no_relevant_term' THEN 'documents_excluded_at_screening'
            WHEN outcomes.document_state = 'failed' THEN 'reports_not_retrieved'
            WHEN outcomes.document_state = 'out_of_scope' OR NOT coalesce(patients.is_included, false) THEN 'reports_excluded'
            ELSE 'reports_included'
        END AS fate,
        CASE
            WHEN documents.document_state = 'failed' OR outcomes.document_state <> 'in_scope'
                THEN coalesce(outcomes.reason, documents.reason)
            WHEN NOT coalesce(patients.is_included, false) THEN coalesce(patients.reason, 'no_patient_read')
        END AS reason,
        count(*) AS n
    FROM raw.documents AS documents
    INNER JOIN staging.document_outcomes AS outcomes ON outcomes.document_no = documents.document_no
    LEFT JOIN patients ON patients.document_no = documents.document_no
    GROUP BY ALL
),

records AS (
    SELECT
        keys.source_key,
        CASE
            WHEN duplicates.record_no IS NOT NULL THEN 'records_duplicate'
            WHEN quarantined.record_no IS NOT NULL THEN 'records_excluded'
            ELSE 'records_included'
        END AS fate,
        coalesce(duplicates.reason, quarantined.rule) AS reason,
        count(*) AS n
    FROM staging.record_keys AS keys
    ANTI JOIN staging.extracted_records AS extracted ON extracted.record_no = keys.record_no
    LEFT JOIN staging.record_duplicates AS duplicates ON duplicates.record_no = keys.record_no
    LEFT JOIN quarantined ON quarantined.record_no = keys.record_no
    GROUP BY ALL
),

new_studies AS (
    SELECT
        (SELECT count(*) FROM registry.publications) AS n_reports,
        (SELECT count(*) FROM registry.cases) AS n_cases,
        (SELECT count(DISTINCT source_key) FROM registry.cases WHERE publication_id IS NULL) AS n_unpublished
),

previous AS (
    SELECT coalesce(sum(n_studies), 0)::BIGINT AS n_studies, coalesce(sum(n_reports), 0)::BIGINT AS n_reports
    FROM raw.previous_reviews
),

boxes (box_position, section, track, box, label, unit) AS (
    VALUES
        (1, 'identification', 'previous', 'previous_studies', 'Studies included in previous version of review', 'study'),
        (2, 'identification', 'previous', 'previous_reports', 'Reports of studies included in previous version of review', 'report'),
        (3, 'identification', 'documents', 'documents_identified', 'Records identified from', 'document'),
        (4, 'identification', 'documents', 'documents_duplicate', 'Duplicate records removed', 'document'),
        (5, 'identification', 'documents', 'documents_unreadable', 'Records removed for other reasons', 'document'),
        (6, 'screening', 'documents', 'documents_screened', 'Records screened', 'document'),
        (7, 'screening', 'documents', 'documents_excluded_at_screening', 'Records excluded', 'document'),
        (8, 'screening', 'documents', 'reports_sought', 'Reports sought for retrieval', 'document'),
        (9, 'screening', 'documents', 'reports_not_retrieved', 'Reports not retrieved', 'document'),
        (10, 'screening', 'documents', 'reports_assessed', 'Reports assessed for eligibility', 'document'),
        (11, 'screening', 'documents', 'reports_excluded', 'Reports excluded', 'document'),
        (12, 'screening', 'documents', 'reports_included', 'Reports from which cases were taken', 'document'),
        (13, 'identification', 'records', 'records_identified', 'Rows identified from', 'record'),
        (14, 'identification', 'records', 'records_duplicate', 'Duplicate rows removed', 'record'),
        (15, 'screening', 'records', 'records_assessed', 'Rows assessed for eligibility', 'record'),
        (16, 'screening', 'records', 'records_excluded', 'Rows excluded', 'record'),
        (17, 'screening', 'records', 'records_included', 'Rows from which cases were taken', 'record'),
        (18, 'included', 'included', 'new_studies', 'New studies included in review', 'study'),
        (19, 'included', 'included', 'new_reports', 'Reports of new included studies', 'report'),
        (20, 'included', 'included', 'new_cases', 'Cases of new included studies', 'case'),
        (21, 'included', 'included', 'retracted_reports', 'Reports retracted since, left out of the distributions', 'report'),
        (22, 'included', 'total', 'total_studies', 'Total studies included in review', 'study'),
        (23, 'included', 'total', 'total_reports', 'Reports of total included studies', 'report')
),

-- Which boxes a document or row passes on its way to its fate.
passed (fate, box) AS (
    VALUES
        ('documents_duplicate', 'documents_duplicate'),
        ('documents_unreadable', 'documents_unreadable'),
        ('documents_excluded_at_screening', 'documents_screened'),
        ('documents_excluded_at_screening', 'documents_excluded_at_screening'),
        ('reports_not_retrieved', 'documents_screened'),
        ('reports_not_retrieved', 'reports_sought'),
        ('reports_not_retrieved', 'reports_not_retrieved'),
        ('reports_excluded', 'documents_screened'),
        ('reports_excluded', 'reports_sought'),
        ('reports_excluded', 'reports_assessed'),
        ('reports_excluded', 'reports_excluded'),
        ('reports_included', 'documents_screened'),
        ('reports_included', 'reports_sought'),
        ('reports_included', 'reports_assessed'),
        ('reports_included', 'reports_included'),
        ('records_duplicate', 'records_duplicate'),
        ('records_excluded', 'records_assessed'),
        ('records_excluded', 'records_excluded'),
        ('records_included', 'records_assessed'),
        ('records_included', 'records_included')
),

parts AS (
    SELECT 'documents_identified' AS box, source_key AS reason, n FROM documents
    UNION ALL
    SELECT 'records_identified' AS box, source_key AS reason, n FROM records
    UNION ALL
    SELECT passed.box, CASE WHEN passed.box = documents.fate THEN documents.reason END AS reason, documents.n
    FROM documents
    INNER JOIN passed ON passed.fate = documents.fate
    UNION ALL
    SELECT passed.box, CASE WHEN passed.box = records.fate THEN records.reason END AS reason, records.n
    FROM records
    INNER JOIN passed ON passed.fate = records.fate
    UNION ALL
    SELECT 'retracted_reports' AS box, source_state_reason AS reason, 1 AS n
    FROM registry.publications
    WHERE source_state = 'retracted'
    UNION ALL
    SELECT 'previous_studies' AS box, review_label AS reason, n_studies AS n FROM raw.previous_reviews
    UNION ALL
    SELECT 'previous_reports' AS box, review_label AS reason, n_reports AS n FROM raw.previous_reviews
    UNION ALL
    SELECT
        unnest(['new_studies', 'new_reports', 'new_cases', 'total_studies', 'total_reports']) AS box,
        NULL AS reason,
        unnest([
            new_studies.n_reports + new_studies.n_unpublished,
            new_studies.n_reports,
            new_studies.n_cases,
            previous.n_studies + new_studies.n_reports + new_studies.n_unpublished,
            previous.n_reports + new_studies.n_reports
        ]) AS n
    FROM new_studies, previous
),

counted AS (
    SELECT box, NULL AS reason, sum(n)::BIGINT AS n
    FROM parts
    GROUP BY box
    UNION ALL
    SELECT box, reason, sum(n)::BIGINT AS n
    FROM parts
    WHERE reason IS NOT NULL
    GROUP BY box, reason
)

SELECT
    boxes.box_position,
    boxes.section,
    boxes.track,
    boxes.box,
    CASE
        WHEN counted.reason IS NULL THEN boxes.label
        WHEN boxes.box IN ('documents_identified', 'records_identified') THEN coalesce(sources.source_label, counted.reason)
        ELSE coalesce(scope_reasons.reason_label, rtrim(split_part(rules.sentence, ': ', 1), '.'), replace(counted.reason, '_', ' '))
    END AS label,
    counted.reason,
    boxes.unit,
    coalesce(counted.n, 0) AS n
FROM boxes
LEFT JOIN counted ON counted.box = boxes.box
LEFT JOIN raw.sources AS sources ON sources.source_key = counted.reason
LEFT JOIN staging.scope_reasons AS scope_reasons ON scope_reasons.reason = counted.reason
LEFT JOIN staging.rules AS rules ON rules.rule = counted.reason
ORDER BY boxes.box_position, counted.reason IS NOT NULL, counted.n DESC, counted.reason;
