SELECT 'all' AS which, code, n_cases, n_total FROM variant_distribution_of() WHERE stratum_by = 'overall' AND level = 'variant' AND row_kind = 'value'
UNION ALL
SELECT 'cut' AS which, code, n_cases, n_total FROM variant_distribution_of(0.5, false) WHERE stratum_by = 'overall' AND level = 'variant' AND row_kind = 'value'
UNION ALL
SELECT 'cut and retracted' AS which, code, n_cases, n_total FROM variant_distribution_of(0.5, true) WHERE stratum_by = 'overall' AND level = 'variant' AND row_kind = 'value'
