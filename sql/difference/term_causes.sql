-- Title:  Changed terms that changed a field of a case
-- Grain:  one row per case, field and term
-- Reads:  staging.records, raw.documents of both versions; difference.item_changes, difference.field_changes, difference.fields,
--         difference.changed_terms, difference.case_records, difference.case_sources
-- Note:   a term is a cause where its code is one that the field gained or lost, and a word of the case's sources is one that the
--         term gained or lost. Where no such word stands there as it is written in the vocabulary (a plural, say), the code
--         decides, unless a source of the case changed too: then the word must stand in both versions of it.
CREATE OR REPLACE TABLE difference.term_causes AS
WITH codes AS (
    SELECT DISTINCT case_id, field, vocabulary, code
    FROM difference.item_changes
    WHERE code IS NOT NULL
    UNION
    SELECT changes.case_id, changes.field, fields.vocabulary, unnest([changes.older_value, changes.newer_value]) AS code
    FROM difference.field_changes AS changes
    INNER JOIN difference.fields AS fields ON fields.field = changes.field
),

candidates AS (
    SELECT codes.case_id, codes.field, codes.vocabulary, codes.code, terms.changed_words, terms.detail, terms.change
    FROM codes
    INNER JOIN difference.changed_terms AS terms ON terms.vocabulary = codes.vocabulary AND terms.code = codes.code
    WHERE len(terms.changed_words) > 0
),

texts AS (
    SELECT held.held_by, held.case_id, string_agg(difference.plain_words(coalesce(documents.text, records::VARCHAR)), '') AS words
    FROM difference.case_records AS held
    INNER JOIN older.staging.records AS records ON records.record_no = held.record_no
    LEFT JOIN older.raw.documents AS documents ON documents.document_no = records.document_no
    WHERE held.held_by = 'older' AND held.case_id IN (SELECT case_id FROM candidates)
    GROUP BY held.held_by, held.case_id
    UNION ALL
    SELECT held.held_by, held.case_id, string_agg(difference.plain_words(coalesce(documents.text, records::VARCHAR)), '') AS words
    FROM difference.case_records AS held
    INNER JOIN newer.staging.records AS records ON records.record_no = held.record_no
    LEFT JOIN newer.raw.documents AS documents ON documents.document_no = records.document_no
    WHERE held.held_by = 'newer' AND held.case_id IN (SELECT case_id FROM candidates)
    GROUP BY held.held_by, held.case_id
),

judged AS (
    SELECT
        candidates.case_id,
        candidates.field,
        candidates.vocabulary || '.csv: ' || candidates.code
            || coalesce(' (' || coalesce(candidates.detail, candidates.change) || ')', '') AS cause,
        count(texts.words) FILTER (
            len(list_filter(
                candidates.changed_words, lambda word: contains(texts.words, difference.plain_words(word))
            )) > 0
        ) AS n_versions_with_a_word
    FROM candidates
    LEFT JOIN texts ON texts.case_id = candidates.case_id
    GROUP BY ALL
),

weighed AS (
    SELECT
        judged.*,
        sources.case_id IS NOT NULL AS has_source_change,
        max(judged.n_versions_with_a_word) OVER (PARTITION BY judged.case_id, judged.field) AS most_versions
    FROM judged
    LEFT JOIN difference.case_sources AS sources ON sources.case_id = judged.case_id
)

SELECT case_id, field, cause
FROM weighed
WHERE CASE
    WHEN has_source_change THEN n_versions_with_a_word = 2
    WHEN most_versions > 0 THEN n_versions_with_a_word > 0
    ELSE true
END;
