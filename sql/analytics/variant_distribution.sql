-- Title:  Distribution of variant and of its subtypes
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level (variant, subtype) and code
-- Reads:  variant_distribution_of
-- Counts: n_cases = cases with the code; n_reported = cases in which a variant is stated, or else derived from the recorded
--         facts (variant_basis says which), or a subtype stated; share = n_cases / n_reported with its 95% Wilson interval. not_reported and not_assessed are rows of their own, with their share of n_total and
--         no interval.
-- Note:   one variant a case, so shares of a level sum to 1 with the unmapped ones; every variant has its row, also with no case.
--         Cases of retracted publications are left out: variant_distribution_of(0, true) has them.
CREATE OR REPLACE TABLE analytics.variant_distribution AS
FROM variant_distribution_of(0, false);
