SELECT kind, has_interval(kind) AS answer FROM (VALUES ('value'), ('none'), ('unmapped'), ('not_reported'), ('not_assessed')) AS kinds (kind)
