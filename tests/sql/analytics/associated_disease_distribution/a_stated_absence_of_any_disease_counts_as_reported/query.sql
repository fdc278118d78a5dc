SELECT * FROM analytics.associated_disease_distribution WHERE stratum_by = 'overall' AND level = 'group'
