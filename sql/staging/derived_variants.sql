-- Title:  The variant that the rules derive from the recorded facts
-- Grain:  one row per case
-- Reads:  staging.variant_facts, staging.variant_rules, staging.variant_conditions
-- Note:   variant_rule is the first rule by priority whose conditions all hold, variant_facts are the recorded facts that it
--         asks for; both are empty where the facts do not decide. Each combination of facts is judged once.
CREATE OR REPLACE TABLE staging.derived_variants AS
WITH combinations AS (
    SELECT combination_no, any_value(facts) AS facts
    FROM staging.variant_facts
    GROUP BY combination_no
),

known AS MATERIALIZED (
    SELECT
        combination_no,
        split_part(fact_and_value, '=', 1) AS fact,
        split_part(fact_and_value, '=', 2) AS fact_value
    FROM (SELECT combination_no, unnest(facts) AS fact_and_value FROM combinations)
),

met AS (
    SELECT known.combination_no, conditions.rule, conditions.fact, known.fact_value
    FROM staging.variant_conditions AS conditions
    INNER JOIN known ON known.fact = conditions.fact AND list_contains(conditions.fact_values, known.fact_value)
    WHERE conditions.is_wanted
),

wanted AS (
    SELECT rule, count(*) AS n_wanted
    FROM staging.variant_conditions
    WHERE is_wanted
    GROUP BY rule
),

candidates AS (
    SELECT
        met.combination_no,
        met.rule,
        list_sort(
            list(DISTINCT replace(met.fact, '_', ' ') || CASE WHEN met.fact_value = 'yes' THEN '' ELSE ' ' || met.fact_value END)
        ) AS fired_facts
    FROM met
    INNER JOIN wanted ON wanted.rule = met.rule
    GROUP BY met.combination_no, met.rule, wanted.n_wanted
    HAVING count(DISTINCT met.fact) = wanted.n_wanted
),

refuted AS (
    SELECT known.combination_no, conditions.rule
    FROM staging.variant_conditions AS conditions
    INNER JOIN known ON known.fact = conditions.fact AND list_contains(conditions.fact_values, known.fact_value)
    WHERE NOT conditions.is_wanted
),

decided AS (
    SELECT
        candidates.combination_no,
        arg_min(candidates.rule, rules.rule_priority) AS variant_rule,
        arg_min(candidates.fired_facts, rules.rule_priority) AS variant_facts
    FROM candidates
    ANTI JOIN refuted ON refuted.combination_no = candidates.combination_no AND refuted.rule = candidates.rule
    INNER JOIN staging.variant_rules AS rules ON rules.rule = candidates.rule
    GROUP BY candidates.combination_no
)

SELECT
    cases.case_id,
    rules.variant_code AS variant_derived_code,
    rules.variant_subtype_code AS variant_derived_subtype_code,
    decided.variant_rule,
    coalesce(decided.variant_facts, []) AS variant_facts
FROM staging.variant_facts AS cases
LEFT JOIN decided ON decided.combination_no = cases.combination_no
LEFT JOIN staging.variant_rules AS rules ON rules.rule = decided.variant_rule;
