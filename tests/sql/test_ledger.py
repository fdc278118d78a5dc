"""The ledger balances whatever the sources hold."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.database import run_sql
from flows.load.cases import append_ledger, identify_cases, name_records, stage_records
from flows.load.records import build_records_view

from .database import empty_build

# source, own id, sex: few values, so that duplicates, changes and conflicts come up in most examples.
RECORD = st.tuples(st.sampled_from("st"), st.sampled_from(["1", "2", "3", None]), st.sampled_from(["m", "f", "bad"]))


@pytest.fixture(scope="module")
def build() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_build() as connection:
        yield connection


def _run(connection: duckdb.DuckDBPyConnection, records: list[tuple[str, str | None, str]]) -> None:
    """Take records up to identified cases; one whose sex is "bad" breaks a rule."""
    connection.executemany(
        "INSERT INTO raw.sources (source_key, tier_rank, priority, scope) VALUES (?, 1, 1, 'full')", [["s"], ["t"]]
    )
    connection.execute(
        "INSERT INTO raw.source_columns SELECT source_key, 'f_' || source_key, NULL, 1, 'sex', 'sex' FROM raw.sources"
    )
    if records:
        connection.executemany(
            "INSERT INTO raw.records (source_key, file_sha256, line_number, record_id, sex) VALUES ($1, 'f_' || $1, $2, $3, $4)",
            [(source, line, own_id, sex) for line, (source, own_id, sex) in enumerate(records)],
        )
    build_records_view(connection)
    name_records(connection)
    stage_records(connection)
    connection.execute("INSERT INTO staging.rules VALUES ('bad_sex', 'suite', 'critical', 'quarantine', 'Bad.')")
    connection.execute(
        "INSERT INTO staging.rule_hits SELECT record_no, 'bad_sex', 'sex', sex_text "
        "FROM staging.case_records WHERE sex_text = 'bad'"
    )
    identify_cases(connection)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(RECORD, max_size=8), now=st.lists(RECORD, max_size=8))
def test_what_was_read_is_the_sum_of_what_became_of_it(
    build: duckdb.DuckDBPyConnection, before: list[tuple[str, str | None, str]], now: list[tuple[str, str | None, str]]
) -> None:
    build.execute("BEGIN")
    try:
        _run(build, before)
        build.execute(
            "CREATE TEMP TABLE held AS SELECT source_key, record_key, record_sha256 FROM staging.record_keys "
            "SEMI JOIN staging.record_cases USING (record_no)"
        )
        for table in ("raw.sources", "raw.source_columns", "raw.records", "staging.rules", "staging.rule_hits"):
            build.execute(f"DELETE FROM {table}")
        build.execute("INSERT INTO staging.previous_records FROM held")
        _run(build, now)
        append_ledger(build, "run")
        for source in "st":
            ledger = dict(
                build.execute(
                    "SELECT state, sum(n)::BIGINT FROM ops.ledger WHERE source_key = ? GROUP BY state", [source]
                ).fetchall()
            )
            withdrawn = ledger.pop("withdrawn", 0)
            assert sum(ledger.values()) == sum(1 for record in now if record[0] == source)
            held = set(
                build.execute("SELECT record_key, record_sha256 FROM held WHERE source_key = ?", [source]).fetchall()
            )
            read = set(
                build.execute(
                    "SELECT record_key, record_sha256 FROM staging.record_keys WHERE source_key = ?", [source]
                ).fetchall()
            )
            assert withdrawn == sum(1 for key, _ in held if key not in {name for name, _ in read})
            assert ledger.get("unchanged", 0) == len(held & read)
            assert ledger.get("accepted", 0) + ledger.get("unchanged", 0) + ledger.get("quarantined", 0) == len(read)
        accepted = "SELECT sum(n)::BIGINT FROM ops.ledger WHERE state IN ('accepted', 'unchanged')"
        assert build.execute(
            f"SELECT (SELECT count(*) FROM staging.record_cases) = coalesce(({accepted}), 0)"
        ).fetchone() == (True,)
    finally:
        build.execute("ROLLBACK")


def test_appending_keeps_earlier_runs(build: duckdb.DuckDBPyConnection) -> None:
    build.execute("BEGIN")
    _run(build, [("s", "1", "m")])
    for run_id in ("run_1", "run_2"):
        run_sql(build, "ops/append_ledger", parameters={"run_id": run_id})
    assert build.execute("SELECT run_id, n FROM ops.ledger ORDER BY 1").fetchall() == [("run_1", 1), ("run_2", 1)]
    build.execute("ROLLBACK")
