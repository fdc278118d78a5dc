-- Title:  What each source record is called, and what it says
-- Grain:  one row per row of staging.records; record_no is its rowid within this build
-- Reads:  staging.records
-- Note:   the address of a report often carries its DOI, PMID or PMCID. record_key names the record across runs by the
--         source's own id, else by the publication and patient index, else by its content; record_sha256 is its content.
--         citation stands only where no identifier does, address only where neither does.
--         A row that corrects a quarantined record stands for that record, so it takes its source and key over.
CREATE OR REPLACE TABLE staging.record_keys AS
WITH cleaned AS (
    SELECT
        record_no,
        source_key,
        file_sha256,
        sheet,
        line_number,
        record_id,
        first_doi(doi) AS own_doi,
        CASE WHEN contains(url, '10.')
            THEN first_doi(regexp_replace(url, '(/(full|abstract|pdf|epdf|fulltext|meta|summary|html))+/?$|\.(pdf|html?|xml)$', ''))
        END AS url_doi,
        nullif(regexp_extract(pmid, '^\s*(?:PMID:?\s*)?0*([1-9]\d{0,8})(?:\.0)?\s*$', 1, 'i'), '') AS own_pmid,
        nullif(regexp_extract(url, '(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed|europepmc\.org/(?:abstract|article)/med)/(\d{1,9})\b', 1, 'i'), '') AS url_pmid,
        upper(nullif(regexp_extract(pmcid, '^\s*(PMC)?\s*(\d{3,9})\s*$', 2, 'i'), '')) AS own_pmcid,
        nullif(regexp_extract(url, '/PMC(\d{3,9})\b', 1, 'i'), '') AS url_pmcid,
        title,
        first_author,
        year,
        url,
        patient_index,
        corrects_record_key,
        corrects_record_sha256,
        sha256(concat_ws(chr(31),
            coalesce(record_id, ''), coalesce(doi, ''), coalesce(pmid, ''), coalesce(pmcid, ''), coalesce(url, ''),
            coalesce(title, ''), coalesce(first_author, ''), coalesce(journal, ''), coalesce(year, ''),
            coalesce(country, ''), coalesce(patient_index, ''), coalesce(age_years, ''), coalesce(sex, ''),
            coalesce(variant_stated, ''), coalesce(variant_judged, ''), coalesce(variant_subtype, ''),
            coalesce(lesion_sites, ''), coalesce(associated_diseases, ''), coalesce(comorbidities, ''),
            coalesce(disease_duration_years, ''), coalesce(serum_calcium, ''), coalesce(serum_calcium_value, ''),
            coalesce(serum_phosphate, ''), coalesce(serum_phosphate_value, ''), coalesce(other_labs, ''),
            coalesce(autoantibodies, ''), coalesce(morphology, ''), coalesce(largest_size_mm, ''),
            coalesce(histology, ''), coalesce(imaging, ''), coalesce(treatments, ''), coalesce(outcome, ''),
            coalesce(notes, ''), coalesce(extra, '')
        )) AS record_sha256
    FROM staging.records
),

identified AS (
    SELECT
        * EXCLUDE (own_doi, url_doi, own_pmid, url_pmid, own_pmcid, url_pmcid),
        coalesce(own_doi, url_doi) AS doi,
        coalesce(own_pmid, url_pmid) AS pmid,
        'PMC' || coalesce(own_pmcid, url_pmcid) AS pmcid
    FROM cleaned
),

cited AS (
    SELECT
        * EXCLUDE (title, first_author, year),
        CASE WHEN coalesce(doi, pmid, pmcid) IS NULL
            THEN nullif(letters(title), '')
                || '/' || nullif(letters(regexp_extract(first_author, '^[^,]*')), '')
                || '/' || nullif(regexp_extract(year, '\d{4}'), '')
        END AS citation
    FROM identified
),

addressed AS (
    SELECT
        * EXCLUDE (url),
        CASE WHEN coalesce(doi, pmid, pmcid, citation) IS NULL
            THEN nullif(regexp_replace(lower(trim(url)), '^(https?://)?(www\.)?|#.*$|/+$', '', 'g'), '')
        END AS address
    FROM cited
),

named AS (
    SELECT
        *,
        coalesce(
            'id:' || record_id,
            coalesce('doi:' || doi, 'pmid:' || pmid, 'pmcid:' || pmcid, 'citation:' || citation, 'url:' || address)
                || '#' || coalesce(trim(patient_index), '1'),
            'content:' || record_sha256
        ) AS own_name
    FROM addressed
)

SELECT
    * EXCLUDE (own_name),
    coalesce(corrects_record_key, 'rec_' || left(md5(source_key || '/' || own_name), 16)) AS record_key
FROM named;
