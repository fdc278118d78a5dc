-- Title:  Append what the rules found in whole cases to quality.findings
-- Reads:  staging.case_rule_hits, staging.rules
-- Note:   a finding of a case is no single record's, so the columns of the record stay empty
INSERT INTO quality.findings BY NAME
SELECT hits.rule, rules.severity, rules.action, hits.intake_field, hits.offending_value, rules.sentence, hits.case_id
FROM staging.case_rule_hits AS hits
INNER JOIN staging.rules AS rules ON rules.rule = hits.rule
ORDER BY hits.case_id, hits.rule, hits.intake_field, hits.offending_value;
