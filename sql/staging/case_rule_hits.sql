-- Title:  Cases that break a rule of the registry
-- Grain:  one row per case, rule and field; filled by the rules' own queries
CREATE TABLE staging.case_rule_hits (
    case_id VARCHAR,
    rule VARCHAR,
    intake_field VARCHAR,
    offending_value VARCHAR
);
