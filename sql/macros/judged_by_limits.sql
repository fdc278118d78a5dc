-- Title:  What reference ranges say of a value: low, normal or high
-- Gives:  NULL where no range is known or the ranges that may apply do not agree, and for an interval that a limit cuts
CREATE OR REPLACE MACRO judged_by_limits(limits, low, high, bounds) AS
    CASE
        WHEN limits.n_high = limits.n_ranges AND (low > limits.most_high OR (low = limits.most_high AND bounds IN ('()', '(]'))) THEN 'high'
        WHEN limits.n_low = limits.n_ranges AND (high < limits.least_low OR (high = limits.least_low AND bounds IN ('()', '[)'))) THEN 'low'
        WHEN limits IS NOT NULL AND (limits.most_low IS NULL OR low >= limits.most_low) AND (limits.least_high IS NULL OR high <= limits.least_high) THEN 'normal'
    END;
