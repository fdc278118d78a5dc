-- Title:  Let a decision on a laboratory value leave the interpretation as it is, and the other way round
-- Reads:  staging.decision_rows, staging.decision_cases, staging.record_cases, staging.case_records
-- Note:   value and interpretation of serum calcium and phosphate are one field of the golden record and come from one
--         contribution; the half that nobody decided is what the first source says. A decision under the present name of a case
--         goes before one under a former name
UPDATE staging.decision_records AS decided
SET
    priority = said.is_alias::INTEGER,
    serum_calcium_interpretation_code = CASE WHEN said.calcium_value_decided THEN said.calcium.code ELSE decided.serum_calcium_interpretation_code END,
    serum_calcium_text = CASE WHEN said.calcium_interpretation_decided THEN said.calcium.words ELSE decided.serum_calcium_text END,
    serum_calcium_low = CASE WHEN said.calcium_interpretation_decided THEN said.calcium.low ELSE decided.serum_calcium_low END,
    serum_calcium_high = CASE WHEN said.calcium_interpretation_decided THEN said.calcium.high ELSE decided.serum_calcium_high END,
    serum_calcium_unit = CASE WHEN said.calcium_interpretation_decided THEN said.calcium.unit ELSE decided.serum_calcium_unit END,
    serum_phosphate_interpretation_code = CASE WHEN said.phosphate_value_decided THEN said.phosphate.code ELSE decided.serum_phosphate_interpretation_code END,
    serum_phosphate_text = CASE WHEN said.phosphate_interpretation_decided THEN said.phosphate.words ELSE decided.serum_phosphate_text END,
    serum_phosphate_low = CASE WHEN said.phosphate_interpretation_decided THEN said.phosphate.low ELSE decided.serum_phosphate_low END,
    serum_phosphate_high = CASE WHEN said.phosphate_interpretation_decided THEN said.phosphate.high ELSE decided.serum_phosphate_high END,
    serum_phosphate_unit = CASE WHEN said.phosphate_interpretation_decided THEN said.phosphate.unit ELSE decided.serum_phosphate_unit END
FROM (
    SELECT
        given.record_no,
        any_value(named.is_alias) AS is_alias,
        any_value(given.serum_calcium_value IS NOT NULL AND given.serum_calcium IS NULL) AS calcium_value_decided,
        any_value(given.serum_calcium IS NOT NULL AND given.serum_calcium_value IS NULL) AS calcium_interpretation_decided,
        any_value(given.serum_phosphate_value IS NOT NULL AND given.serum_phosphate IS NULL) AS phosphate_value_decided,
        any_value(given.serum_phosphate IS NOT NULL AND given.serum_phosphate_value IS NULL) AS phosphate_interpretation_decided,
        first(
            struct_pack(
                code := records.serum_calcium_interpretation_code, words := records.serum_calcium_text,
                low := records.serum_calcium_low, high := records.serum_calcium_high, unit := records.serum_calcium_unit
            )
            ORDER BY records.tier_rank, records.priority, records.record_sha256, records.source_key
        ) FILTER (records.serum_calcium_state IN ('present', 'absent')) AS calcium,
        first(
            struct_pack(
                code := records.serum_phosphate_interpretation_code, words := records.serum_phosphate_text,
                low := records.serum_phosphate_low, high := records.serum_phosphate_high, unit := records.serum_phosphate_unit
            )
            ORDER BY records.tier_rank, records.priority, records.record_sha256, records.source_key
        ) FILTER (records.serum_phosphate_state IN ('present', 'absent')) AS phosphate
    FROM staging.decision_rows AS given
    INNER JOIN staging.decision_cases AS named ON named.given_case_id = given.record_id
    INNER JOIN staging.record_cases AS cases ON cases.case_id = named.case_id
    LEFT JOIN staging.case_records AS records ON records.record_no = cases.record_no
    GROUP BY given.record_no
) AS said
WHERE said.record_no = decided.record_no;
