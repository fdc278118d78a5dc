-- Title:  Lower limit of the 95% Wilson score interval of a proportion
-- Gives:  NULL where n is 0
-- Source: Wilson EB, J Am Stat Assoc 1927;22:209-12; the constants are z^2 / 2, z, z^2 / 4 and z^2
CREATE OR REPLACE MACRO wilson_low(k, n) AS
    CASE
        WHEN n > 0 AND k = 0 THEN 0.0
        WHEN n > 0 THEN
            (
                k / n + 1.920729410347062::DOUBLE / n
                - 1.959963984540054::DOUBLE * sqrt(k / n * (1 - k / n) / n + 0.960364705173531::DOUBLE / n / n)
            ) / (1 + 3.841458820694124::DOUBLE / n)
    END;
