-- Title:  Distribution of the work-up: what was looked at, and what was found
-- Grain:  one row per item of the work-up and state (abnormal, normal, reported, not_reported, not_assessed)
-- Reads:  work_up_distribution_of
-- Counts: n_reported = cases in which the item was looked at, whatever was found; share = n_cases / n_reported with its 95% Wilson
--         interval. not_reported and not_assessed have their share of n_total and no interval. n_absent is 0: a denial ("no
--         malignancy") is a normal finding.
-- Note:   shares of the three findings of an item sum to 1. Cases of retracted publications are left out:
--         work_up_distribution_of(0, true) has them.
CREATE OR REPLACE TABLE analytics.work_up_distribution AS
FROM work_up_distribution_of(0, false);
