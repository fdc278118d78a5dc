-- Title:  Records that break a row rule
-- Grain:  one row per record, rule and field; filled by the rules' own queries
CREATE TABLE staging.rule_hits (
    record_no BIGINT,
    rule VARCHAR,
    intake_field VARCHAR,
    offending_value VARCHAR
);
