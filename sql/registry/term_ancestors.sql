-- Title:  Every term with itself and all terms above it
-- Grain:  one row per vocabulary, code and ancestor
-- Reads:  registry.terms
CREATE OR REPLACE TABLE registry.term_ancestors AS
WITH RECURSIVE ancestry AS (
    SELECT vocabulary, code, code AS ancestor_code, parent_code AS next_code
    FROM registry.terms
    UNION ALL
    SELECT ancestry.vocabulary, ancestry.code, parents.code AS ancestor_code, parents.parent_code AS next_code
    FROM ancestry
    INNER JOIN registry.terms AS parents
        ON parents.vocabulary = ancestry.vocabulary AND parents.code = ancestry.next_code
)

SELECT ancestry.vocabulary, ancestry.code, ancestry.ancestor_code, terms.term_level AS ancestor_level
FROM ancestry
INNER JOIN registry.terms AS terms
    ON terms.vocabulary = ancestry.vocabulary AND terms.code = ancestry.ancestor_code
ORDER BY ancestry.vocabulary, ancestry.code, ancestry.ancestor_code;
