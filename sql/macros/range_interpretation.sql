-- Title:  What the reference ranges say of a value: low, normal or high
-- Gives:  NULL where no range is known, the value has no unit of the test, or the ranges that may apply do not agree: where
--         age or sex are unknown, a value is judged only if it is judged alike for all that the patient may be. An interval
--         is judged only if all of it lies on one side of a limit.
CREATE OR REPLACE MACRO range_interpretation(test, low, high, bounds, value_unit, age_low, age_high, age_ends, sex) AS (
    SELECT CASE WHEN min(judged) = max(judged) AND count(judged) = count(*) AND min(judged) <> '' THEN min(judged) END
    FROM (
        SELECT
            CASE
                WHEN low > ranges.value_high OR (low = ranges.value_high AND bounds IN ('()', '(]')) THEN 'high'
                WHEN high < ranges.value_low OR (high = ranges.value_low AND bounds IN ('()', '[)')) THEN 'low'
                WHEN (ranges.value_low IS NULL OR low >= ranges.value_low) AND (ranges.value_high IS NULL OR high <= ranges.value_high) THEN 'normal'
                ELSE ''
            END AS judged
        FROM staging.reference_ranges AS ranges
        WHERE ranges.laboratory_test_code = test
            AND ranges.unit = value_unit
            AND (sex IS NULL OR ranges.sex_code IS NULL OR ranges.sex_code = sex)
            AND (age_low IS NULL OR ranges.age_high_years IS NULL OR age_low < ranges.age_high_years)
            AND (age_high IS NULL OR ranges.age_low_years IS NULL OR age_high > ranges.age_low_years OR (age_high = ranges.age_low_years AND age_ends IN ('[]', '(]')))
    )
);
