SELECT cell, cell_state FROM staging.coded_cells
