"""What a new build takes over from the published registry, whichever version of the schema that has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import duckdb

from flows.database import SCHEMA_VERSION, insert_rows, open_reader, quoted
from flows.home import Home
from flows.resources import resource

if TYPE_CHECKING:
    from flows.load.raw import Plan

RECORD_TABLES = ("raw.records", "raw.source_columns", "raw.source_files", "raw.documents")
LOG_TABLES = ("ops.ledger", "ops.releases")
DISTRIBUTIONS = ("variant", "lesion_site", "associated_disease")


class SchemaVersionError(RuntimeError):
    """A registry was written by a later version of the program."""


@contextlib.contextmanager
def open_published(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published registry for reading, refusing one of a later schema version."""
    with open_reader(home.registry) as connection:
        check_version(connection, home)
        yield connection


def check_version(connection: duckdb.DuckDBPyConnection, home: Home, catalog: str | None = None) -> int:
    """Schema version of a registry. Raises SchemaVersionError when this program is older than the file."""
    prefix = f"{catalog}." if catalog else ""
    row = connection.execute(f"SELECT schema_version FROM {prefix}ops.schema_version").fetchone()
    version = int(row[0]) if row else 0
    if version > SCHEMA_VERSION:
        raise SchemaVersionError(
            f"{home.registry} has schema version {version}, this program knows {SCHEMA_VERSION}: install the newer version of "
            "the program, or use `calcinosis rollback`"
        )
    return version


def carry_over(connection: duckdb.DuckDBPyConnection, home: Home, plan: Plan, *, records_only: bool = False) -> None:
    """Copy the records of the files that stay, and the logs, from the published registry into a build.

    Columns are matched by name, so one that a later version added is NULL in what an earlier version wrote. Where that is
    not enough, `sql/migrations/<version>/<schema>.<table>.sql` is a SELECT that reads the old table as the next version
    has it.
    """
    kept = [(file.source_key, file.path, file.file_sha256) for file in plan.files if file.action in ("keep", "missing")]
    if not records_only:
        connection.execute("INSERT INTO ops.schema_version VALUES (?)", [SCHEMA_VERSION])
    if not home.registry.exists():
        return
    connection.execute(f"ATTACH {quoted(str(home.registry))} AS published (READ_ONLY)")
    try:
        version = check_version(connection, home, "published")
        connection.execute("CREATE OR REPLACE TEMP TABLE kept (source_key VARCHAR, path VARCHAR, file_sha256 VARCHAR)")
        if kept:
            insert_rows(connection, "kept", kept)
        for table in RECORD_TABLES if kept else ():
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * FROM {_old(connection, table, version)} AS held WHERE "
                "(held.source_key, held.file_sha256) IN (SELECT (source_key, file_sha256) FROM kept)"
                + (" AND held.file_state = 'loaded'" if table == "raw.source_files" else "")
            )
        if not records_only:
            for table in LOG_TABLES:
                if not _is_published(connection, table):
                    continue
                connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {_old(connection, table, version)}")
            connection.execute(
                "INSERT INTO staging.previous_records SELECT keys.source_key, keys.record_key, keys.record_sha256 "
                "FROM published.staging.record_keys AS keys "
                "SEMI JOIN published.staging.record_cases AS cases ON cases.record_no = keys.record_no"
            )
            connection.execute("INSERT INTO staging.previous_fingerprints SELECT * FROM published.staging.fingerprints")
            for distribution in DISTRIBUTIONS:
                connection.execute(
                    "INSERT INTO staging.previous_distributions BY NAME SELECT ? AS distribution, level, row_kind, code, "
                    f"n_cases, n_reported, n_total, share FROM published.analytics.{distribution}_distribution "
                    "WHERE stratum_by = 'overall'",
                    [distribution],
                )
        connection.execute("DROP TABLE kept")
    finally:
        connection.execute("DETACH published")


def _is_published(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the published registry has the table; one that an earlier program wrote lacks what came later."""
    schema, name = table.split(".")
    return (
        connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = 'published' AND schema_name = ? AND table_name = ?",
            [schema, name],
        ).fetchone()
        is not None
    )


def carry_over_history(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Copy history.case_log from the published registry into a build that has its own, empty one."""
    if not home.registry.exists():
        return
    connection.execute(f"ATTACH {quoted(str(home.registry))} AS published (READ_ONLY)")
    try:
        version = check_version(connection, home, "published")
        old = _old(connection, "history.case_log", version)
        ours = {row[0] for row in connection.execute("DESCRIBE history.case_log").fetchall()}
        theirs = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {old}").fetchall()]
        shared = ", ".join(f'"{column}"' for column in theirs if column in ours)
        connection.execute(f"INSERT INTO history.case_log BY NAME SELECT {shared} FROM {old}")
    finally:
        connection.execute("DETACH published")


def _old(connection: duckdb.DuckDBPyConnection, table: str, version: int) -> str:
    """FROM item that reads a published table as this version of the schema has it."""
    item = f"published.{table}"
    for step in range(version, SCHEMA_VERSION):
        try:
            path = resource("sql", "migrations", str(step), f"{table}.sql")
        except FileNotFoundError:
            continue
        item = "(" + path.read_text(encoding="utf-8").replace("{old}", item).rstrip().rstrip(";") + ")"
    return item
