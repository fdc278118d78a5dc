-- Title:  Rows of the published distributions that moved
-- Grain:  one row per distribution, stratum_by, stratum, level and code whose cases, denominator or share is another one
-- Reads:  analytics.*_distribution of both versions
-- Note:   a row that one version does not have counts no case there
CREATE OR REPLACE TABLE difference.distributions AS
WITH older_rows AS (
    SELECT 'variant' AS distribution, * FROM older.analytics.variant_distribution
    UNION ALL BY NAME
    SELECT 'lesion_site' AS distribution, * FROM older.analytics.lesion_site_distribution
    UNION ALL BY NAME
    SELECT 'associated_disease' AS distribution, * FROM older.analytics.associated_disease_distribution
),

newer_rows AS (
    SELECT 'variant' AS distribution, * FROM newer.analytics.variant_distribution
    UNION ALL BY NAME
    SELECT 'lesion_site' AS distribution, * FROM newer.analytics.lesion_site_distribution
    UNION ALL BY NAME
    SELECT 'associated_disease' AS distribution, * FROM newer.analytics.associated_disease_distribution
)

SELECT
    coalesce(newer_rows.distribution, older_rows.distribution) AS distribution,
    coalesce(newer_rows.stratum_by, older_rows.stratum_by) AS stratum_by,
    coalesce(newer_rows.stratum, older_rows.stratum) AS stratum,
    coalesce(newer_rows.level, older_rows.level) AS level,
    coalesce(newer_rows.code, older_rows.code) AS code,
    coalesce(newer_rows.label, older_rows.label) AS label,
    coalesce(older_rows.n_cases, 0) AS n_cases_before,
    coalesce(newer_rows.n_cases, 0) AS n_cases_after,
    older_rows.n_reported AS n_reported_before,
    newer_rows.n_reported AS n_reported_after,
    older_rows.share AS share_before,
    newer_rows.share AS share_after
FROM newer_rows
FULL JOIN older_rows
    ON older_rows.distribution = newer_rows.distribution
    AND older_rows.stratum_by = newer_rows.stratum_by
    AND older_rows.stratum = newer_rows.stratum
    AND older_rows.level = newer_rows.level
    AND older_rows.code = newer_rows.code
WHERE older_rows.n_cases IS DISTINCT FROM newer_rows.n_cases
    OR older_rows.n_reported IS DISTINCT FROM newer_rows.n_reported
    OR older_rows.share IS DISTINCT FROM newer_rows.share
ORDER BY distribution, stratum_by, stratum, level, code;
