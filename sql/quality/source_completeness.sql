-- Title:  How often each source tells a field
-- Grain:  one row per source and field of its accepted records
-- Reads:  staging.contributions, staging.completeness_limits
-- Note:   share = n_reported / n_records, and a field that is stated to be absent is reported. is_low: share below what
--         data/rules/completeness_limits.csv asks for, in a source of enough records
CREATE OR REPLACE TABLE quality.source_completeness AS
WITH counted AS (
    SELECT
        source_key,
        count(*) AS n_records,
        [
            {'field': 'age', 'n': count(*) FILTER (age_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (age_state = 'not_assessed')},
            {'field': 'sex', 'n': count(*) FILTER (sex_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (sex_state = 'not_assessed')},
            {'field': 'variant_stated', 'n': count(*) FILTER (variant_stated_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (variant_stated_state = 'not_assessed')},
            {'field': 'variant_subtype', 'n': count(*) FILTER (variant_subtype_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (variant_subtype_state = 'not_assessed')},
            {'field': 'lesion_sites', 'n': count(*) FILTER (lesion_sites_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (lesion_sites_state = 'not_assessed')},
            {'field': 'associated_diseases', 'n': count(*) FILTER (associated_diseases_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (associated_diseases_state = 'not_assessed')},
            {'field': 'comorbidities', 'n': count(*) FILTER (comorbidities_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (comorbidities_state = 'not_assessed')},
            {'field': 'disease_duration', 'n': count(*) FILTER (disease_duration_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (disease_duration_state = 'not_assessed')},
            {'field': 'serum_calcium', 'n': count(*) FILTER (serum_calcium_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (serum_calcium_state = 'not_assessed')},
            {'field': 'serum_phosphate', 'n': count(*) FILTER (serum_phosphate_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (serum_phosphate_state = 'not_assessed')},
            {'field': 'largest_size', 'n': count(*) FILTER (largest_size_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (largest_size_state = 'not_assessed')},
            {'field': 'histology', 'n': count(*) FILTER (histology_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (histology_state = 'not_assessed')},
            {'field': 'imaging', 'n': count(*) FILTER (imaging_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (imaging_state = 'not_assessed')},
            {'field': 'treatments', 'n': count(*) FILTER (treatments_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (treatments_state = 'not_assessed')},
            {'field': 'outcome', 'n': count(*) FILTER (outcome_state IN ('present', 'absent')), 'n_not_assessed': count(*) FILTER (outcome_state = 'not_assessed')}
        ] AS fields
    FROM staging.contributions
    GROUP BY source_key
),

listed AS (
    SELECT source_key, n_records, unnest(fields, recursive := true)
    FROM counted
)

SELECT
    listed.source_key,
    listed.field,
    listed.n_records,
    listed.n AS n_reported,
    listed.n_records - listed.n - listed.n_not_assessed AS n_not_reported,
    listed.n_not_assessed,
    listed.n / listed.n_records AS share,
    limits.minimum_share,
    coalesce(listed.n / listed.n_records < limits.minimum_share AND listed.n_records >= limits.minimum_records, false) AS is_low
FROM listed
LEFT JOIN staging.completeness_limits AS limits ON limits.field = listed.field
ORDER BY listed.source_key, listed.field;
