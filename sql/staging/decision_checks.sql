-- Title:  Whether the expectations of the decisions hold
-- Grain:  one row per decision that leads to a case; filled by flows/curation with the coders
-- Note:   meets: what the sources say is what the decision expects. agrees: it is what the decision says
CREATE OR REPLACE TABLE staging.decision_checks (
    decision_no BIGINT,
    meets BOOLEAN,
    agrees BOOLEAN
);
