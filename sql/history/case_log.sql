-- Title:  What each case was, and when it changed
-- Grain:  one row per case and change; append-only
-- Reads:  registry.cases
-- Note:   change is added, changed or withdrawn; the columns of registry.cases hold the case as it was from that run on (for
--         withdrawn: as it last was). why is source, decision (of a curator), vocabularies, rules, queries or program. history.case_versions adds when it ended.
CREATE TABLE history.case_log AS
SELECT
    NULL::VARCHAR AS run_from,
    NULL::VARCHAR AS change,
    NULL::VARCHAR[] AS changed_fields,
    NULL::VARCHAR AS why,
    *
FROM registry.cases
WHERE false;
