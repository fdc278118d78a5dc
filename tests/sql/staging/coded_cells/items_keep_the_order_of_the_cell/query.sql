SELECT
    field,
    list_transform(items, lambda item: item.item_text) AS words,
    list_transform(items, lambda item: item.code) AS codes,
    cell_state
FROM staging.coded_cells
