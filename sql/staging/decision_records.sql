-- Title:  Decisions of curators, typed and coded
-- Grain:  one row per case that a decision names
-- Reads:  staging.case_records
-- Note:   coded as any intake record, then taken out of staging.case_records: a decision is no record of a source, so the rules on
--         completeness and the ledger pass it by
CREATE OR REPLACE TABLE staging.decision_records AS
SELECT *
FROM staging.case_records
WHERE tier_rank = 0;
