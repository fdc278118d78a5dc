-- Title:  Distinct strings that wait for coding
-- Grain:  one row per field and distinct part; a multi-valued cell is cut at its semicolons
-- Reads:  staging.cells
CREATE OR REPLACE VIEW staging.uncoded_parts AS
SELECT DISTINCT cells.field, trim(piece.part) AS part
FROM staging.cells AS cells, unnest(cell_parts(cells.cell, cells.is_multi_valued)) AS piece (part)
WHERE trim(piece.part) <> '';
