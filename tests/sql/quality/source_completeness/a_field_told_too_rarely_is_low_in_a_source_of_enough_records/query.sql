SELECT * FROM quality.source_completeness WHERE field IN ('sex', 'age')
