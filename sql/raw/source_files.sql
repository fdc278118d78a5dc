-- Title:  Files that the sources were read from
-- Grain:  one row per source_key and file
-- Note:   a file that could not be read keeps its row with reason, detail and advice; nothing of it is in raw.records
CREATE TABLE raw.source_files (
    source_key VARCHAR,
    file_sha256 VARCHAR,
    path VARCHAR,
    file_name VARCHAR,
    format VARCHAR,
    encoding VARCHAR,
    compression VARCHAR,
    n_bytes BIGINT,
    n_records BIGINT,
    mapping_sha256 VARCHAR,
    file_state VARCHAR,
    reason VARCHAR,
    detail VARCHAR,
    advice VARCHAR
);
