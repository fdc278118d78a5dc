-- Title:  Records that another record of the same source stands for
-- Grain:  one row per record that is set aside as a duplicate
-- Reads:  staging.record_keys
-- Note:   "same_record": the same key and content again. "corrected": a row came back from quarantine for it.
CREATE OR REPLACE TABLE staging.record_duplicates AS
WITH repeated AS (
    SELECT record_no
    FROM staging.record_keys
    QUALIFY row_number() OVER (
        PARTITION BY record_key, record_sha256, source_key
        ORDER BY file_sha256, sheet, line_number
    ) > 1
),

corrected AS (
    SELECT originals.record_no
    FROM staging.record_keys AS originals
    SEMI JOIN staging.record_keys AS corrections
        ON corrections.corrects_record_key = originals.record_key
        AND corrections.corrects_record_sha256 = originals.record_sha256
    WHERE originals.corrects_record_key IS NULL
)

SELECT record_no, 'same_record' AS reason
FROM repeated
UNION ALL
SELECT record_no, 'corrected' AS reason
FROM corrected
ANTI JOIN repeated ON repeated.record_no = corrected.record_no;
