-- Title:  What curators decided of each case
-- Grain:  one row per case with a decision in force
-- Reads:  quality.decisions
CREATE OR REPLACE VIEW staging.case_decisions AS
SELECT
    case_id,
    list(field ORDER BY field) AS decided_fields,
    sha256(string_agg(field || chr(31) || value, chr(30) ORDER BY field)) AS decisions_sha256
FROM quality.decisions
WHERE is_in_force
GROUP BY case_id;
