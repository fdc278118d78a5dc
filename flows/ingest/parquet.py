"""Parquet files, read by DuckDB with every column as text."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.ingest.errors import UnreadableFileError
from flows.ingest.headings import count_known, name_columns, no_known_heading
from flows.ingest.mapping import Mapping
from flows.ingest.sources import Limits, Sheet, Workspace
from flows.ingest.tables import column_names

_LARGEST_EXACT_INTEGER = 2**53


def read_parquet(workspace: Workspace, path: Path, name: str, mapping: Mapping, limits: Limits) -> Sheet:
    """Read the only table of a Parquet file; line_number is the record's ordinal.

    Lists are joined with "; ", structures given as JSON, whole numbers without decimals, dates as ISO 8601.
    name: what the file is called, for messages. Raises UnreadableFileError: truncated or damaged, no_records,
    no_known_heading, duplicate_heading, too_many_columns, cell_too_large.
    """
    literal = str(path).replace("'", "''")
    source = f"read_parquet('{literal}', file_row_number = true)"
    try:
        with workspace.connection.cursor() as cursor:
            described = cursor.execute(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {source}").fetchall()
    except duckdb.Error as error:
        raise _damaged(name, error) from error
    found = [(str(row[0]), str(row[1])) for row in described]
    headings = name_columns([heading for heading, _ in found], mapping, name, limits)
    if not count_known(headings, mapping):
        raise no_known_heading(name, headings)
    names = column_names(len(found))
    cast = ", ".join(
        f"nullif({_as_text(_quoted(heading), kind)}, '') AS {alias}"
        for alias, (heading, kind) in zip(names, found, strict=True)
    )
    columns = ", ".join(names)
    query = (
        f"SELECT line_number, {columns}, NULL::VARCHAR AS overflow"
        f" FROM (SELECT file_row_number + 1 AS line_number, {cast} FROM {source})"
        f" WHERE coalesce({columns}) IS NOT NULL"
    )
    longest = ", ".join(f"max(strlen({alias}))" for alias in names)
    try:
        # Reads every value once, so that damage inside the data shows now and not in the middle of a load.
        with workspace.connection.cursor() as cursor:
            counted = cursor.execute(f"SELECT count(*), greatest({longest}) FROM ({query})").fetchone()
    except duckdb.Error as error:
        raise _damaged(name, error) from error
    n_rows, n_bytes = counted or (0, 0)
    if not n_rows:
        raise UnreadableFileError("no_records", f"{name} holds no record", "Export it again")
    if (n_bytes or 0) > limits.cell_bytes:
        raise UnreadableFileError(
            "cell_too_large",
            f"{name}: a value has {n_bytes:,} bytes, more than {limits.cell_bytes:,}",
            "Keep such texts in a file of their own",
        )
    return Sheet(None, headings, 0, query, int(n_rows))


def _as_text(column: str, kind: str) -> str:
    if kind.endswith("[]"):
        inner = _as_text("item", kind[:-2])
        return f"array_to_string(list_transform({column}, lambda item: {inner}), '; ')"
    if kind in ("DOUBLE", "FLOAT"):
        return (
            f"CASE WHEN isnan({column}) THEN NULL"
            f" WHEN {column} = trunc({column}) AND abs({column}) < {_LARGEST_EXACT_INTEGER}"
            f" THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
        )
    if kind == "BLOB":
        return f"decode({column})"
    if kind.startswith("TIMESTAMP") and "TIME ZONE" not in kind:
        return (
            f"CASE WHEN {column} = date_trunc('day', {column}) THEN CAST(CAST({column} AS DATE) AS VARCHAR)"
            f" ELSE CAST({column} AS VARCHAR) END"
        )
    if kind.startswith(("STRUCT", "MAP")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"


def _quoted(heading: str) -> str:
    doubled = heading.replace('"', '""')
    return f'"{doubled}"'


def _damaged(name: str, error: duckdb.Error) -> UnreadableFileError:
    first_line = str(error).splitlines()[0][:200]
    return UnreadableFileError(
        "truncated",
        f"{name} begins and ends as Parquet but is cut off or damaged between ({first_line})",
        "Copy or download it again",
    )
