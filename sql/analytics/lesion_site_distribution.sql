-- Title:  Distribution of lesion site at each level of its hierarchy
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level and code
-- Reads:  lesion_site_distribution_of
-- Counts: n_cases = cases with the code or a term below it; n_reported = cases in which the field has a present item or a global
--         absence (code none); n_absent = cases that name the code as absent; share = n_cases / n_reported with its 95% Wilson
--         interval. not_reported and not_assessed are rows of their own, with their share of n_total and no interval.
-- Note:   a case has many sites, so shares of a level sum to more than 1; a case named only by region counts at that level.
--         Cases of retracted publications are left out: lesion_site_distribution_of(0, true) has them.
CREATE OR REPLACE TABLE analytics.lesion_site_distribution AS
FROM lesion_site_distribution_of(0, false);
