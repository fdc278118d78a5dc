-- Title:  Cases that differ because a source does
-- Grain:  one row per case with a record that was added, changed or removed at its source
-- Reads:  difference.case_records
CREATE OR REPLACE TABLE difference.case_sources AS
SELECT
    case_id,
    coalesce(
        string_agg(DISTINCT origin, ', ' ORDER BY origin) FILTER (held_by = 'newer'),
        string_agg(DISTINCT origin, ', ' ORDER BY origin)
    ) AS cause
FROM difference.case_records
WHERE is_source_change
GROUP BY case_id;
