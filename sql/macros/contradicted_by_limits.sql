-- Title:  Whether reference ranges contradict what the author calls a value
-- Gives:  true where all ranges that may apply contradict it by more than their leeway: high below the upper limit, low above
--         the lower one, normal outside both; false where no range is known
CREATE OR REPLACE MACRO contradicted_by_limits(limits, word, low, high) AS
    coalesce(CASE word
        WHEN 'high' THEN limits.n_high = limits.n_ranges AND high < limits.far_below_high
        WHEN 'low' THEN limits.n_low = limits.n_ranges AND low > limits.far_above_low
        WHEN 'normal' THEN (limits.n_high = limits.n_ranges AND low > limits.far_above)
            OR (limits.n_low = limits.n_ranges AND high < limits.far_below)
    END, false);
