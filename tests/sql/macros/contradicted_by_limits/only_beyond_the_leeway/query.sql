SELECT what, contradicted_by_limits(age_sex_limits(test, unit, age_low, age_high, age_ends, sex), word, low, high) AS contradicted
FROM (VALUES
    ('normal within the leeway', 'normal', 'calcium', 10.9, 10.9, 'mg/dL', 40, 40, '[]', 'male'),
    ('normal beyond it', 'normal', 'calcium', 11.1, 11.1, 'mg/dL', 40, 40, '[]', 'male'),
    ('normal below it', 'normal', 'calcium', 8, 8, 'mg/dL', 40, 40, '[]', 'male'),
    ('normal for an infant', 'normal', 'calcium', 11.1, 11.1, 'mg/dL', 0.5, 0.5, '[]', 'male'),
    ('normal at an unknown age', 'normal', 'calcium', 11.1, 11.1, 'mg/dL', NULL, NULL, NULL, NULL),
    ('high a little below the limit', 'high', 'calcium', 9.2, 9.2, 'mg/dL', 40, 40, '[]', 'male'),
    ('high far below it', 'high', 'calcium', 8.9, 8.9, 'mg/dL', 40, 40, '[]', 'male'),
    ('low a little above the limit', 'low', 'calcium', 9.8, 9.8, 'mg/dL', 40, 40, '[]', 'male'),
    ('low far above it', 'low', 'calcium', 10, 10, 'mg/dL', 40, 40, '[]', 'male'),
    ('high without an upper limit', 'high', 'gfr', 20, 20, 'mL/min', 40, 40, '[]', 'male'),
    ('no direction', 'abnormal', 'calcium', 9.5, 9.5, 'mg/dL', 40, 40, '[]', 'male'),
    ('no range', 'high', 'sodium', 100, 100, 'mmol/L', 40, 40, '[]', 'male')
) AS words_said (what, word, test, low, high, unit, age_low, age_high, age_ends, sex)
