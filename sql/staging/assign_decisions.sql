-- Title:  Put the decisions to the records of their cases in staging.record_cases
-- Reads:  staging.decision_records, staging.decision_cases
INSERT INTO staging.record_cases BY NAME
SELECT records.record_no, cases.publication_id, cases.case_id, cases.patient_index, false AS is_split
FROM staging.decision_records AS records
INNER JOIN staging.decision_cases AS cases ON cases.given_case_id = records.record_id;
