-- Title:  What anatomy says of lesion sites
-- Grain:  one row per site that it says something of, from data/rules/site_properties.csv
-- Note:   sex and is_skin hold for the sites below as well, the other columns for the site alone; is_single_digit: one of its
--         kind on each side of the body
CREATE OR REPLACE TABLE staging.site_properties (
    site_code VARCHAR,
    limited_to_sex VARCHAR,
    excluded_lateralities VARCHAR[],
    is_single_digit BOOLEAN,
    is_skin BOOLEAN
);
