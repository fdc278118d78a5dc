-- Title:  Append this run to ops.ledger
-- Reads:  staging.run_files, staging.document_outcomes, raw.documents, staging.record_keys, staging.record_duplicates, staging.record_cases, staging.rule_hits,
--         staging.rules, staging.previous_records
-- Needs:  $run_id
-- Note:   a record is unchanged where the registry before this run already held it with the same content
INSERT INTO ops.ledger
WITH quarantined AS (
    SELECT hits.record_no, min(hits.rule) AS rule
    FROM staging.rule_hits AS hits
    INNER JOIN staging.rules AS rules ON rules.rule = hits.rule AND rules.action = 'quarantine'
    GROUP BY hits.record_no
),

outcomes AS (
    SELECT
        keys.source_key,
        CASE
            WHEN duplicates.record_no IS NOT NULL THEN 'duplicate'
            WHEN quarantined.record_no IS NOT NULL THEN 'quarantined'
            WHEN previous.record_key IS NOT NULL THEN 'unchanged'
            ELSE 'accepted'
        END AS state,
        coalesce(duplicates.reason, quarantined.rule) AS reason
    FROM staging.record_keys AS keys
    LEFT JOIN staging.record_duplicates AS duplicates ON duplicates.record_no = keys.record_no
    LEFT JOIN quarantined ON quarantined.record_no = keys.record_no
    LEFT JOIN staging.previous_records AS previous
        ON previous.source_key = keys.source_key
        AND previous.record_key = keys.record_key
        AND previous.record_sha256 = keys.record_sha256
),

gone AS (
    SELECT previous.source_key
    FROM staging.previous_records AS previous
    ANTI JOIN staging.record_keys AS keys
        ON keys.source_key = previous.source_key AND keys.record_key = previous.record_key
)

SELECT $run_id AS run_id, source_key, 'file' AS unit, file_state AS state, reason, count(*) AS n
FROM staging.run_files
GROUP BY source_key, file_state, reason
UNION ALL
SELECT $run_id AS run_id, documents.source_key, 'document' AS unit, outcomes.document_state AS state, outcomes.reason, count(*) AS n
FROM staging.document_outcomes AS outcomes
INNER JOIN raw.documents AS documents ON documents.document_no = outcomes.document_no
GROUP BY documents.source_key, outcomes.document_state, outcomes.reason
UNION ALL
SELECT $run_id AS run_id, source_key, 'record' AS unit, state, reason, count(*) AS n
FROM outcomes
GROUP BY source_key, state, reason
UNION ALL
SELECT $run_id AS run_id, source_key, 'record' AS unit, 'withdrawn' AS state, NULL AS reason, count(*) AS n
FROM gone
GROUP BY source_key;
