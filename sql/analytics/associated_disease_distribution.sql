-- Title:  Distribution of associated disease and disease group
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level and code
-- Reads:  associated_disease_distribution_of
-- Counts: n_cases = cases with the code or a term below it; n_reported = cases in which the field has a present item or a global
--         absence (code none); n_absent = cases that name the code as absent; share = n_cases / n_reported with its 95% Wilson
--         interval. not_reported and not_assessed are rows of their own, with their share of n_total and no interval.
-- Note:   a case has many diseases, so shares of a level sum to more than 1; a disease counts in every disease above it too.
--         Cases of retracted publications are left out: associated_disease_distribution_of(0, true) has them.
CREATE OR REPLACE TABLE analytics.associated_disease_distribution AS
FROM associated_disease_distribution_of(0, false);
