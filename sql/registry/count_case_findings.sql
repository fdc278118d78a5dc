-- Title:  Count the findings of whole cases in registry.cases
-- Reads:  staging.case_rule_hits
-- Note:   these rules read the cases, so that they can only be counted once the cases stand
UPDATE registry.cases AS cases
SET n_findings = cases.n_findings + hits.n
FROM (SELECT case_id, count(*) AS n FROM staging.case_rule_hits GROUP BY case_id) AS hits
WHERE hits.case_id = cases.case_id;
