"""Drift: how the shares of a build moved against the published registry, and whether a cause explains it."""

from __future__ import annotations

from typing import Any

import duckdb

from flows.database import run_sql

DRIFT_COLUMNS = (
    "distribution", "level", "code", "label", "n_cases_before", "denominator_before", "share_before", "n_cases_now",
    "denominator_now", "share_now", "moved", "n_changed_with_cause", "n_changed_without_cause", "unexplained",
)  # fmt: skip


def measure_drift(connection: duckdb.DuckDBPyConnection, run_id: str, threshold: float) -> int:
    """Build quality.drift, once distributions and history of the build stand. Returns how many shares are held.

    threshold: the largest part of a share (0 to 1) that may move without a cause.
    """
    connection.execute("DELETE FROM staging.drift_settings")
    connection.execute("INSERT INTO staging.drift_settings VALUES (?, ?)", [run_id, threshold])
    run_sql(connection, "staging/current_distributions", "staging/changed_values", "quality/drift")
    # The values of a million new cases are of no use behind the gate.
    connection.execute("TRUNCATE staging.changed_values")
    row = connection.execute("SELECT count(*) FILTER (is_held) FROM quality.drift").fetchone()
    return int(row[0]) if row else 0


def held_shares(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The shares that moved without a cause, as dictionaries with DRIFT_COLUMNS, the largest first."""
    rows = connection.execute(
        f"SELECT {', '.join(DRIFT_COLUMNS)} FROM quality.drift WHERE is_held "
        "ORDER BY abs(unexplained) DESC, distribution, level, code"
    ).fetchall()
    return [dict(zip(DRIFT_COLUMNS, row, strict=True)) for row in rows]
