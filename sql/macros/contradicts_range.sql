-- Title:  Whether the reference ranges contradict what the author calls a value
-- Gives:  true only where every range that may apply, shifted by the leeway of laboratories, contradicts it: high below the
--         upper limit, low above the lower one, normal outside both; NULL where no range is known
CREATE OR REPLACE MACRO contradicts_range(word, test, low, high, value_unit, age_low, age_high, age_ends, sex) AS (
    SELECT bool_and(coalesce(CASE word
        WHEN 'high' THEN high < ranges.value_high * (1 - ranges.leeway)
        WHEN 'low' THEN low > ranges.value_low * (1 + ranges.leeway)
        WHEN 'normal' THEN low > ranges.value_high * (1 + ranges.leeway) OR high < ranges.value_low * (1 - ranges.leeway)
    END, false))
    FROM staging.reference_ranges AS ranges
    WHERE ranges.laboratory_test_code = test
        AND ranges.unit = value_unit
        AND (sex IS NULL OR ranges.sex_code IS NULL OR ranges.sex_code = sex)
        AND (age_low IS NULL OR ranges.age_high_years IS NULL OR age_low < ranges.age_high_years)
        AND (age_high IS NULL OR ranges.age_low_years IS NULL OR age_high > ranges.age_low_years OR (age_high = ranges.age_low_years AND age_ends IN ('[]', '(]')))
);
