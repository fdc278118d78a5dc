"""An empty build with every table and view of the project, and the filling of its tables from small CSV files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb

from flows.analyse.distributions import build_analytics
from flows.database import run_sql
from flows.extract.screening import screen_documents
from flows.load.cases import build_registry, identify_cases, name_records, stage_records
from flows.load.raw import prepare_build
from flows.load.records import build_records_view

# Wanted of each DOUBLE that a case expects, unless it writes more digits itself.
DECIMALS = 3


def empty_build() -> duckdb.DuckDBPyConnection:
    """A database in memory in which every stage ran on no records at all, so that each table has its own types."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    prepare_build(connection)
    screen_documents(connection)
    run_sql(connection, "staging/document_duplicates", "staging/derivations")
    build_records_view(connection)
    run_sql(connection, "registry/terms", "staging/age_groups", "staging/coded_parts", "staging/term_suggestions")
    run_sql(connection, "registry/term_ancestors", "staging/cells", "staging/uncoded_parts", "staging/coded_cells")
    run_sql(connection, "quality/unmapped_terms", "staging/rules", "staging/rule_hits", "staging/case_rule_hits")
    run_sql(
        connection,
        "staging/site_properties",
        "staging/term_limits",
        "staging/completeness_limits",
        "staging/drift_limits",
    )
    name_records(connection)
    stage_records(connection)
    identify_cases(connection)
    build_registry(connection)
    run_sql(connection, "staging/case_conditions", "history/case_log", "history/case_versions", "ops/source_freshness")
    build_analytics(connection)
    run_sql(connection, "staging/current_distributions", "staging/changed_values", "quality/drift")
    return connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Put the rows of a CSV file into a table; a view of that name becomes a table with the columns of the view.

    An empty cell is NULL, as is a column that the file leaves out; two apostrophes are the empty text. Lists and
    structs are written as DuckDB prints them.
    """
    kinds = column_types(connection, table)
    schema, name = table.split(".")
    if connection.execute(
        "SELECT count(*) FROM duckdb_views() WHERE schema_name = ? AND view_name = ?", [schema, name]
    ).fetchone() != (0,):
        declared = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
        connection.execute(f"DROP VIEW {table}")
        connection.execute(f"CREATE TABLE {table} ({declared})")
    headings, rows = read_rows(path)
    unknown = [heading for heading in headings if heading not in kinds]
    assert not unknown, f"{path}: {table} has no column {', '.join(unknown)}"
    marks = ", ".join(f"CAST(? AS VARCHAR)::{kinds[heading]}" for heading in headings)
    if rows:
        columns = ", ".join(f'"{heading}"' for heading in headings)
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def column_types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Columns of a table, view or query in brackets, with their types."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}


def read_rows(path: Path) -> tuple[list[str], list[list[str | None]]]:
    """Headings and rows of a CSV file; an empty cell is None, and one of two apostrophes the empty text."""
    with path.open(encoding="utf-8", newline="") as stream:
        headings, *rows = csv.reader(stream)
    uneven = [row for row in rows if len(row) != len(headings)]
    assert not uneven, f"{path}: a row has not as many cells as there are headings: {uneven}"
    return headings, [[_value(cell) for cell in row] for row in rows]


def _value(cell: str) -> str | None:
    return "" if cell == "''" else cell or None


def expected_and_found(
    connection: duckdb.DuckDBPyConnection, relation: str, path: Path
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows that a CSV file expects and rows that a relation has, both sorted and in the columns of the file.

    Numbers are compared to three decimals, or to as many as the column of the file writes.
    """
    kinds = column_types(connection, relation)
    headings, rows = read_rows(path)
    unknown = [heading for heading in headings if heading not in kinds]
    assert not unknown, f"{path}: {relation} has no column {', '.join(unknown)}"
    shown = []
    for place, heading in enumerate(headings):
        if kinds[heading] in ("DOUBLE", "FLOAT"):
            written = [len(str(row[place]).partition(".")[2]) for row in rows]
            shown.append(f"round({{}}::DOUBLE, {max([DECIMALS, *written])})::VARCHAR")
        else:
            shown.append(f"({{}}::{kinds[heading]})::VARCHAR")
    marks = ", ".join(form.format("CAST(? AS VARCHAR)") for form in shown)
    expected = [row for values in rows for row in connection.execute(f"SELECT {marks}", values).fetchall()]
    columns = ", ".join(form.format(f'"{heading}"') for form, heading in zip(shown, headings, strict=True))
    found = connection.execute(f"SELECT {columns} FROM {relation}").fetchall()
    return sorted(expected, key=repr), sorted(found, key=repr)
