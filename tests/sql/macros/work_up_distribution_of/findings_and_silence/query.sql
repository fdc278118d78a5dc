SELECT code, n_cases, n_reported, n_not_reported, n_not_assessed, n_total, share FROM work_up_distribution_of(0, false)
