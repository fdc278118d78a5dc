-- Title:  What each source record contributed to which case
-- Grain:  one row per accepted source record
-- Reads:  staging.contributions
-- Note:   wide as it was typed and coded; contribution_rank 1 speaks first in the golden record
CREATE OR REPLACE VIEW registry.case_contributions AS
SELECT * EXCLUDE (record_no, tier_rank, problems, is_correction, has_origin)
FROM staging.contributions;
