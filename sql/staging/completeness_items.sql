-- Title:  What a case report is asked for
-- Grain:  one row per item; filled by flows/load from data/rules/completeness_items.csv
-- Note:   an item is reported where one of case_fields is: each names a column <field>_state of registry.cases
CREATE OR REPLACE TABLE staging.completeness_items (
    completeness_item VARCHAR,
    item_label VARCHAR,
    case_fields VARCHAR[],
    weight DOUBLE,
    care_item VARCHAR
);
