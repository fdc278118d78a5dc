SELECT * FROM analytics.case_values WHERE field IN ('sex', 'decade', 'country', 'lesion_site', 'associated_disease')
