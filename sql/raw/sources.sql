-- Title:  Sources of the registry
-- Grain:  one row per source_key
-- Note:   tier and priority order the contributions to a case; scope says what an empty cell means (full: not reported;
--         partial: not assessed, because the abstractor saw only a part of the report)
CREATE TABLE raw.sources (
    source_key VARCHAR,
    source_label VARCHAR,
    tier VARCHAR,
    tier_rank INTEGER,
    priority INTEGER,
    scope VARCHAR,
    licence VARCHAR,
    citation VARCHAR,
    obtained_date VARCHAR
);
