-- Title:  Version of the schema of this file
-- Grain:  one row; flows/load/migration.py carries raw, history and ops of an older version over
CREATE TABLE ops.schema_version (schema_version INTEGER);
