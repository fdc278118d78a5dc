-- Title:  Distribution of associated disease and disease group above a cut of completeness
-- Grain:  one row per stratum_by (overall, sex, age_group, decade), stratum, level and code
-- Reads:  hierarchical_distribution
-- Counts: as in analytics.associated_disease_distribution, which is this macro at (0, false)
-- Use:    FROM associated_disease_distribution_of(0.5, false) WHERE stratum_by = 'overall'
-- Note:   a case has many diseases, so shares of a level sum to more than 1; a disease counts in every disease above it too
CREATE OR REPLACE MACRO associated_disease_distribution_of(min_completeness := 0, include_retracted := false) AS TABLE
FROM hierarchical_distribution(
    associated_disease_codes, associated_diseases_state, 'associated_disease', 'disease', ['group', 'disease'],
    min_completeness := min_completeness,
    include_retracted := include_retracted
);
