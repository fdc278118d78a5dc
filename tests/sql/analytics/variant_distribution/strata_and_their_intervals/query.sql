SELECT * FROM analytics.variant_distribution WHERE level = 'variant' AND row_kind = 'value'
