-- Title:  Share of a row of a distribution
-- Gives:  a fraction 0 to 1 of the reported cases, for not_reported and not_assessed of all cases; NULL without a denominator
CREATE OR REPLACE MACRO row_share(row_kind, n_cases, n_reported, n_total) AS
    n_cases / nullif(CASE WHEN row_kind NOT IN ('not_reported', 'not_assessed') THEN n_reported ELSE n_total END, 0);
