-- Title:  Distribution of lesion site above a cut of completeness
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level and code
-- Reads:  hierarchical_distribution
-- Counts: as in analytics.lesion_site_distribution, which is this macro at (0, false)
-- Use:    FROM lesion_site_distribution_of(0.5, false) WHERE stratum_by = 'overall'
-- Note:   a case has many sites, so shares of a level sum to more than 1; a case named only by region counts at that level
CREATE OR REPLACE MACRO lesion_site_distribution_of(min_completeness := 0, include_retracted := false) AS TABLE
FROM hierarchical_distribution(
    lesion_site_codes, lesion_sites_state, 'lesion_site', 'lesion_site', ['region', 'site', 'subsite'],
    min_completeness := min_completeness,
    include_retracted := include_retracted
);
