-- Title:  What every check found in this registry
-- Grain:  one row per rule; filled by flows/validate from what Great Expectations found
-- Note:   holds = share <= threshold, or what the expectation says where it counts no rows (n_unexpected IS NULL). A check that
--         could not be judged does not hold. What a row rule found record by record stands in quality.findings
CREATE TABLE quality.checks (
    rule VARCHAR,
    checked_table VARCHAR,
    category VARCHAR,
    severity VARCHAR,
    action VARCHAR,
    n_unexpected BIGINT,
    n_evaluated BIGINT,
    share DOUBLE,
    threshold DOUBLE,
    holds BOOLEAN,
    numerator VARCHAR,
    denominator VARCHAR,
    sentence VARCHAR,
    advice VARCHAR,
    note VARCHAR
);
