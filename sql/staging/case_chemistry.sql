-- Title:  Calcium and phosphate of each case, judged
-- Grain:  one row per case
-- Reads:  staging.golden_records, staging.coded_cells, staging.reference_ranges
-- Note:   a state is low, normal or high by the author's word (basis stated), else by the reference range for age and sex
--         (basis range); a word that gives no direction (abnormal, borderline) holds only where the range says nothing. Total,
--         corrected and ionised calcium are never mixed: each has its range. Of several, corrected calcium decides before
--         total, since the range of total calcium supposes a normal albumin. The product is that of total calcium, else of
--         corrected, in mg2/dL2, and only where both are numbers with a unit.
CREATE OR REPLACE TABLE staging.case_chemistry AS
WITH present_items AS (
    SELECT
        cell,
        list_transform(
            list_filter(items, lambda item: item.item_state = 'present'),
            lambda item: struct_pack(
                code := item.code,
                value_low := item.value_low,
                value_high := item.value_high,
                value_bounds := item.value_bounds,
                unit := item.unit,
                interpretation_code := item.interpretation_code
            )
        ) AS items
    FROM staging.coded_cells
    WHERE field = 'other_labs'
),

other_results AS (
    SELECT
        cell,
        list_filter(items, lambda item: item.code = 'calcium')[1] AS calcium,
        list_filter(items, lambda item: item.code = 'corrected_calcium')[1] AS corrected_calcium,
        list_filter(items, lambda item: item.code = 'ionised_calcium')[1] AS ionised_calcium,
        list_filter(items, lambda item: item.code = 'phosphate')[1] AS phosphate
    FROM present_items
),

serum AS (
    SELECT
        golden.case_id,
        golden.sex_code,
        golden.age_years_low,
        golden.age_years_high,
        golden.age_bounds,
        golden.serum_calcium_interpretation_code,
        golden.serum_phosphate_interpretation_code,
        CASE WHEN coalesce(golden.serum_calcium_low, golden.serum_calcium_high) IS NOT NULL THEN golden.serum_calcium_test_code END AS test_code,
        struct_pack(
            code := golden.serum_calcium_test_code,
            value_low := golden.serum_calcium_low,
            value_high := golden.serum_calcium_high,
            value_bounds := golden.serum_calcium_bounds,
            unit := golden.serum_calcium_unit,
            interpretation_code := golden.serum_calcium_interpretation_code
        ) AS calcium,
        CASE WHEN coalesce(golden.serum_phosphate_low, golden.serum_phosphate_high) IS NOT NULL THEN struct_pack(
            code := 'phosphate',
            value_low := golden.serum_phosphate_low,
            value_high := golden.serum_phosphate_high,
            value_bounds := golden.serum_phosphate_bounds,
            unit := golden.serum_phosphate_unit,
            interpretation_code := golden.serum_phosphate_interpretation_code
        ) END AS phosphate,
        golden.other_labs
    FROM staging.golden_records AS golden
),

results AS MATERIALIZED (
    SELECT
        serum.* EXCLUDE (calcium, phosphate, test_code, other_labs),
        CASE WHEN serum.test_code = 'calcium' THEN serum.calcium ELSE other.calcium END AS calcium,
        CASE WHEN serum.test_code = 'corrected_calcium' THEN serum.calcium ELSE other.corrected_calcium END AS corrected_calcium,
        CASE WHEN serum.test_code = 'ionised_calcium' THEN serum.calcium ELSE other.ionised_calcium END AS ionised_calcium,
        coalesce(serum.phosphate, other.phosphate) AS phosphate,
        coalesce(
            serum.serum_calcium_interpretation_code,
            other.calcium.interpretation_code,
            other.corrected_calcium.interpretation_code,
            other.ionised_calcium.interpretation_code
        ) AS calcium_stated_code,
        coalesce(serum.serum_phosphate_interpretation_code, other.phosphate.interpretation_code) AS phosphate_stated_code
    FROM serum
    LEFT JOIN other_results AS other ON other.cell = serum.other_labs
),

patients AS (
    SELECT DISTINCT age_years_low, age_years_high, age_bounds, sex_code
    FROM results
),

