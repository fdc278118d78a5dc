-- Title:  Files that the versions were derived with
-- Grain:  one row per version, part and file; empty for a version that kept no hashes of files; filled by flows/difference
CREATE OR REPLACE TABLE difference.program_files (
    held_by VARCHAR,
    part VARCHAR,
    program_file VARCHAR,
    sha256 VARCHAR
);
