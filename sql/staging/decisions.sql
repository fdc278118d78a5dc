-- Title:  Decisions of curators as their files say them
-- Grain:  one row per decision; filled by flows/curation from data/curation/decisions.csv and the file of the installation
-- Note:   case_id may be a name that the case had before, which is why it stands here as given_case_id. is_superseded: a
--         later file decides the same field of the same case
CREATE TABLE staging.decisions (
    decision_no BIGINT,
    file_name VARCHAR,
    line_number BIGINT,
    given_case_id VARCHAR,
    field VARCHAR,
    value VARCHAR,
    expects VARCHAR,
    curator VARCHAR,
    decided_on VARCHAR,
    why VARCHAR,
    is_superseded BOOLEAN
);
