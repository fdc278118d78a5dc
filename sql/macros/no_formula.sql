-- Title:  A text that no spreadsheet runs
-- Gives:  the text, with an apostrophe in front where a spreadsheet would take it for a formula; numbers stay
-- Source: OWASP, CSV injection
CREATE OR REPLACE MACRO no_formula(words) AS
    CASE
        WHEN regexp_matches(words, '^[=@+\t\r\n-]') AND try_cast(words AS DOUBLE) IS NULL THEN '''' || words
        ELSE words
    END;
