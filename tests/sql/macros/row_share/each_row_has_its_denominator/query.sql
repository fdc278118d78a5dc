SELECT
    row_share('value', 1, 4, 10) AS a_value,
    row_share('none', 1, 4, 10) AS no_disease,
    row_share('unmapped', 1, 4, 10) AS unmapped,
    row_share('not_reported', 6, 4, 10) AS not_reported,
    row_share('not_assessed', 3, 4, 10) AS not_assessed,
    row_share('value', 0, 0, 10) AS no_denominator
