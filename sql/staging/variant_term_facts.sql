-- Title:  Facts of every vocabulary term
-- Grain:  one row per field, code and fact; a code without a fact has no row
-- Reads:  staging.variant_fact_codes, registry.term_ancestors
-- Note:   the nearest term above that has a row decides
CREATE OR REPLACE TABLE staging.variant_term_facts AS
WITH depths AS (
    SELECT vocabulary, code, count(*) AS depth
    FROM registry.term_ancestors
    GROUP BY vocabulary, code
),

ranked AS (
    SELECT
        facts.intake_field,
        ancestry.code,
        facts.fact,
        facts.fact_value,
        rank() OVER (PARTITION BY facts.intake_field, ancestry.code ORDER BY depths.depth DESC) AS distance_rank
    FROM staging.variant_fact_codes AS facts
    INNER JOIN registry.term_ancestors AS ancestry
        ON ancestry.vocabulary = facts.vocabulary AND ancestry.ancestor_code = facts.code
    INNER JOIN depths ON depths.vocabulary = facts.vocabulary AND depths.code = facts.code
)

SELECT intake_field, code, fact, fact_value
FROM ranked
WHERE distance_rank = 1 AND fact IS NOT NULL
ORDER BY intake_field, code, fact;
