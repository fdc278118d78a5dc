SELECT kind, row_label(kind) IS NOT NULL AS has_words
FROM (VALUES ('value'), ('none'), ('unmapped'), ('not_reported'), ('not_assessed')) AS kinds (kind)
