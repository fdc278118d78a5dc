"""A small database of case records, and suites on it, that each test breaks in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.validate.suites import RuleResult, Suite, load_suites, run_suites

# record_no, case_id, age_years, sex, variant, onset_date
SOUND_ROWS = [
    (1, "case_a", 34.0, "female", "dystrophic", "2011-03-01"),
    (2, "case_b", 0.5, "male", "iatrogenic", "2012-07-30"),
    (3, "case_c", 71.0, "female", "calciphylaxis", "2015-01-15"),
    (4, "case_d", 52.0, None, "idiopathic", None),
]

ROW_COUNT = {
    "type": "expect_table_row_count_to_be_between",
    "severity": "critical",
    "kwargs": {"min_value": 1},
    "meta": {"id": "has_records", "action": "stop", "sentence": "There is at least one record."},
}
COMPLETE = {
    "type": "expect_column_values_to_not_be_null",
    "severity": "critical",
    "kwargs": {"column": "case_id", "mostly": 0.9},
    "meta": {"id": "case_id_is_complete", "action": "stop", "sentence": "Nine of ten records have a case id."},
}


def row_rule(rule: str, condition: str, field: str = "age_years", action: str = "flag") -> dict[str, Any]:
    """A row rule that is broken by the rows for which the condition holds."""
    query = f"SELECT record_no, '{field}' AS field, {field} AS value FROM {{batch}} WHERE {condition}"
    return {
        "type": "unexpected_rows_expectation",
        "severity": "warning",
        "kwargs": {"unexpected_rows_query": query},
        "meta": {"id": rule, "action": action, "field": field, "sentence": f"{field} is plausible."},
    }


def gate(rule: str, expectation_type: str, **kwargs: Any) -> dict[str, Any]:
    """A gate on the table."""
    return {
        "type": expectation_type,
        "severity": "critical",
        "kwargs": kwargs,
        "meta": {"id": rule, "action": "stop", "sentence": f"{rule} holds."},
    }


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A DuckDB file with the sound rows in staging.case_records."""
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA staging")
        connection.execute(
            "CREATE TABLE staging.case_records (record_no BIGINT, case_id VARCHAR, age_years DOUBLE, sex VARCHAR, "
            "variant VARCHAR, onset_date DATE)"
        )
        connection.executemany("INSERT INTO staging.case_records VALUES (?, ?, ?, ?, ?, ?)", SOUND_ROWS)
    return path


@pytest.fixture
def write_suite(tmp_path: Path) -> Callable[..., Path]:
    """Write a suite on staging.case_records: row count, completeness and what is given; gives the folder."""

    def write(*expectations: dict[str, Any], **changes: Any) -> Path:
        folder = tmp_path / "expectations"
        path = folder / "staging" / "case_records.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        suite = {"name": "staging.case_records", "expectations": [ROW_COUNT, COMPLETE, *expectations]} | changes
        path.write_text(json.dumps(suite), encoding="utf-8")
        return folder

    return write


@pytest.fixture
def run_rules(database: Path, write_suite: Callable[..., Path]) -> Callable[..., dict[str, RuleResult]]:
    """Change the database by SQL, run row count, completeness and the given expectations; gives results by rule."""

    def run(*expectations: dict[str, Any], change: str = "") -> dict[str, RuleResult]:
        with duckdb.connect(str(database)) as connection:
            connection.execute(change or "SELECT 1")
        suites: list[Suite] = load_suites(write_suite(*expectations))
        [result] = run_suites(database, suites, "run_1")
        return {found.rule: found for found in result.results}

    return run
