-- Title:  What changed beside the inputs, and the files to be named for it
-- Grain:  one row per part that differs
-- Reads:  difference.changed_files
CREATE OR REPLACE TABLE difference.derivation AS
SELECT
    part,
    array_to_string(list(program_file ORDER BY program_file) FILTER (program_file IS NOT NULL)[:5], ', ')
        || CASE WHEN count(program_file) > 5 THEN ' and ' || (count(program_file) - 5) || ' more' ELSE '' END AS files
FROM difference.changed_files
GROUP BY part;
