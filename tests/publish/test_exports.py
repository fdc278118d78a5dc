"""Exports: what a spreadsheet opens is harmless, and Parquet keeps values and types."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.database import create_macros
from flows.home import Home
from flows.publish.exports import EXPORTED, swap_exports, write_exports


@pytest.fixture
def exported(tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Exports of one case, whose texts are formulas."""
    with duckdb.connect() as connection:
        create_macros(connection)
        connection.execute("CREATE SCHEMA analytics")
        for table in EXPORTED[:-1]:
            connection.execute(
                f"CREATE TABLE {table} AS SELECT 'dystrophic' AS code, 3::BIGINT AS n_cases, 0.25::DOUBLE AS share"
            )
        connection.execute(
            "CREATE TABLE analytics.cases AS SELECT '=HYPERLINK(\"x\")' AS title, '+1-2' AS journal, '-5' AS age_text, "
            "'@SUM(A1)' AS country, chr(9) || 'x' AS notes, ['hand', '=foot'] AS lesion_site_codes, ['=a', 'b'] AS codes, "
            "-0.5::DOUBLE AS low, 2015::INTEGER AS year, NULL::VARCHAR AS doi"
        )
        write_exports(connection, tmp_path / "exports")
        yield connection, tmp_path / "exports"


def test_every_table_is_written_twice(exported: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    names = {path.name for path in exported[1].iterdir()}
    assert names == {f"{table.split('.')[1]}.{form}" for table in EXPORTED for form in ("csv", "parquet")}


def test_csv_runs_no_formula_and_keeps_numbers(exported: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    with (exported[1] / "cases.csv").open(encoding="utf-8", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert row == {
        "title": '\'=HYPERLINK("x")',
        "journal": "'+1-2",
        "age_text": "-5",
        "country": "'@SUM(A1)",
        "notes": "'\tx",
        "lesion_site_codes": "hand; =foot",
        "codes": "'=a; b",
        "low": "-0.5",
        "year": "2015",
        "doi": "",
    }


def test_parquet_keeps_values_and_types(exported: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    connection, folder = exported
    for table in EXPORTED:
        file = f"'{folder / table.split('.')[1]}.parquet'"
        assert (
            connection.execute(f"DESCRIBE FROM {file}").fetchall()
            == connection.execute(f"DESCRIBE FROM {table}").fetchall()
        )
        assert connection.execute(f"FROM {file}").fetchall() == connection.execute(f"FROM {table}").fetchall()


def test_new_exports_replace_old_ones_whole(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    home.exports.mkdir()
    (home.exports / "old.csv").write_text("old", encoding="utf-8")
    built = tmp_path / "home" / "built"
    built.mkdir()
    (built / "new.csv").write_text("new", encoding="utf-8")
    swap_exports(home, built)
    assert [path.name for path in home.exports.iterdir()] == ["new.csv"]
    assert not built.exists()
    assert [path.name for path in home.path.iterdir() if path.name.startswith(".")] == []
