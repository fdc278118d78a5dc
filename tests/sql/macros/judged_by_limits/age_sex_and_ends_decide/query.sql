SELECT what, judged_by_limits(age_sex_limits(test, unit, age_low, age_high, age_ends, sex), low, high, bounds) AS judged
FROM (VALUES
    ('above', 'calcium', 10.5, 10.5, '[]', 'mg/dL', 40, 40, '[]', 'male'),
    ('on the upper limit', 'calcium', 10, 10, '[]', 'mg/dL', 40, 40, '[]', 'male'),
    ('more than the upper limit', 'calcium', 10, NULL, '()', 'mg/dL', 40, 40, '[]', 'male'),
    ('at least the upper limit', 'calcium', 10, NULL, '[)', 'mg/dL', 40, 40, '[]', 'male'),
    ('less than the lower limit', 'calcium', NULL, 9, '()', 'mg/dL', 40, 40, '[]', 'male'),
    ('below', 'calcium', 8.5, 8.5, '[]', 'mg/dL', 40, 40, '[]', 'male'),
    ('low for a child and normal for an infant', 'calcium', 8.5, 8.5, '[]', 'mg/dL', 0.5, 0.5, '[]', 'male'),
    ('the first birthday', 'calcium', 8.5, 8.5, '[]', 'mg/dL', 1, 1, '[]', 'male'),
    ('an age on both sides of a band', 'calcium', 8.5, 8.5, '[]', 'mg/dL', 0.5, 2, '[]', 'male'),
    ('an age that ends where a band starts', 'calcium', 8.5, 8.5, '[]', 'mg/dL', 0.5, 1, '[)', 'male'),
    ('age unknown and bands that agree', 'calcium', 12, 12, '[]', 'mg/dL', NULL, NULL, NULL, NULL),
    ('age unknown and bands that do not', 'calcium', 10.5, 10.5, '[]', 'mg/dL', NULL, NULL, NULL, NULL),
    ('a range of values across a limit', 'calcium', 9.5, 10.5, '[]', 'mg/dL', 40, 40, '[]', 'male'),
    ('a range of values within', 'calcium', 9.2, 9.8, '[]', 'mg/dL', 40, 40, '[]', 'male'),
    ('by sex', 'creatinine', 1.2, 1.2, '[]', 'mg/dL', 40, 40, '[]', 'female'),
    ('by the other sex', 'creatinine', 1.2, 1.2, '[]', 'mg/dL', 40, 40, '[]', 'male'),
    ('sex unknown', 'creatinine', 1.2, 1.2, '[]', 'mg/dL', 40, 40, '[]', NULL),
    ('younger than any range', 'creatinine', 1.2, 1.2, '[]', 'mg/dL', 10, 10, '[]', 'male'),
    ('without an upper limit', 'gfr', 200, 200, '[]', 'mL/min', 40, 40, '[]', 'male'),
    ('without a unit', 'calcium', 12, 12, '[]', NULL, 40, 40, '[]', 'male'),
    ('without a range', 'sodium', 140, 140, '[]', 'mmol/L', 40, 40, '[]', 'male')
) AS values_said (what, test, low, high, bounds, unit, age_low, age_high, age_ends, sex)
