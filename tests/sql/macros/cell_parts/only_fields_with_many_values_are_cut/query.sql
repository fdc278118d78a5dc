SELECT cell_parts('a ;b| c' || chr(10) || 'd', true) AS many, cell_parts('a; b', false) AS one, cell_parts('a, b and c', true) AS lists
