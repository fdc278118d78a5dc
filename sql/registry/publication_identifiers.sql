-- Title:  Identifiers and aliases of the publications
-- Grain:  one row per publication and identifier; is_smallest marks the one that publication_id is the hash of
-- Reads:  staging.record_identifiers, staging.publication_components
CREATE OR REPLACE TABLE registry.publication_identifiers AS
WITH members AS (
    SELECT DISTINCT component, unnest(identifiers) AS identifier
    FROM staging.publication_components
)

SELECT
    'pub_' || left(md5(component), 16) AS publication_id,
    regexp_extract(identifier, '^[a-z]+') AS identifier_kind,
    substr(identifier, strpos(identifier, ':') + 1) AS identifier,
    identifier = component AS is_smallest
FROM members;
