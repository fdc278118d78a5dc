"""Exports: the distributions, the PRISMA flow and the list of cases as Parquet and CSV files."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from flows.database import quoted
from flows.home import Home

EXPORTED = (
    "analytics.variant_distribution",
    "analytics.lesion_site_distribution",
    "analytics.associated_disease_distribution",
    "analytics.work_up_distribution",
    "analytics.prisma_flow",
    "analytics.cases",
)


def write_exports(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write every table of EXPORTED to `folder` as Parquet and CSV. Returns the paths.

    In the CSV a text that a spreadsheet would run as a formula (it starts with = + - @, a tab or a line end) gets an
    apostrophe in front; lists are written with '; ' between their items. Parquet holds the values as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for table in EXPORTED:
        name = table.split(".")[1]
        parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
        connection.execute(f"COPY (FROM {table}) TO {quoted(str(parquet))} (FORMAT parquet)")
        columns = ", ".join(
            _csv_column(column, kind) for column, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()
        )
        # The list of cases is a join over many tables: read back what the Parquet file holds instead of joining again.
        connection.execute(
            f"COPY (SELECT {columns} FROM read_parquet({quoted(str(parquet))})) TO {quoted(str(csv))} (FORMAT csv, HEADER)"
        )
        paths += [parquet, csv]
    return paths


def swap_exports(home: Home, built: Path) -> None:
    """Put the exports of a build in the place of the published ones, and clear what killed runs left of theirs."""
    retired = home.path / ".exports-retired"
    shutil.rmtree(retired, ignore_errors=True)
    if home.exports.exists():
        home.exports.rename(retired)
    built.rename(home.exports)
    for left in home.path.glob(".exports-*"):
        shutil.rmtree(left, ignore_errors=True)


def _csv_column(column: str, kind: str) -> str:
    if kind.endswith("[]"):
        return f'no_formula(array_to_string("{column}", \'; \')) AS "{column}"'
    if kind == "VARCHAR":
        return f'no_formula("{column}") AS "{column}"'
    return f'"{column}"'
