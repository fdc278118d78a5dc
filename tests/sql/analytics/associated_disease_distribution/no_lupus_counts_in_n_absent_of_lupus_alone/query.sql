SELECT * FROM analytics.associated_disease_distribution WHERE stratum_by IN ('overall', 'sex') AND row_kind = 'value'
