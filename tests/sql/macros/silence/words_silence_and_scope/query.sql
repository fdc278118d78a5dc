SELECT
    silence(['sex'], 'sex', 'words') AS words,
    silence(['sex'], 'sex', NULL) AS covered,
    silence(['sex'], 'sex', '  ') AS blank,
    silence(['sex'], 'outcome', NULL) AS not_covered,
    silence([]::VARCHAR[], 'sex', NULL) AS partial
