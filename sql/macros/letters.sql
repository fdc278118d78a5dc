-- Title:  A text by its letters and digits alone
-- Gives:  lower case, no accents, punctuation or spaces: two spellings of one title compare equal
CREATE OR REPLACE MACRO letters(words) AS regexp_replace(lower(strip_accents(words)), '[^\p{L}\p{N}]+', '', 'g');
