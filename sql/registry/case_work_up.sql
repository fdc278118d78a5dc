-- Title:  Work-up of each case
-- Grain:  one row per case and item of the work-up that calcinosis cutis asks for
-- Reads:  registry.cases, staging.work_up_rules, staging.work_up_states, staging.fully_read_cases
-- Note:   work_up_state is normal, abnormal, reported (looked at, result not said), not_reported, or not_assessed where no source
--         saw the whole report or a field that could tell is not assessed
CREATE OR REPLACE VIEW registry.case_work_up AS
WITH items AS (
    SELECT
        work_up_item,
        bool_or(evidence_kind = 'interpretation') AS by_interpretation,
        bool_or(evidence_kind = 'laboratory_test') AS by_test,
        bool_or(evidence_kind = 'disease') AS by_disease,
        bool_or(evidence_kind = 'autoantibody') AS by_autoantibody
    FROM staging.work_up_rules
    GROUP BY work_up_item
)

SELECT
    cases.case_id,
    items.work_up_item,
    coalesce(
        found.work_up_state,
        CASE
            WHEN fully_read.case_id IS NULL
                OR (items.by_interpretation AND 'not_assessed' IN (cases.serum_calcium_state, cases.serum_phosphate_state))
                OR (items.by_test AND cases.other_labs_state = 'not_assessed')
                OR (items.by_disease AND 'not_assessed' IN (cases.associated_diseases_state, cases.comorbidities_state))
                OR (items.by_autoantibody AND cases.autoantibodies_state = 'not_assessed')
                THEN 'not_assessed'
            ELSE 'not_reported'
        END
    ) AS work_up_state
FROM registry.cases AS cases
CROSS JOIN items
LEFT JOIN staging.fully_read_cases AS fully_read ON fully_read.case_id = cases.case_id
LEFT JOIN staging.work_up_states AS found
    ON found.case_id = cases.case_id AND found.work_up_item = items.work_up_item;
