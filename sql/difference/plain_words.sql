-- Title:  A text as words between single spaces
-- Gives:  lower case, no accents or punctuation, a space at both ends: ' word ' is then found as a whole word
CREATE OR REPLACE MACRO difference.plain_words(words) AS
    ' ' || trim(regexp_replace(lower(strip_accents(words)), '[^\p{L}\p{N}]+', ' ', 'g')) || ' ';
