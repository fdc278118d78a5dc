-- Title:  Notices on published papers, as they came
-- Grain:  one row per notice; filled by flows/load from a file in Retraction Watch's columns
CREATE TABLE raw.retractions (
    notice_id VARCHAR,
    doi VARCHAR,
    pmid VARCHAR,
    notice_date VARCHAR,
    notice_nature VARCHAR,
    notice_reason VARCHAR
);
