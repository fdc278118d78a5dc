-- Title:  Columns of registry.cases that two versions are compared by
-- Grain:  one row per column of either version; held_by is both, older or newer
-- Reads:  registry.cases of both versions
-- Note:   is_value is false for the words of fields whose coded items are compared, for the codes that repeat these items,
--         and for the hash of the contributions: that the same is said in other words changes no value
CREATE OR REPLACE TABLE difference.columns AS
SELECT
    coalesce(older_columns.column_name, newer_columns.column_name) AS field,
    CASE WHEN older_columns.column_name IS NULL THEN 'newer' WHEN newer_columns.column_name IS NULL THEN 'older' ELSE 'both' END AS held_by,
    coalesce(older_columns.column_name, newer_columns.column_name) NOT IN (
        'lesion_sites', 'lesion_site_codes', 'associated_diseases', 'associated_disease_codes', 'comorbidities', 'other_labs',
        'autoantibodies', 'morphology', 'imaging', 'treatments', 'contributions_sha256'
    ) AS is_value
FROM (DESCRIBE older.registry.cases) AS older_columns
FULL JOIN (DESCRIBE newer.registry.cases) AS newer_columns ON newer_columns.column_name = older_columns.column_name
WHERE coalesce(older_columns.column_name, newer_columns.column_name) <> 'case_id';

SET VARIABLE compared_columns = (SELECT list(field ORDER BY field) FROM difference.columns WHERE held_by = 'both');

SET VARIABLE value_columns = (SELECT list(field ORDER BY field) FROM difference.columns WHERE held_by = 'both' AND is_value);
