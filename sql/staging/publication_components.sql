-- Title:  Which sets of identifiers name one publication
-- Grain:  one row per distinct set of identifiers; component is the smallest identifier that can be reached from it
-- Reads:  staging.record_identifiers
-- Note:   connected components: one record has a DOI, one a PMID, one both, and all three are one publication. Only sets that
--         share an identifier with another set take part in the recursion; the others are components of their own.
CREATE OR REPLACE TABLE staging.publication_components AS
WITH RECURSIVE identifier_sets AS MATERIALIZED (
    SELECT DISTINCT identifiers
    FROM staging.record_identifiers
    WHERE len(identifiers) > 0
),

members AS MATERIALIZED (
    SELECT identifiers, unnest(identifiers) AS identifier
    FROM identifier_sets
),

shared AS MATERIALIZED (
    SELECT DISTINCT members.identifiers
    FROM members
    SEMI JOIN (SELECT identifier FROM members GROUP BY identifier HAVING count(*) > 1) AS common
        ON common.identifier = members.identifier
),

edges AS MATERIALIZED (
    SELECT identifiers[1] AS one, unnest(identifiers) AS other
    FROM shared
    UNION
    SELECT unnest(identifiers) AS one, identifiers[1] AS other
    FROM shared
),

reached (identifier, component) USING KEY (identifier) AS (
    SELECT one, min(other)
    FROM edges
    GROUP BY one
    UNION
    SELECT edges.one, min(reached.component)
    FROM reached
    INNER JOIN edges ON edges.other = reached.identifier
    INNER JOIN recurring.reached AS known ON known.identifier = edges.one
    WHERE reached.component < known.component
    GROUP BY edges.one
)

SELECT identifier_sets.identifiers, coalesce(reached.component, identifier_sets.identifiers[1]) AS component
FROM identifier_sets
LEFT JOIN reached ON reached.identifier = identifier_sets.identifiers[1];
