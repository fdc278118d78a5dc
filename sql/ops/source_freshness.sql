-- Title:  How fresh each source is
-- Grain:  one row per source and file; a file whose new content cannot be read has one more, for the content that is kept
-- Reads:  raw.source_files, staging.run_files
-- Note:   is_stale: the file was not there any more when the run looked; its records are kept until the source is removed
CREATE OR REPLACE VIEW ops.source_freshness AS
SELECT
    files.source_key,
    files.file_name,
    files.path,
    files.file_state,
    files.n_records,
    coalesce(run_files.is_stale, false) AS is_stale
FROM raw.source_files AS files
LEFT JOIN staging.run_files AS run_files
    ON run_files.source_key = files.source_key
    AND run_files.path = files.path
    AND (run_files.file_state = 'failed') = (files.file_state = 'failed');
