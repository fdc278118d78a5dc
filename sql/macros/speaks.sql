-- Title:  Whether a contribution gives the golden record its value of a field
-- Gives:  true where it says something (present or absent); a curator (tier_rank 0) also says that a field is not reported
CREATE OR REPLACE MACRO speaks(state, tier_rank) AS
    state IN ('present', 'absent') OR (tier_rank = 0 AND state = 'not_reported');
