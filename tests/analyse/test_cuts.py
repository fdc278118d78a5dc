"""Distributions above a cut of completeness, and with retracted publications."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from flows.analyse.distributions import ROW_COLUMNS, count_left_out, read_distribution, read_work_up
from flows.analyse.prisma import FLOW_COLUMNS, read_flow
from flows.database import run_sql
from tests.sql.database import empty_build


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Four cases: b lies below 0.5, and the publication of d is retracted."""
    with empty_build() as connection:
        connection.execute(
            "INSERT INTO registry.terms (vocabulary, code, label, term_level) VALUES "
            "('variant', 'dystrophic', 'Dystrophic', 'variant'), ('variant', 'idiopathic', 'Idiopathic', 'variant')"
        )
        connection.execute(
            "INSERT INTO registry.cases (case_id, publication_id, sex_code, sex_state, variant_used_code, variant_used_state) "
            "VALUES ('a', 'pub_1', 'female', 'present', 'idiopathic', 'present'), "
            "('b', 'pub_1', 'female', 'present', 'dystrophic', 'present'), "
            "('c', NULL, 'male', 'present', 'dystrophic', 'present'), "
            "('d', 'pub_2', 'male', 'present', 'dystrophic', 'present')"
        )
        connection.execute(
            "INSERT INTO registry.publications (publication_id, source_state) VALUES ('pub_1', 'none'), ('pub_2', 'retracted')"
        )
        connection.execute(
            "INSERT INTO analytics.case_completeness (case_id, completeness) VALUES ('a', 0.5), ('b', 0.4), ('c', 1), ('d', 0.9)"
        )
        run_sql(connection, "analytics/variant_distribution")
        yield connection


def _counts(rows: list[dict[str, object]]) -> dict[object, object]:
    return {row["code"]: row["n_cases"] for row in rows if row["n_cases"]}


@pytest.mark.parametrize(
    ("cut", "retracted", "counts", "n_left_out"),
    [
        (0, False, {"dystrophic": 2, "idiopathic": 1}, 1),
        (0, True, {"dystrophic": 3, "idiopathic": 1}, 0),
        (0.5, False, {"dystrophic": 1, "idiopathic": 1}, 2),
        (0.6, True, {"dystrophic": 2}, 2),
    ],
)
def test_what_is_counted(
    connection: duckdb.DuckDBPyConnection, cut: float, retracted: bool, counts: dict[str, int], n_left_out: int
) -> None:
    rows = read_distribution(connection, "variant", min_completeness=cut, include_retracted=retracted)
    assert tuple(rows[0]) == ROW_COLUMNS
    assert _counts(rows) == counts
    assert {row["n_total"] for row in rows} == {4 - n_left_out}
    assert count_left_out(connection, min_completeness=cut, include_retracted=retracted) == (n_left_out, 4)


def test_strata_above_a_cut_keep_the_order_of_the_published_table(connection: duckdb.DuckDBPyConnection) -> None:
    published = read_distribution(connection, "variant", by="sex")
    assert read_distribution(connection, "variant", by="sex", min_completeness=1e-9) == published
    assert [row["stratum"] for row in published] == sorted(str(row["stratum"]) for row in published)


def test_the_work_up_is_read_item_by_item(connection: duckdb.DuckDBPyConnection) -> None:
    rows = read_work_up(connection, min_completeness=0.5)
    assert tuple(rows[0]) == ("item", *ROW_COLUMNS)
    assert [row["code"] for row in rows[:5]] == ["abnormal", "normal", "reported", "not_reported", "not_assessed"]
    assert len(rows) == 6 * 5
    assert {row["n_total"] for row in rows} == {2}


def test_the_flow_is_read_box_by_box(connection: duckdb.DuckDBPyConnection) -> None:
    run_sql(connection, "analytics/prisma_flow")
    rows = read_flow(connection)
    assert tuple(rows[0]) == FLOW_COLUMNS
    assert rows[0]["box"] == "previous_studies"
    assert {row["box"]: row["n"] for row in rows}["new_cases"] == 4
