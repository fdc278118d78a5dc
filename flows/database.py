"""The one place that opens DuckDB connections, and the one that runs the project's SQL files."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from flows.resources import resource

SCHEMAS = ("raw", "staging", "registry", "history", "quality", "analytics", "ops")
SCHEMA_VERSION = 2

# DuckDB's own default keeps to what version 1.0 reads. From 1.3 on, text columns are written in two thirds of the time and four
# fifths of the space.
_STORAGE_VERSION = "v1.3.0"


@contextlib.contextmanager
def open_build(path: Path, *, memory_limit: str = "2.5GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a build database read-write; checkpoint and close it at the end.

    memory_limit: what DuckDB's buffers may take before they spill to a folder beside the file.
    """
    connection = duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": str(path.parent / "spill")})
    try:
        _attach(connection, path, "build", f"(STORAGE_VERSION '{_STORAGE_VERSION}')")
        yield connection
        connection.execute("CHECKPOINT build")
    finally:
        connection.close()


@contextlib.contextmanager
def open_reader(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a published database for reading; no file, network or extension can be reached from SQL.

    Raises FileNotFoundError when nothing is published there yet.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: run `calcinosis refresh` first")
    connection = duckdb.connect()
    try:
        _attach(connection, path, "calcinosis", "(READ_ONLY)")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, options: str = "") -> None:
    # Opened by its path, registry.duckdb would give a catalog called registry, and DuckDB refuses `registry.cases` where
    # a catalog and a schema share the name. So a database is always attached under a name that no schema has.
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"ATTACH {quoted(str(path))} AS {name} {options}")
    connection.execute(f"USE {name}")


def quoted(text: str) -> str:
    """A text as a SQL literal, for the places where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


@cache
def sql_file(name: str) -> str:
    """Text of `sql/<name>.sql`, for example `sql_file("registry/cases")`."""
    return resource("sql", f"{name}.sql").read_text(encoding="utf-8")


def run_sql(connection: duckdb.DuckDBPyConnection, *names: str, parameters: dict[str, Any] | None = None) -> None:
    """Run SQL files in the order given; parameters go to every one of them."""
    for name in names:
        connection.execute(sql_file(name), parameters)


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Append rows, each with a value for every column of the table in the order of its columns."""
    if rows:
        # Column by column in one statement: DuckDB's executemany is a statement a row, each some milliseconds.
        columns = ", ".join(f"unnest(${number})" for number in range(1, len(rows[0]) + 1))
        connection.execute(
            f"INSERT INTO {table} SELECT {columns}", [list(column) for column in zip(*rows, strict=True)]
        )


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the scalar macros that read nothing. Those that read a table are refused by DuckDB before it is there, so they
    are created with it; the table macros come after the views that they read (`create_table_macros`).
    """
    for path in sorted(resource("sql", "macros").glob("*.sql")):
        if "AS TABLE" not in sql_file(f"macros/{path.stem}") and header(f"macros/{path.stem}", "Reads") is None:
            run_sql(connection, f"macros/{path.stem}")


def create_table_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table macros that people query with: `FROM distribution('sex')`."""
    texts = {path.stem: sql_file(f"macros/{path.stem}") for path in sorted(resource("sql", "macros").glob("*.sql"))}
    macros = {name: text for name, text in texts.items() if "AS TABLE" in text}
    # DuckDB looks up what a macro calls when the macro is made.
    calls = {
        name: [other for other in macros if other != name and re.search(rf"\b{other}\(", text)]
        for name, text in macros.items()
    }
    run_sql(connection, *(f"macros/{name}" for name in TopologicalSorter(calls).static_order()))


def header(name: str, key: str) -> str | None:
    """A line of the comment on top of a SQL file, for example its Title or Grain, with its continuation lines."""
    match = re.search(rf"^-- {key}: *(.*(?:\n--  +.*)*)", sql_file(name), flags=re.MULTILINE)
    return re.sub(r"\n-- +", " ", match.group(1)) if match else None
