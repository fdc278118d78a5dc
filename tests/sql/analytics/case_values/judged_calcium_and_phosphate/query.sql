SELECT * FROM analytics.case_values WHERE field IN ('serum_calcium_judged', 'serum_phosphate_judged')
