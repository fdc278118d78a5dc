SELECT words, no_formula(words) AS safe
FROM (VALUES ('=1+1'), ('+cmd'), ('-2+3'), ('@SUM(A1)'), (chr(9) || 'x'), (chr(13) || 'x'), ('-5'), ('-0.5'), ('+5'), ('- none'), ('a=b'), ('')) AS words (words)
