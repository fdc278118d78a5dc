-- Title:  Limits of the reference ranges that may apply to a patient
-- Gives:  one struct over all ranges of the test for the ages and sexes that the patient may have: their number, the least and
--         the most of their lower and upper limits and how many have one, and the limits shifted by the leeway; NULL where no
--         range is known. A value is compared with it by judged_by_limits and contradicted_by_limits.
-- Reads:  staging.reference_ranges
-- Note:   the value is no parameter, so that DuckDB looks up each patient's age and sex once for all values
CREATE OR REPLACE MACRO age_sex_limits(test, value_unit, age_low, age_high, age_ends, sex) AS (
    SELECT CASE WHEN count(*) > 0 THEN struct_pack(
        n_ranges := count(*),
        n_low := count(ranges.value_low),
        least_low := min(ranges.value_low),
        most_low := max(ranges.value_low),
        n_high := count(ranges.value_high),
        least_high := min(ranges.value_high),
        most_high := max(ranges.value_high),
        far_below := min(ranges.value_low * (1 - ranges.leeway)),
        far_above_low := max(ranges.value_low * (1 + ranges.leeway)),
        far_below_high := min(ranges.value_high * (1 - ranges.leeway)),
        far_above := max(ranges.value_high * (1 + ranges.leeway))
    ) END
    FROM staging.reference_ranges AS ranges
    WHERE ranges.laboratory_test_code = test
        AND ranges.unit = value_unit
        AND (sex IS NULL OR ranges.sex_code IS NULL OR ranges.sex_code = sex)
        AND (age_low IS NULL OR ranges.age_high_years IS NULL OR age_low < ranges.age_high_years)
        AND (age_high IS NULL OR ranges.age_low_years IS NULL OR age_high > ranges.age_low_years OR (age_high = ranges.age_low_years AND age_ends IN ('[]', '(]')))
);
