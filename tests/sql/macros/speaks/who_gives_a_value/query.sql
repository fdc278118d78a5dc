SELECT state, tier_rank, speaks(state, tier_rank) AS said
FROM (VALUES ('present', 1), ('absent', 3), ('not_reported', 1), ('not_assessed', 1), ('present', 0), ('not_reported', 0), ('not_assessed', 0)) AS cases (state, tier_rank)