limits AS (
    SELECT
        *,
        age_sex_limits('calcium', 'mg/dL', age_years_low, age_years_high, age_bounds, sex_code) AS calcium_limits,
        age_sex_limits('corrected_calcium', 'mg/dL', age_years_low, age_years_high, age_bounds, sex_code) AS corrected_calcium_limits,
        age_sex_limits('ionised_calcium', 'mmol/L', age_years_low, age_years_high, age_bounds, sex_code) AS ionised_calcium_limits,
        age_sex_limits('phosphate', 'mg/dL', age_years_low, age_years_high, age_bounds, sex_code) AS phosphate_limits
    FROM patients
),

judged AS (
    SELECT
        results.*,
        CASE WHEN results.calcium.unit = 'mg/dL'
            THEN judged_by_limits(calcium_limits, results.calcium.value_low, results.calcium.value_high, results.calcium.value_bounds)
        END AS calcium_range_code,
        CASE WHEN results.corrected_calcium.unit = 'mg/dL'
            THEN judged_by_limits(corrected_calcium_limits, results.corrected_calcium.value_low, results.corrected_calcium.value_high, results.corrected_calcium.value_bounds)
        END AS corrected_calcium_range_code,
        CASE WHEN results.ionised_calcium.unit = 'mmol/L'
            THEN judged_by_limits(ionised_calcium_limits, results.ionised_calcium.value_low, results.ionised_calcium.value_high, results.ionised_calcium.value_bounds)
        END AS ionised_calcium_range_code,
        CASE WHEN results.phosphate.unit = 'mg/dL'
            THEN judged_by_limits(phosphate_limits, results.phosphate.value_low, results.phosphate.value_high, results.phosphate.value_bounds)
        END AS phosphate_range_code
    FROM results
    INNER JOIN limits
        ON limits.age_years_low IS NOT DISTINCT FROM results.age_years_low
        AND limits.age_years_high IS NOT DISTINCT FROM results.age_years_high
        AND limits.age_bounds IS NOT DISTINCT FROM results.age_bounds
        AND limits.sex_code IS NOT DISTINCT FROM results.sex_code
),

states AS (
    SELECT
        *,
        CASE WHEN calcium_stated_code IN ('low', 'normal', 'high') THEN calcium_stated_code END AS calcium_word,
        CASE WHEN phosphate_stated_code IN ('low', 'normal', 'high') THEN phosphate_stated_code END AS phosphate_word,
        coalesce(corrected_calcium_range_code, calcium_range_code, ionised_calcium_range_code) AS calcium_range,
        CASE
            WHEN calcium.unit = 'mg/dL' THEN calcium
            WHEN corrected_calcium.unit = 'mg/dL' THEN corrected_calcium
        END AS factor,
        CASE WHEN phosphate.unit = 'mg/dL' THEN phosphate END AS other_factor
    FROM judged
)

SELECT
    case_id,
    coalesce(calcium_word, calcium_range, calcium_stated_code) AS calcium_state_code,
    CASE
        WHEN calcium_word IS NULL AND calcium_range IS NOT NULL THEN 'range'
        WHEN calcium_stated_code IS NOT NULL THEN 'stated'
    END AS calcium_state_basis,
    coalesce(phosphate_word, phosphate_range_code, phosphate_stated_code) AS phosphate_state_code,
    CASE
        WHEN phosphate_word IS NULL AND phosphate_range_code IS NOT NULL THEN 'range'
        WHEN phosphate_stated_code IS NOT NULL THEN 'stated'
    END AS phosphate_state_basis,
    calcium_range_code,
    corrected_calcium_range_code,
    ionised_calcium_range_code,
    phosphate_range_code,
    calcium.value_low AS calcium_low,
    calcium.value_high AS calcium_high,
    corrected_calcium.value_low AS corrected_calcium_low,
    corrected_calcium.value_high AS corrected_calcium_high,
    ionised_calcium.value_low AS ionised_calcium_low,
    ionised_calcium.value_high AS ionised_calcium_high,
    phosphate.value_low AS phosphate_low,
    phosphate.value_high AS phosphate_high,
    factor.value_low * other_factor.value_low AS calcium_phosphate_product_low,
    factor.value_high * other_factor.value_high AS calcium_phosphate_product_high
FROM states;
