-- Title:  All that may speak for a case: records of sources and decisions of curators
-- Grain:  one row per record or decided case
-- Reads:  staging.case_records, staging.decision_records
CREATE OR REPLACE VIEW staging.contributing_records AS
SELECT *
FROM staging.case_records
UNION ALL BY NAME
SELECT *
FROM staging.decision_records;
