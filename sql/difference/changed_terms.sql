-- Title:  Vocabulary terms that differ
-- Grain:  one row per vocabulary and code that one version does not have, or has with other words or another place
-- Reads:  registry.terms of both versions
-- Note:   changed_words are the labels and synonyms that only one of the versions knows for the code
CREATE OR REPLACE TABLE difference.changed_terms AS
WITH pairs AS (
    SELECT
        coalesce(newer_terms.vocabulary, older_terms.vocabulary) AS vocabulary,
        coalesce(newer_terms.code, older_terms.code) AS code,
        CASE WHEN older_terms.code IS NULL THEN 'added' WHEN newer_terms.code IS NULL THEN 'removed' ELSE 'changed' END AS change,
        older_terms.label AS older_label,
        newer_terms.label AS newer_label,
        older_terms.parent_code AS older_parent,
        newer_terms.parent_code AS newer_parent,
        older_terms.term_level AS older_level,
        newer_terms.term_level AS newer_level,
        coalesce(older_terms.ontology_ids::VARCHAR, '') <> coalesce(newer_terms.ontology_ids::VARCHAR, '') AS has_other_ids,
        list_filter(coalesce(older_terms.synonyms, []), lambda word: NOT list_contains(coalesce(newer_terms.synonyms, []), word)) AS removed_synonyms,
        list_filter(coalesce(newer_terms.synonyms, []), lambda word: NOT list_contains(coalesce(older_terms.synonyms, []), word)) AS added_synonyms
    FROM newer.registry.terms AS newer_terms
    FULL JOIN older.registry.terms AS older_terms
        ON older_terms.vocabulary = newer_terms.vocabulary AND older_terms.code = newer_terms.code
)

SELECT
    vocabulary,
    code,
    change,
    nullif(concat_ws(
        '; ',
        CASE WHEN len(added_synonyms) > 0 AND change = 'changed' THEN 'added: ' || array_to_string(list_sort(added_synonyms), ', ') END,
        CASE WHEN len(removed_synonyms) > 0 AND change = 'changed' THEN 'removed: ' || array_to_string(list_sort(removed_synonyms), ', ') END,
        CASE WHEN older_label <> newer_label THEN 'label: ' || older_label || ' -> ' || newer_label END,
        CASE WHEN change = 'changed' AND older_parent IS DISTINCT FROM newer_parent
            THEN 'parent: ' || coalesce(older_parent, 'none') || ' -> ' || coalesce(newer_parent, 'none')
        END,
        CASE WHEN older_level <> newer_level THEN 'level: ' || older_level || ' -> ' || newer_level END,
        CASE WHEN change = 'changed' AND has_other_ids THEN 'ontology ids' END
    ), '') AS detail,
    list_distinct(list_filter(
        added_synonyms || removed_synonyms
        || CASE WHEN older_label IS DISTINCT FROM newer_label THEN [older_label, newer_label, replace(code, '_', ' ')] ELSE [] END,
        lambda word: word IS NOT NULL
    )) AS changed_words
FROM pairs
WHERE change <> 'changed'
    OR len(added_synonyms) > 0
    OR len(removed_synonyms) > 0
    OR older_label IS DISTINCT FROM newer_label
    OR older_parent IS DISTINCT FROM newer_parent
    OR older_level IS DISTINCT FROM newer_level
    OR has_other_ids
ORDER BY vocabulary, code;
