-- Title:  The DOI in a text
-- Gives:  the first DOI in lower case without trailing punctuation, or NULL
-- Source: CrossRef's recommended pattern for modern DOIs
CREATE OR REPLACE MACRO first_doi(words) AS
    nullif(rtrim(regexp_extract(lower(words), '10\.\d{4,9}/[^\s"<>?#&]+'), '.,;:)/'), '');
