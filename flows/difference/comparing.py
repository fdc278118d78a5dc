"""Two versions of the registry compared in DuckDB: both files attached read-only, the result in a database in memory."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.database import insert_rows, quoted, run_sql
from flows.dictionary import load_dictionary

_CASES = (
    "columns", "touched_cases", "item_changes", "field_changes", "case_changes", "changed_terms", "changed_files",
    "derivation", "case_records", "case_sources", "term_causes", "rule_causes", "field_reasons", "cases",
)  # fmt: skip
BRIEF_ROWS = 20


class IncomparableError(RuntimeError):
    """Two versions have no common shape; the message says which is too old and what to do."""


@dataclass(frozen=True)
class Version:
    """A version of the registry: run id, database, and state (published, earlier or held)."""

    run_id: str
    database: Path
    state: str


@contextlib.contextmanager
def open_difference(older: Path, newer: Path, *, memory_limit: str = "2.5GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """Compare two databases; gives a connection whose schema `difference` holds the result (sql/difference).

    Neither file is written to. Raises FileNotFoundError, and IncomparableError where one of them was written by another
    version of the schema.
    """
    for path in (older, newer):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
    with tempfile.TemporaryDirectory(prefix="calcinosis-diff-") as spill:
        connection = duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": spill})
        try:
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"ATTACH {quoted(str(older))} AS older (READ_ONLY)")
            connection.execute(f"ATTACH {quoted(str(newer))} AS newer (READ_ONLY)")
            _refuse_other_schemas(connection, older, newer)
            try:
                _compare(connection)
            except (duckdb.BinderException, duckdb.CatalogException) as error:
                raise IncomparableError(
                    f"{older.name} and {newer.name} have not the same tables ({str(error).splitlines()[0]}): "
                    "`calcinosis refresh --full` builds the registry with this version of the program"
                ) from error
            yield connection
        finally:
            connection.close()


def _refuse_other_schemas(connection: duckdb.DuckDBPyConnection, older: Path, newer: Path) -> None:
    versions = {}
    for side, path in (("older", older), ("newer", newer)):
        row = connection.execute(f"SELECT schema_version FROM {side}.ops.schema_version").fetchone()
        versions[path.name] = row[0] if row else 0
    if len(set(versions.values())) > 1:
        shown = ", ".join(f"{name} has {version}" for name, version in versions.items())
        raise IncomparableError(f"versions of the schema differ ({shown}): only files of one schema can be compared")


def _compare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA difference")
    run_sql(connection, *(f"difference/{name}" for name in ("plain_words", "case_items", "fields", "program_files")))
    coded = [
        (field.name, field.vocabulary)
        for field in load_dictionary().fields.values()
        if field.is_coded and field.name in load_dictionary().tables["registry.cases"].columns
    ]
    insert_rows(connection, "difference.fields", coded)
    for side in ("older", "newer"):
        known = connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'staging' "
            "AND table_name = 'program_files'",
            [side],
        ).fetchone()
        if known:
            connection.execute(
                f"INSERT INTO difference.program_files SELECT '{side}', part, program_file, sha256 "
                f"FROM {side}.staging.program_files"
            )
    run_sql(connection, *(f"difference/{name}" for name in (*_CASES, "distributions", "quarantine")))


def read_report(connection: duckdb.DuckDBPyConnection, older: Version, newer: Version) -> dict[str, Any]:
    """The whole difference.

    Returns older and newer (run_id, state, n_cases); n_added, n_changed, n_removed, n_reworded (cases whose sources say the
    same in other words); why (numbers of cases by reason); added, changed (with fields: field, from, to, why, cause) and
    removed; distributions (rows that moved, all strata); terms and files that changed; new_fields and dropped_fields, which
    only one version has and which are therefore not compared.
    """
    fields: dict[str, list[dict[str, Any]]] = {}
    for row in rows(
        connection,
        'SELECT case_id, field, older_value AS "from", newer_value AS "to", why, cause '
        "FROM difference.field_reasons ORDER BY case_id, field",
    ):
        fields.setdefault(row.pop("case_id"), []).append(row)
    cases: dict[str, list[dict[str, Any]]] = {"added": [], "changed": [], "removed": []}
    for row in rows(connection, "FROM difference.cases"):
        change = row.pop("change")
        if change == "changed":
            row["fields"] = fields[row["case_id"]]
        cases[change].append(row)
    return {
        **_counts(connection, older, newer),
        **cases,
        "distributions": moved_rows(connection),
        "terms": rows(connection, "SELECT vocabulary, code, change, detail FROM difference.changed_terms"),
        "files": rows(connection, "FROM difference.changed_files"),
        "new_fields": _fields(connection, "newer"),
        "dropped_fields": _fields(connection, "older"),
    }


def read_brief(connection: duckdb.DuckDBPyConnection, older: Version, newer: Version) -> dict[str, Any]:
    """The difference in short, for the summary of a run: counts, what changed, and the overall rows that moved.

    terms and files stop at BRIEF_ROWS; n_terms and n_files, and n_moved over all strata, do not.
    """
    terms = rows(connection, "SELECT vocabulary, code, change, detail FROM difference.changed_terms")
    files = rows(connection, "FROM difference.changed_files")
    n_moved = connection.execute("SELECT count(*) FROM difference.distributions").fetchone()
    return {
        **_counts(connection, older, newer),
        "n_terms": len(terms),
        "terms": terms[:BRIEF_ROWS],
        "n_files": len(files),
        "files": files[:BRIEF_ROWS],
        "n_moved": n_moved[0] if n_moved else 0,
        "moved": moved_rows(connection, overall_only=True),
    }


def moved_rows(connection: duckdb.DuckDBPyConnection, *, overall_only: bool = False) -> list[dict[str, Any]]:
    """Rows of the distributions that moved, with cases, denominator and share before and after."""
    where = "WHERE stratum_by = 'overall'" if overall_only else ""
    return rows(
        connection,
        f"SELECT * FROM difference.distributions {where} "
        "ORDER BY list_position(['variant', 'lesion_site', 'associated_disease'], distribution), "
        "stratum_by <> 'overall', stratum_by, stratum, level, abs(n_cases_after - n_cases_before) DESC, code",
    )


def read_quarantine(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Records that stand in the quarantine of either version, with what became of them; see sql/difference/quarantine.sql."""
    return rows(connection, "FROM difference.quarantine")


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Rows of a query as dictionaries."""
    result = connection.execute(query)
    columns = [column for column, *_ in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _counts(connection: duckdb.DuckDBPyConnection, older: Version, newer: Version) -> dict[str, Any]:
    [count] = rows(
        connection,
        "SELECT (SELECT count(*) FROM older.registry.cases) AS older, (SELECT count(*) FROM newer.registry.cases) AS newer, "
        "(SELECT count(*) FROM difference.touched_cases AS touched ANTI JOIN difference.case_changes AS changes "
        "ON changes.case_id = touched.case_id WHERE touched.is_other_row) AS reworded",
    )
    changes = dict(connection.execute("SELECT change, count(*) FROM difference.cases GROUP BY change").fetchall())
    why = connection.execute(
        "SELECT why, count(*) FROM (SELECT unnest(string_split(why, ', ')) AS why FROM difference.cases) "
        "GROUP BY why ORDER BY 2 DESC, 1"
    ).fetchall()
    return {
        "older": {"run_id": older.run_id, "state": older.state, "n_cases": count["older"]},
        "newer": {"run_id": newer.run_id, "state": newer.state, "n_cases": count["newer"]},
        **{f"n_{change}": changes.get(change, 0) for change in ("added", "changed", "removed")},
        "n_reworded": count["reworded"],
        "why": dict(why),
    }


def _fields(connection: duckdb.DuckDBPyConnection, side: str) -> list[str]:
    found = connection.execute("SELECT field FROM difference.columns WHERE held_by = ? ORDER BY field", [side])
    return [field for (field,) in found.fetchall()]
