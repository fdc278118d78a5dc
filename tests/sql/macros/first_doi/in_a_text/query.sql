SELECT
    first_doi('https://doi.org/10.1000/ABC(1).') AS one,
    first_doi('see 10.1016/S0140-6736(05)71146-6, p. 3') AS two,
    first_doi('10.10/too-short') AS three,
    first_doi(NULL) AS four,
    first_doi('10.1000/a?x=1#top') AS five,
    first_doi('(doi:10.1000/a).') AS six
