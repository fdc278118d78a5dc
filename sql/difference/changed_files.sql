-- Title:  What the two versions were derived with and differs
-- Grain:  one row per part (vocabularies, rules, queries, program), and per file of it where both versions know their files
-- Reads:  staging.fingerprints of both versions; difference.program_files
-- Note:   program_file IS NULL where only the part as a whole is known to differ
CREATE OR REPLACE TABLE difference.changed_files AS
WITH parts AS (
    SELECT DISTINCT coalesce(newer_parts.part, older_parts.part) AS part
    FROM newer.staging.fingerprints AS newer_parts
    FULL JOIN older.staging.fingerprints AS older_parts ON older_parts.part = newer_parts.part
    WHERE newer_parts.sha256 IS DISTINCT FROM older_parts.sha256
        AND coalesce(newer_parts.part, older_parts.part) <> 'inputs'
),

files AS (
    SELECT
        coalesce(newer_files.part, older_files.part) AS part,
        coalesce(newer_files.program_file, older_files.program_file) AS program_file,
        CASE WHEN older_files.part IS NULL THEN 'added' WHEN newer_files.part IS NULL THEN 'removed' ELSE 'changed' END AS change
    FROM (FROM difference.program_files WHERE held_by = 'newer') AS newer_files
    FULL JOIN (FROM difference.program_files WHERE held_by = 'older') AS older_files
        ON older_files.part = newer_files.part AND older_files.program_file = newer_files.program_file
    WHERE newer_files.sha256 IS DISTINCT FROM older_files.sha256
        AND (SELECT count(DISTINCT held_by) FROM difference.program_files) = 2
)

SELECT parts.part, files.program_file, coalesce(files.change, 'changed') AS change
FROM parts
LEFT JOIN files ON files.part = parts.part
ORDER BY list_position(['vocabularies', 'rules', 'queries', 'program'], parts.part), files.program_file;
