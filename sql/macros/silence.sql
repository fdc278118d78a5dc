-- Title:  State of a field whose cell says nothing on the field as a whole
-- Gives:  present where there are words that no coder read; else not_reported where the sheet covers the field in full, not_assessed where not
CREATE OR REPLACE MACRO silence(covered_fields, field, words) AS
    CASE
        WHEN trim(words) <> '' THEN 'present'
        WHEN list_contains(covered_fields, field) THEN 'not_reported'
        ELSE 'not_assessed'
    END;
