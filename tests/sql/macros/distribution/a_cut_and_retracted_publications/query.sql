SELECT code, n_cases, n_total FROM distribution('sex', min_completeness := 0.5) WHERE code IN ('female', 'male')
