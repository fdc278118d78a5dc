SELECT * FROM analytics.associated_disease_distribution WHERE stratum_by = 'overall' AND row_kind IN ('value', 'unmapped')
