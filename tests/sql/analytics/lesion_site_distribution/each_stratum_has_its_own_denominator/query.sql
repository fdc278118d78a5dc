SELECT * FROM analytics.lesion_site_distribution WHERE level = 'region' AND row_kind = 'value'
