"""Reference ranges: every row is sound, is kept in the canonical unit, and leaves no age uncovered or covered twice."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from flows.coding import reference_ranges
from flows.coding.reference_ranges import RangeError, load_reference_ranges
from flows.database import run_sql
from flows.resources import resource


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA staging")
        run_sql(opened, "staging/reference_ranges")
        yield opened


def test_ranges_are_kept_in_the_canonical_unit(connection: duckdb.DuckDBPyConnection) -> None:
    assert load_reference_ranges(connection) == _rows()
    # CALIPER gives phosphate from 1 to 5 years as 1.38 to 2.19 mmol/L: x 3.097 mg/dL.
    found = connection.execute(
        "SELECT value_low, value_high, unit FROM staging.reference_ranges "
        "WHERE laboratory_test_code = 'phosphate' AND age_low_years = 1"
    ).fetchall()
    assert found == [(pytest.approx(4.27386), pytest.approx(6.78243), "mg/dL")]


def _rows() -> int:
    with resource("data", "rules", "reference_ranges.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["source"] for row in rows)
    return len(rows)


def test_the_bands_of_a_test_follow_each_other(connection: duckdb.DuckDBPyConnection) -> None:
    load_reference_ranges(connection)
    for (test,) in connection.execute("SELECT DISTINCT laboratory_test_code FROM staging.reference_ranges").fetchall():
        for sex in ("female", "male"):
            bands = connection.execute(
                "SELECT coalesce(age_low_years, 0), age_high_years FROM staging.reference_ranges "
                "WHERE laboratory_test_code = ? AND coalesce(sex_code, ?) = ? ORDER BY 1",
                [test, sex, sex],
            ).fetchall()
            assert bands[-1][1] is None, (test, sex)
            assert all(one[1] == other[0] for one, other in pairwise(bands)), (test, sex, bands)


def test_low_lies_below_high(connection: duckdb.DuckDBPyConnection) -> None:
    load_reference_ranges(connection)
    broken = connection.execute(
        "SELECT * FROM staging.reference_ranges "
        "WHERE value_low >= value_high OR coalesce(value_low, value_high) IS NULL OR leeway <= 0 OR leeway >= 1"
    ).fetchall()
    assert broken == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("calcium,,0,1,8,11,kg,0.1,x", "the unit 'kg' does not convert for 'calcium'"),
        ("kalzium,,0,1,8,11,mg/dL,0.1,x", "no test 'kalzium'"),
        ("calcium,lady,0,1,8,11,mg/dL,0.1,x", "no sex 'lady'"),
        ("calcium,,0,1,,,mg/dL,0.1,x", "a range needs a limit"),
        ("calcium,,0,one,8,11,mg/dL,0.1,x", "could not convert"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_its_line(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, message: str
) -> None:
    path = tmp_path / "reference_ranges.csv"
    heading = "test,sex,age_low_years,age_high_years,low,high,unit,leeway,source"
    path.write_text(f"{heading}\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(reference_ranges, "resource", lambda *_: path)
    with pytest.raises(RangeError, match=f"line 2: .*{message}"):
        load_reference_ranges(connection)
