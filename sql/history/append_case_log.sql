-- Title:  Append what this run changed to history.case_log
-- Reads:  registry.cases, history.case_log, staging.fingerprints, staging.previous_fingerprints
-- Needs:  $run_id
INSERT INTO history.case_log BY NAME
WITH latest AS (
    SELECT log.*
    FROM history.case_log AS log
    SEMI JOIN (SELECT case_id, max(run_from) AS run_from FROM history.case_log GROUP BY case_id) AS last_change
        ON last_change.case_id = log.case_id AND last_change.run_from = log.run_from
),

in_force AS (
    SELECT * EXCLUDE (run_from, change, changed_fields, why)
    FROM latest
    WHERE change <> 'withdrawn'
),

changed_part AS (
    SELECT coalesce(
        min_by(parts.part, list_position(['vocabularies', 'rules', 'queries', 'program'], parts.part)), 'program'
    ) AS part
    FROM staging.fingerprints AS parts
    LEFT JOIN staging.previous_fingerprints AS previous ON previous.part = parts.part
    WHERE parts.part NOT IN ('inputs', 'decisions') AND parts.sha256 IS DISTINCT FROM previous.sha256
)

SELECT $run_id AS run_from, 'added' AS change, NULL::VARCHAR[] AS changed_fields, 'source' AS why, cases.*
FROM registry.cases AS cases
ANTI JOIN in_force ON in_force.case_id = cases.case_id
UNION ALL BY NAME
SELECT
    $run_id AS run_from,
    'changed' AS change,
    list_filter(
        json_keys(to_json(cases)),
        lambda key: json_extract(to_json(cases), '$.' || key) IS DISTINCT FROM json_extract(to_json(in_force), '$.' || key)
    ) AS changed_fields,
    CASE
        WHEN cases.contributions_sha256 IS DISTINCT FROM in_force.contributions_sha256 THEN 'source'
        WHEN cases.decisions_sha256 IS DISTINCT FROM in_force.decisions_sha256 THEN 'decision'
        ELSE (SELECT part FROM changed_part)
    END AS why,
    cases.*
FROM registry.cases AS cases
INNER JOIN in_force ON in_force.case_id = cases.case_id
WHERE cases IS DISTINCT FROM in_force
UNION ALL BY NAME
SELECT $run_id AS run_from, 'withdrawn' AS change, NULL::VARCHAR[] AS changed_fields, 'source' AS why, in_force.*
FROM in_force
ANTI JOIN registry.cases AS cases ON cases.case_id = in_force.case_id;
