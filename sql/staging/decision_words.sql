-- Title:  What the sources say in the fields that curators decided
-- Grain:  one row per decision that leads to a case; found_value is NULL where no source says anything
-- Reads:  staging.decisions, staging.decision_cases, staging.record_cases, staging.case_records, staging.records, staging.coded_cells
-- Note:   the words of the golden record as it would be without any decision: the first record, in the order of the golden
--         record, that says something on the field
CREATE OR REPLACE VIEW staging.decision_words AS
WITH decided AS (
    SELECT decisions.decision_no, decisions.field, cases.case_id, cases.is_alias, decisions.given_case_id
    FROM staging.decisions AS decisions
    INNER JOIN staging.decision_cases AS cases ON cases.given_case_id = decisions.given_case_id
),

speakers AS (
    SELECT record_cases.case_id, record_cases.record_no, records.tier_rank, records.priority, records.record_sha256, records.source_key
    FROM staging.record_cases AS record_cases
    INNER JOIN staging.case_records AS records ON records.record_no = record_cases.record_no
    SEMI JOIN decided ON decided.case_id = record_cases.case_id
),

documents AS (
    SELECT records.record_no, to_json(records) AS document
    FROM staging.records AS records
    SEMI JOIN speakers ON speakers.record_no = records.record_no
),

said AS (
    SELECT
        decided.decision_no,
        documents.document ->> decided.field AS words,
        speakers.* EXCLUDE (case_id)
    FROM decided
    INNER JOIN speakers ON speakers.case_id = decided.case_id
    INNER JOIN documents ON documents.record_no = speakers.record_no
),

heard AS (
    SELECT
        decided.decision_no,
        first(said.words ORDER BY said.tier_rank, said.priority, said.record_sha256, said.source_key)
            FILTER (coded.cell_state IN ('present', 'absent')) AS found_value
    FROM decided
    LEFT JOIN said ON said.decision_no = decided.decision_no
    LEFT JOIN staging.coded_cells AS coded ON coded.field = decided.field AND coded.cell = said.words
    GROUP BY decided.decision_no
)

SELECT
    decided.decision_no,
    decided.case_id,
    decided.field,
    heard.found_value,
    row_number() OVER (
        PARTITION BY decided.case_id, decided.field
        ORDER BY superseded.is_superseded, decided.is_alias, decided.given_case_id
    ) > 1 AS is_decided_again
FROM decided
INNER JOIN heard ON heard.decision_no = decided.decision_no
INNER JOIN staging.decisions AS superseded ON superseded.decision_no = decided.decision_no;
