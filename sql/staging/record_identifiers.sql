-- Title:  Identifiers of the publication of each accepted record
-- Grain:  one row per accepted record; identifiers is sorted, and empty for a record of a registry export
-- Reads:  staging.case_records, staging.rule_hits, staging.rules
CREATE OR REPLACE TABLE staging.record_identifiers AS
SELECT
    record_no,
    list_sort(list_filter(
        ['doi:' || doi, 'pmid:' || pmid, 'pmcid:' || pmcid, 'citation:' || citation, 'url:' || address],
        lambda identifier: identifier IS NOT NULL
    )) AS identifiers
FROM staging.case_records AS records
ANTI JOIN (
    SELECT hits.record_no
    FROM staging.rule_hits AS hits
    INNER JOIN staging.rules AS rules ON rules.rule = hits.rule AND rules.action = 'quarantine'
) AS quarantined ON quarantined.record_no = records.record_no;
