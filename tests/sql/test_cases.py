"""Runs every case folder below this one: small inputs, one SQL file of the project, and what must come out.

`tests/sql/<schema>/<object>/<case>/` holds

- `<schema>.<table>.csv`: rows of the tables that the query reads; tables that are not given are empty;
- `expect.csv`: all rows of the result, in some of its columns, in any order;
- `query.sql` (optional): what to compare, instead of the object that the file makes; always given for a macro;
- `run.txt` (optional): SQL files to run before the object's own, one a line, such as `registry/term_ancestors`;
- `parameters.json` (optional): the named parameters of the file;
- `why.txt` (optional): how the expected values were worked out, shown where the case fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.database import create_macros, create_table_macros, run_sql
from flows.resources import resource

from .database import empty_build, expected_and_found, fill

HERE = Path(__file__).parent
CASES = sorted(path.parent.relative_to(HERE) for path in HERE.glob("*/*/*/expect.csv"))


@pytest.fixture(scope="module")
def build() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_build() as connection:
        yield connection


@pytest.fixture
def database(build: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The empty build; what a test does to it is undone afterwards."""
    build.execute("BEGIN")
    yield build
    build.execute("ROLLBACK")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.as_posix())
def test_case(database: duckdb.DuckDBPyConnection, case: Path) -> None:
    folder = HERE / case
    schema, name, _ = case.parts
    for path in sorted(folder.glob("*.*.csv")):
        fill(database, path.stem, path)
    before, query, parameters = folder / "run.txt", folder / "query.sql", folder / "parameters.json"
    if before.exists():
        run_sql(database, *before.read_text(encoding="utf-8").split())
    if schema == "macros":
        create_macros(database)
        create_table_macros(database)
    else:
        values = json.loads(parameters.read_text(encoding="utf-8")) if parameters.exists() else None
        run_sql(database, f"{schema}/{name}", parameters=values)
    relation = f"({query.read_text(encoding='utf-8')})" if query.exists() else f"{schema}.{name}"
    expected, found = expected_and_found(database, relation, folder / "expect.csv")
    why = folder / "why.txt"
    assert found == expected, why.read_text(encoding="utf-8") if why.exists() else case.as_posix()


def test_folders_without_expectation_are_found_out() -> None:
    held = {path.relative_to(HERE) for path in HERE.glob("*/*/*") if path.is_dir()}
    assert held == set(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.as_posix())
def test_case_belongs_to_a_sql_file(case: Path) -> None:
    assert resource("sql", case.parts[0], f"{case.parts[1]}.sql").is_file()
