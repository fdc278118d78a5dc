-- Title:  Records kept out of the registry, whole
-- Grain:  one row per quarantined record
-- Reads:  staging.rule_hits, staging.rules, staging.records, staging.case_records, staging.record_files, staging.fingerprint
-- Note:   payload holds every value as it came. A corrected row comes back with corrects_record_key and
--         corrects_record_sha256, which name the first record of a chain of corrections
CREATE OR REPLACE TABLE quality.quarantine AS
WITH kept_out AS (
    SELECT DISTINCT hits.record_no
    FROM staging.rule_hits AS hits
    INNER JOIN staging.rules AS rules ON rules.rule = hits.rule AND rules.action = 'quarantine'
),

reasons AS (
    SELECT
        hits.record_no,
        list(DISTINCT hits.rule ORDER BY hits.rule) AS rules,
        string_agg(
            rules.sentence || coalesce(' (' || hits.intake_field || ': ' || hits.offending_value || ')', ''), ' '
            ORDER BY rules.action DESC, hits.rule
        ) AS reasons,
        arg_min(rules.severity, list_position(['critical', 'warning', 'info'], rules.severity)) AS severity,
        list(
            {'rule': hits.rule, 'intake_field': hits.intake_field, 'offending_value': hits.offending_value}
            ORDER BY hits.rule, hits.intake_field, hits.offending_value
        ) AS offences
    FROM staging.rule_hits AS hits
    INNER JOIN staging.rules AS rules ON rules.rule = hits.rule
    SEMI JOIN kept_out ON kept_out.record_no = hits.record_no
    GROUP BY hits.record_no
)

SELECT
    cases.record_key,
    cases.record_sha256,
    cases.source_key,
    files.file_name,
    cases.sheet,
    cases.line_number,
    reasons.severity,
    reasons.rules,
    reasons.reasons,
    reasons.offences,
    (SELECT sha256 FROM staging.fingerprints WHERE part = 'rules') AS rules_sha256,
    coalesce(records.corrects_record_key, cases.record_key) AS corrects_record_key,
    coalesce(records.corrects_record_sha256, cases.record_sha256) AS corrects_record_sha256,
    to_json(struct_pack(*COLUMNS(records.* EXCLUDE (record_no, document_no, document_tier, document_scope)))) AS payload
FROM reasons
INNER JOIN staging.case_records AS cases ON cases.record_no = reasons.record_no
INNER JOIN staging.records AS records ON records.record_no = reasons.record_no
LEFT JOIN staging.record_files AS files ON files.record_no = reasons.record_no
ORDER BY cases.source_key, files.file_name, cases.sheet, cases.line_number;
