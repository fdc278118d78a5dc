-- Title:  What says that an item of the work-up was looked at
-- Grain:  one row per item, kind of evidence and code; filled by flows/load from data/rules/work_up_items.csv
-- Note:   code counts with every term below it. evidence_kind is interpretation (a column of registry.cases), laboratory_test,
--         disease or autoantibody; present_means and absent_means are given for diseases
CREATE OR REPLACE TABLE staging.work_up_rules (
    work_up_item VARCHAR,
    item_label VARCHAR,
    item_order INTEGER,
    evidence_kind VARCHAR,
    code VARCHAR,
    present_means VARCHAR,
    absent_means VARCHAR
);
