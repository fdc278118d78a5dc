-- Title:  Row rules of the expectation suites
-- Grain:  one row per rule; filled by flows/validate from expectations/
CREATE TABLE staging.rules (
    rule VARCHAR,
    suite VARCHAR,
    severity VARCHAR,
    action VARCHAR,
    sentence VARCHAR
);
