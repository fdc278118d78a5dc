SELECT * FROM history.case_log WHERE run_from = 'r2'
