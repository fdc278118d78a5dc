-- Title:  Distributions of this build, of all cases together
-- Grain:  one row per distribution, level, kind of row and code
-- Reads:  analytics.variant_distribution, analytics.lesion_site_distribution, analytics.associated_disease_distribution
CREATE OR REPLACE VIEW staging.current_distributions AS
SELECT 'variant' AS distribution, level, row_kind, code, n_cases, n_reported, n_total, share
FROM analytics.variant_distribution
WHERE stratum_by = 'overall'
UNION ALL
SELECT 'lesion_site' AS distribution, level, row_kind, code, n_cases, n_reported, n_total, share
FROM analytics.lesion_site_distribution
WHERE stratum_by = 'overall'
UNION ALL
SELECT 'associated_disease' AS distribution, level, row_kind, code, n_cases, n_reported, n_total, share
FROM analytics.associated_disease_distribution
WHERE stratum_by = 'overall';
