-- Title:  Whether a row of a distribution is a share of the reported cases
-- Gives:  false for the rows not_reported and not_assessed, whose share is of all cases and has no interval
CREATE OR REPLACE MACRO has_interval(row_kind) AS row_kind NOT IN ('not_reported', 'not_assessed');
