"""The interval macros against published values and against SciPy."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from scipy.stats import binomtest  # type: ignore[import-untyped]

from flows.database import run_sql


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        run_sql(connection, "macros/wilson_low", "macros/wilson_high")
        yield connection


def _interval(connection: duckdb.DuckDBPyConnection, k: int, n: int) -> tuple[float | None, float | None]:
    row = connection.execute(
        "SELECT wilson_low(k, n), wilson_high(k, n) FROM (SELECT $1::BIGINT AS k, $2::BIGINT AS n)", [k, n]
    ).fetchone()
    assert row is not None
    return row


# Newcombe RG, Stat Med 1998;17:857-72, table I, method 3 (score without continuity correction).
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_intervals(connection: duckdb.DuckDBPyConnection, k: int, n: int, low: float, high: float) -> None:
    assert _interval(connection, k, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("n", [1, 2, 7, 454, 1_000_000])
def test_intervals_of_scipy(connection: duckdb.DuckDBPyConnection, n: int) -> None:
    for k in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        wanted = binomtest(k, n).proportion_ci(method="wilson")
        assert _interval(connection, k, n) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_the_limits_are_exact_at_none_and_all(connection: duckdb.DuckDBPyConnection) -> None:
    for n in range(1, 200):
        assert _interval(connection, 0, n)[0] == 0.0
        assert _interval(connection, n, n)[1] == 1.0


def test_nothing_counted_has_no_interval(connection: duckdb.DuckDBPyConnection) -> None:
    assert _interval(connection, 0, 0) == (None, None)
