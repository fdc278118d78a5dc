-- Title:  Cases that a distribution counts
-- Grain:  one row per case
-- Reads:  registry.cases, cases_left_out
-- Use:    FROM cases_counted(0.5, false)
CREATE OR REPLACE MACRO cases_counted(min_completeness := 0, include_retracted := false) AS TABLE
SELECT cases.*
FROM registry.cases AS cases
ANTI JOIN cases_left_out(min_completeness, include_retracted) AS left_out ON left_out.case_id = cases.case_id;
