SELECT column_code, n_cases, row_n_cases FROM crosstab('variant', 'sex', min_completeness := 0.5, include_retracted := true)
