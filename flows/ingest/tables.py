"""Rows from Python into a temporary DuckDB table, for the files that DuckDB cannot read by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa  # type: ignore[import-untyped]

from flows.ingest.sources import Workspace

_BATCH_ROWS = 10_000
_BATCH_SIGNS = 32_000_000

Row = tuple[int, Sequence[str | None]]


def column_names(n_columns: int) -> list[str]:
    """c0, c1, …"""
    return [f"c{place}" for place in range(n_columns)]


def materialise(workspace: Workspace, rows: Iterable[Row], n_columns: int) -> tuple[str, int]:
    """Write rows to a temporary table.

    rows: pairs of line number and values. Fewer values than columns are filled up with NULL, values beyond go to
    `overflow` as a JSON list; empty strings become NULL; rows without any value are left out.
    Returns the query for the rows, and their number.
    """
    names = column_names(n_columns)
    table = workspace.new_table()
    columns = ", ".join(f"{name} VARCHAR" for name in names)
    workspace.connection.execute(f"CREATE TEMP TABLE {table} (line_number BIGINT, {columns}, overflow VARCHAR)")
    schema = pa.schema(
        [("line_number", pa.int64()), *((name, pa.large_string()) for name in names), ("overflow", pa.large_string())]
    )
    n_rows = 0
    for batch in _batches(_shaped(rows, n_columns)):
        arrays = [
            pa.array(values, type=kind) for values, kind in zip(zip(*batch, strict=True), schema.types, strict=True)
        ]
        view = "ingest_batch"
        workspace.connection.register(view, pa.Table.from_arrays(arrays, schema=schema))
        try:
            workspace.connection.execute(f"INSERT INTO {table} SELECT * FROM {view}")
        finally:
            workspace.connection.unregister(view)
        n_rows += len(batch)
    return f"SELECT line_number, {', '.join(names)}, overflow FROM {table}", n_rows


def _shaped(rows: Iterable[Row], n_columns: int) -> Iterator[tuple[int | str | None, ...]]:
    for line_number, values in rows:
        cells = [value or None for value in values]
        if not any(cells):
            continue
        beyond = cells[n_columns:]
        overflow = json.dumps(beyond, ensure_ascii=False) if any(beyond) else None
        yield (line_number, *cells[:n_columns], *[None] * (n_columns - len(cells)), overflow)


def _batches(rows: Iterator[tuple[int | str | None, ...]]) -> Iterator[list[tuple[int | str | None, ...]]]:
    """Batches bounded in rows and in text, since a few rows may hold very long values."""
    while first := list(islice(rows, 1)):
        batch = first
        n_signs = 0
        for row in islice(rows, _BATCH_ROWS - 1):
            batch.append(row)
            n_signs += sum(len(cell) for cell in row if isinstance(cell, str))
            if n_signs > _BATCH_SIGNS:
                break
        yield batch
