"""How the published distributions are read back."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from flows.analyse.distributions import LEVELS, ROW_COLUMNS, TABLES, read_distribution


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Distributions of one row each, at the first level overall and by sex, and at the second level overall."""
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA analytics")
        for name, table in TABLES.items():
            first, second = LEVELS[name][:2]
            connection.execute(
                f"CREATE TABLE analytics.{table} (stratum_by VARCHAR, stratum VARCHAR, level VARCHAR, row_kind VARCHAR, "
                "code VARCHAR, label VARCHAR, n_cases BIGINT, n_reported BIGINT, "
                "n_absent BIGINT, n_not_reported BIGINT, n_not_assessed BIGINT, "
                "n_total BIGINT, share DOUBLE, ci_low DOUBLE, ci_high DOUBLE)"
            )
            connection.executemany(
                f"INSERT INTO analytics.{table} VALUES (?, ?, ?, 'value', ?, 'B', 1, 4, 0, 1, 2, 7, 0.25, 0.05, 0.7)",
                [
                    ("overall", "all", first, "z"),
                    ("overall", "all", first, "a"),
                    ("overall", "all", second, "deep"),
                    ("sex", "female", first, "z"),
                ],
            )
        yield connection


@pytest.mark.parametrize("name", ["variant", "lesion-site", "associated-disease"])
def test_rows_keep_the_order_of_the_table(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = read_distribution(connection, name)  # type: ignore[arg-type]
    assert [row["code"] for row in rows] == ["z", "a"]
    assert tuple(rows[0]) == ROW_COLUMNS
    assert rows[0] == {
        "code": "z", "label": "B", "n_cases": 1, "n_reported": 4, "n_absent": 0, "n_not_reported": 1, "n_not_assessed": 2,
        "n_total": 7, "share": 0.25, "ci_low": 0.05, "ci_high": 0.7,
    }  # fmt: skip


def test_strata_and_levels_are_chosen(connection: duckdb.DuckDBPyConnection) -> None:
    [row] = read_distribution(connection, "variant", by="sex")
    assert (row["stratum"], row["code"]) == ("female", "z")
    [row] = read_distribution(connection, "lesion-site", level="site")
    assert row["code"] == "deep"


def test_an_unknown_level_names_the_known_ones(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match="associated-disease has no level 'region': choose group or disease"):
        read_distribution(connection, "associated-disease", level="region")
