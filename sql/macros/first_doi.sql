-- Title:  The DOI in a text
-- Gives:  the first DOI in lower case without trailing punctuation, or NULL; brackets belong to it as far as they close, and
--         the angle brackets of SICI names, which tell the papers of one issue apart
-- Source: CrossRef's recommended pattern for modern DOIs
CREATE OR REPLACE MACRO first_doi(words) AS
    nullif(rtrim(regexp_extract(
        lower(words), '10\.\d{4,9}/(?:\(sici\)[^\s"]+|(?:[^\s"<>?#&()]|\([^\s"<>?#&()]*\))+)'
    ), '.,;:/'), '');
