-- Title:  Decisions of curators and what became of them
-- Grain:  one row per decision
-- Reads:  staging.decisions, staging.decision_words, staging.decision_checks
-- Note:   given_case_id is the case as the decision names it, case_id the case that it was taken to. A decision wins also where
--         its expectation does not hold (expectation_unmet), or where the sources say by now what it says (already_so). It is
--         not used where no case has or had that name (no_such_case), or another decision on the same field goes before it
--         (decided_again)
CREATE OR REPLACE TABLE quality.decisions AS
SELECT
    decisions.given_case_id,
    CASE WHEN NOT coalesce(words.is_decided_again, decisions.is_superseded) THEN words.case_id END AS case_id,
    decisions.field,
    decisions.value,
    decisions.expects,
    words.found_value,
    words.decision_no IS NOT NULL AND NOT words.is_decided_again AND NOT decisions.is_superseded AS is_in_force,
    CASE
        WHEN decisions.is_superseded OR words.is_decided_again THEN 'decided_again'
        WHEN words.decision_no IS NULL THEN 'no_such_case'
        WHEN checks.meets THEN NULL
        WHEN checks.agrees THEN 'already_so'
        ELSE 'expectation_unmet'
    END AS decision_problem,
    decisions.curator,
    decisions.decided_on,
    decisions.why,
    decisions.file_name,
    decisions.line_number
FROM staging.decisions AS decisions
LEFT JOIN staging.decision_words AS words ON words.decision_no = decisions.decision_no
LEFT JOIN staging.decision_checks AS checks ON checks.decision_no = decisions.decision_no
ORDER BY decisions.given_case_id, decisions.field, decisions.is_superseded;
