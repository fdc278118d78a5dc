-- Title:  Accepted records with the case that each contributes to
-- Grain:  one row per accepted record and decided case; contribution_rank 1 is the first in the order of the golden record
-- Reads:  staging.record_cases, staging.contribution_ranks, staging.contributing_records
-- Note:   the order is total and never that of loading: tier, priority of the source, content
CREATE OR REPLACE VIEW staging.contributions AS
SELECT
    record_cases.case_id,
    record_cases.publication_id,
    record_cases.is_split,
    contribution_ranks.contribution_rank,
    contribution_ranks.n_contributions,
    records.* REPLACE (record_cases.patient_index AS patient_index)
FROM staging.record_cases AS record_cases
INNER JOIN staging.contribution_ranks AS contribution_ranks ON contribution_ranks.record_no = record_cases.record_no
INNER JOIN staging.contributing_records AS records ON records.record_no = record_cases.record_no;
