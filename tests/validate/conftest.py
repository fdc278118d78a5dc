"""A small database of case records, and suites on it, that each test breaks in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.validate.suites import RuleResult, Suite, load_suites, run_suites

from .suite_parts import COMPLETE, ROW_COUNT, SOUND_ROWS


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
