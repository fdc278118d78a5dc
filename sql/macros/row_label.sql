-- Title:  Label of the rows of a distribution that are no term
CREATE OR REPLACE MACRO row_label(row_kind) AS
    CASE row_kind
        WHEN 'none' THEN 'none (stated)'
        WHEN 'unmapped' THEN 'reported in words that no vocabulary knows'
        WHEN 'not_reported' THEN 'not reported'
        WHEN 'not_assessed' THEN 'not assessed'
    END;
