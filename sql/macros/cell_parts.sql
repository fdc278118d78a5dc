-- Title:  The parts of a cell
-- Gives:  a list; a cell of a multi-valued field is cut at semicolons, bars and line ends
CREATE OR REPLACE MACRO cell_parts(cell, is_multi_valued) AS
    CASE WHEN is_multi_valued THEN regexp_split_to_array(cell, '\s*[;|\n]\s*') ELSE [cell] END;
