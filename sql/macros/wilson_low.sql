-- Title:  Lower limit of the 95% Wilson score interval of a proportion
-- Gives:  NULL where n is 0
-- Source: Wilson EB, J Am Stat Assoc 1927;22:209-12; z = 1.959964
CREATE OR REPLACE MACRO wilson_low(k, n) AS
    CASE WHEN n > 0 THEN greatest(0.0,
        (k / n + 1.9207295 / n - 1.959964 * sqrt(k / n * (1 - k / n) / n + 0.9603647 / n / n)) / (1 + 3.841459 / n))
    END;
