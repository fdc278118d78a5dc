SELECT * FROM analytics.lesion_site_distribution WHERE stratum_by = 'overall' AND level = 'region'
