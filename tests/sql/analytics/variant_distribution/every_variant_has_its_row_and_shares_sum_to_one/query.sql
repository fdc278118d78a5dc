SELECT * FROM analytics.variant_distribution WHERE stratum_by = 'overall'
