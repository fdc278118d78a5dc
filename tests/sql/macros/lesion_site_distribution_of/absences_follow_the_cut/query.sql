SELECT code, n_cases, n_reported, n_absent, n_total FROM lesion_site_distribution_of(0.5, false) WHERE stratum_by = 'overall' AND level = 'region' AND row_kind = 'value'
