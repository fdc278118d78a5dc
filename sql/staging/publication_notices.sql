-- Title:  What became of a publication after it was published
-- Grain:  one row per publication that has a retraction, an expression of concern or a correction in force
-- Reads:  raw.retractions, registry.publication_identifiers
-- Note:   a paper is met by its DOI, else by its PubMed id, under any identifier of the publication. A retraction outweighs an
--         expression of concern, which outweighs a correction; a reinstatement ends the first two where they came before it.
--         Date and reason are those of the last notice of the kind that counts. A PubMed id is looked at only where the DOI of
--         the notice is no paper of the registry, so that a wrong one condemns no other paper.
CREATE OR REPLACE TABLE staging.publication_notices AS
WITH notices AS (
    SELECT
        notice_id,
        first_doi(doi) AS doi,
        nullif(ltrim(regexp_extract(pmid, '\d+'), '0'), '') AS pmid,
        coalesce(
            try_strptime(trim(notice_date), ['%Y-%m-%d', '%m/%d/%Y %H:%M', '%m/%d/%Y']),
            try_strptime(left(trim(notice_date), 10), '%Y-%m-%d')
        )::DATE AS notice_date,
        CASE
            WHEN notice_nature ILIKE '%reinstate%' THEN 'reinstated'
            WHEN notice_nature ILIKE '%concern%' THEN 'expression_of_concern'
            WHEN notice_nature ILIKE '%retract%' OR notice_nature ILIKE '%withdraw%' THEN 'retracted'
            WHEN notice_nature ILIKE '%correct%' OR notice_nature ILIKE '%errat%' THEN 'corrected'
        END AS source_state,
        nullif(array_to_string(list_filter(
            list_transform(string_split(notice_reason, ';'), lambda part: trim(part, ' +')), lambda part: part <> ''
        ), '; '), '') AS source_state_reason
    FROM raw.retractions
),

met AS (
    SELECT identifiers.publication_id, notices.*
    FROM notices
    INNER JOIN registry.publication_identifiers AS identifiers
        ON identifiers.identifier_kind = 'doi' AND identifiers.identifier = notices.doi
    UNION
    SELECT identifiers.publication_id, notices.*
    FROM notices
    ANTI JOIN registry.publication_identifiers AS by_doi
        ON by_doi.identifier_kind = 'doi' AND by_doi.identifier = notices.doi
    INNER JOIN registry.publication_identifiers AS identifiers
        ON identifiers.identifier_kind = 'pmid' AND identifiers.identifier = notices.pmid
),

reinstated AS (
    SELECT publication_id, max(coalesce(notice_date, DATE '0001-01-01')) AS reinstated_date
    FROM met
    WHERE source_state = 'reinstated'
    GROUP BY publication_id
)

SELECT met.publication_id, met.source_state, met.notice_date AS source_state_date, met.source_state_reason
FROM met
LEFT JOIN reinstated ON reinstated.publication_id = met.publication_id
WHERE met.source_state = 'corrected'
    OR (
        met.source_state IN ('retracted', 'expression_of_concern')
        AND (
            reinstated.publication_id IS NULL
            OR coalesce(met.notice_date, DATE '0001-01-01') > reinstated.reinstated_date
        )
    )
QUALIFY row_number() OVER (
    PARTITION BY met.publication_id
    ORDER BY
        list_position(['retracted', 'expression_of_concern', 'corrected'], met.source_state),
        met.notice_date DESC NULLS LAST,
        met.source_state_reason,
        met.notice_id
) = 1;
