-- Title:  The case that each decision is about
-- Grain:  one row per case id that a decision names and that leads to a case
-- Reads:  staging.decisions, staging.record_cases, staging.case_records, staging.publication_components
-- Note:   a case is named after the smallest identifier of its publication, so a source that brings a smaller one renames it. The
--         former name is the hash of another identifier of the same publication: such a decision follows its case (is_alias)
CREATE OR REPLACE TABLE staging.decision_cases AS
WITH given AS (
    SELECT DISTINCT given_case_id
    FROM staging.decisions
),

cases AS (
    SELECT case_id, any_value(publication_id) AS publication_id, any_value(patient_index) AS patient_index, any_value(record_no) AS record_no, bool_or(is_split) AS is_split
    FROM staging.record_cases
    GROUP BY case_id
),

same_name AS (
    SELECT cases.case_id AS given_case_id, cases.*
    FROM cases
    SEMI JOIN given ON given.given_case_id = cases.case_id
),

unknown AS (
    SELECT given.given_case_id
    FROM given
    ANTI JOIN same_name ON same_name.given_case_id = given.given_case_id
),

aliases AS (
    SELECT DISTINCT 'pub_' || left(md5(component), 16) AS publication_id, unnest(identifiers) AS identifier
    FROM staging.publication_components
),

former_names AS (
    SELECT
        'case_' || left(md5(
            aliases.identifier || '#' || cases.patient_index
            || CASE WHEN cases.is_split THEN '#' || concat_ws('/', records.sex_code, floor(records.age_years_low)) ELSE '' END
        ), 16) AS given_case_id,
        cases.*
    FROM cases
    INNER JOIN aliases ON aliases.publication_id = cases.publication_id
    INNER JOIN staging.case_records AS records ON records.record_no = cases.record_no
    WHERE (SELECT count(*) FROM unknown) > 0
)

SELECT given_case_id, case_id, publication_id, patient_index, false AS is_alias
FROM same_name
UNION ALL
SELECT former_names.given_case_id, former_names.case_id, former_names.publication_id, former_names.patient_index, true AS is_alias
FROM former_names
SEMI JOIN unknown ON unknown.given_case_id = former_names.given_case_id;
