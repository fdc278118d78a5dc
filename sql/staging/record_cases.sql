-- Title:  The case that each accepted record tells of
-- Grain:  one row per accepted record
-- Reads:  staging.case_records, staging.record_identifiers, staging.publication_components
-- Note:   a case is a publication and the patient's index; where the source gives no index, its own record ids, or else the
--         contents of its rows, tell patients of one publication apart: a sheet has a row a patient. Records of one index whose sex or age contradict the first of them (by tier, priority,
--         content) are never merged: they become a case of their own. A record without any publication is its source's own.
CREATE OR REPLACE TABLE staging.record_cases AS
WITH placed AS (
    SELECT
        records.record_no,
        components.component,
        records.source_key,
        records.record_id,
        records.record_sha256,
        records.tier_rank,
        records.priority,
        records.sex_code,
        records.age_years_low,
        records.age_years_high,
        records.patient_index
    FROM staging.record_identifiers AS identified
    INNER JOIN staging.case_records AS records ON records.record_no = identified.record_no
    LEFT JOIN staging.publication_components AS components ON components.identifiers = identified.identifiers
),

unindexed AS (
    SELECT record_no, dense_rank() OVER (PARTITION BY component, source_key ORDER BY coalesce(record_id, record_sha256)) AS patient
    FROM placed
    WHERE component IS NOT NULL AND patient_index IS NULL
),

patients AS (
    SELECT
        placed.*,
        coalesce(placed.patient_index, unindexed.patient) AS patient,
        CASE
            WHEN placed.component IS NOT NULL
                THEN placed.component || '#' || coalesce(placed.patient_index, unindexed.patient)
            ELSE 'registry:' || placed.source_key || '#' || coalesce(placed.record_id, placed.record_sha256)
        END AS case_name
    FROM placed
    LEFT JOIN unindexed ON unindexed.record_no = placed.record_no
),

crowded AS (
    SELECT
        record_no,
        sex_code,
        age_years_low,
        age_years_high,
        first_value(sex_code IGNORE NULLS) OVER ranking AS first_sex,
        first_value(age_years_low IGNORE NULLS) OVER ranking AS first_age_low,
        first_value(age_years_high IGNORE NULLS) OVER ranking AS first_age_high
    FROM patients
    SEMI JOIN (SELECT case_name FROM patients GROUP BY case_name HAVING count(*) > 1) AS several
        ON several.case_name = patients.case_name
    WINDOW ranking AS (
        PARTITION BY case_name
        ORDER BY tier_rank, priority, record_sha256
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
),

contradicting AS (
    SELECT record_no, concat_ws('/', sex_code, floor(age_years_low)) AS apart
    FROM crowded
    WHERE sex_code <> first_sex OR age_years_low > first_age_high + 1 OR age_years_high < first_age_low - 1
)

SELECT
    patients.record_no,
    'pub_' || left(md5(patients.component), 16) AS publication_id,
    'case_' || left(md5(patients.case_name || coalesce('#' || contradicting.apart, '')), 16) AS case_id,
    patients.patient AS patient_index,
    contradicting.record_no IS NOT NULL AS is_split
FROM patients
LEFT JOIN contradicting ON contradicting.record_no = patients.record_no;
