-- Title:  Cases that a distribution leaves out
-- Grain:  one row per case
-- Reads:  analytics.case_completeness, registry.cases, registry.publications
-- Note:   those below the cut of completeness, and those of retracted publications unless they are asked for. What is left out is
--         listed, and not what is counted, since the list is mostly empty and then costs nothing.
-- Use:    FROM cases_left_out(0.5, false)
CREATE OR REPLACE MACRO cases_left_out(min_completeness := 0, include_retracted := false) AS TABLE
SELECT case_id
FROM analytics.case_completeness
WHERE completeness < min_completeness
UNION
SELECT cases.case_id
FROM registry.publications AS publications
INNER JOIN registry.cases AS cases ON cases.publication_id = publications.publication_id
WHERE publications.source_state = 'retracted' AND NOT include_retracted;
