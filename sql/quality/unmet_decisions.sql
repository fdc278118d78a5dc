-- Title:  Decisions of curators that need a second look
-- Grain:  one row per decision that is not used, or whose expectation does not hold
-- Reads:  quality.decisions
-- Note:   found_value is what the sources say now in the field, expects what they said when it was decided
CREATE OR REPLACE VIEW quality.unmet_decisions AS
SELECT *
FROM quality.decisions
WHERE decision_problem IS NOT NULL;
