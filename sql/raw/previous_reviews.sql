-- Title:  Reviews that this registry goes on from
-- Grain:  one row per review; filled by flows/load from data/curation/previous_review.csv or the file of the settings
CREATE TABLE raw.previous_reviews (
    review_label VARCHAR,
    n_studies BIGINT,
    n_reports BIGINT,
    review_source VARCHAR
);
