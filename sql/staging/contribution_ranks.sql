-- Title:  Order of the contributions to each case
-- Grain:  one row per accepted record and decided case
-- Reads:  staging.record_cases, staging.contributing_records
CREATE OR REPLACE TABLE staging.contribution_ranks AS
WITH several AS (
    SELECT case_id, count(*) AS n_contributions
    FROM staging.record_cases
    GROUP BY case_id
    HAVING count(*) > 1
),

ranked AS (
    SELECT
        record_cases.record_no,
        several.n_contributions,
        row_number() OVER (
            PARTITION BY record_cases.case_id
            ORDER BY records.tier_rank, records.priority, records.record_sha256, records.source_key
        ) AS contribution_rank
    FROM several
    INNER JOIN staging.record_cases AS record_cases ON record_cases.case_id = several.case_id
    INNER JOIN staging.contributing_records AS records ON records.record_no = record_cases.record_no
)

SELECT
    record_cases.record_no,
    coalesce(ranked.contribution_rank, 1) AS contribution_rank,
    coalesce(ranked.n_contributions, 1) AS n_contributions
FROM staging.record_cases AS record_cases
LEFT JOIN ranked ON ranked.record_no = record_cases.record_no;
