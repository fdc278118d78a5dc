-- Title:  Publications of the registry
-- Grain:  one row per publication that has a case
-- Reads:  staging.contributions, staging.publication_notices
-- Note:   each bibliographic field is the first that a contribution gives, in the order of the golden record over all patients.
--         source_state is none where no notice on the publication is known
CREATE OR REPLACE TABLE registry.publications AS
WITH ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY publication_id
            ORDER BY tier_rank, priority, record_sha256, source_key
        ) AS publication_rank
    FROM staging.contributions
    WHERE publication_id IS NOT NULL
),

merged AS (
    SELECT
        publication_id,
        arg_min(doi, publication_rank) FILTER (doi IS NOT NULL) AS doi,
        arg_min(pmid, publication_rank) FILTER (pmid IS NOT NULL) AS pmid,
        arg_min(pmcid, publication_rank) FILTER (pmcid IS NOT NULL) AS pmcid,
        arg_min(url, publication_rank) FILTER (url IS NOT NULL) AS url,
        arg_min(title, publication_rank) FILTER (title IS NOT NULL) AS title,
        arg_min(first_author, publication_rank) FILTER (first_author IS NOT NULL) AS first_author,
        arg_min(journal, publication_rank) FILTER (journal IS NOT NULL) AS journal,
        arg_min(year, publication_rank) FILTER (year IS NOT NULL) AS year,
        count(DISTINCT case_id) AS n_cases
    FROM ranked
    GROUP BY publication_id
)

SELECT
    merged.*,
    coalesce(notices.source_state, 'none') AS source_state,
    notices.source_state_date,
    notices.source_state_reason
FROM merged
LEFT JOIN staging.publication_notices AS notices ON notices.publication_id = merged.publication_id;
