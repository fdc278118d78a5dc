-- Title:  Distributions of the registry that was published before this run
-- Grain:  one row per distribution, level, kind of row and code, of all cases together; empty in a first run
CREATE TABLE staging.previous_distributions (
    distribution VARCHAR,
    level VARCHAR,
    row_kind VARCHAR,
    code VARCHAR,
    n_cases BIGINT,
    n_reported BIGINT,
    n_total BIGINT,
    share DOUBLE
);
