"""What `ops` says of the runs, taken from their journals when a registry is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from flows.database import insert_rows
from flows.journal import RunRecord


def take_up_journals(connection: duckdb.DuckDBPyConnection, runs: Sequence[RunRecord], run_id: str) -> None:
    """Fill ops.runs and ops.stages from the journals; the run that builds counts as published, since only then it is seen."""
    insert_rows(
        connection,
        "ops.runs",
        [
            (
                run.run_id,
                "published" if run.run_id == run_id else run.status,
                _utc(run.started_at),
                _utc(run.ended_at),
                run.seconds,
                run.is_full,
                run.program_version,
                run.message,
            )
            for run in runs
        ],
    )
    insert_rows(
        connection,
        "ops.stages",
        [
            (run.run_id, stage["stage"], _utc(stage["ended_at"]), stage["seconds"])
            for run in runs
            for stage in run.stages
        ],
    )


def _utc(moment: str | None) -> str | None:
    return moment.removesuffix("+00:00") if moment else None


def read_ledger(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[dict[str, Any]]:
    """The ledger of a run: one row per source, unit, state and reason."""
    rows = connection.execute(
        "SELECT source_key, unit, state, reason, n FROM ops.ledger WHERE run_id = ? ORDER BY ALL", [run_id]
    ).fetchall()
    return [dict(zip(("source_key", "unit", "state", "reason", "n"), row, strict=True)) for row in rows]


def as_unchanged(ledger: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ledger of a run in which nothing changed, from that of the run that is published."""
    totals: dict[tuple[str, str, str, str | None], int] = {}
    for row in ledger:
        if row["state"] == "withdrawn":
            continue
        state = "unchanged" if row["state"] in ("accepted", "loaded") else row["state"]
        key = (row["source_key"], row["unit"], state, row["reason"])
        totals[key] = totals.get(key, 0) + row["n"]
    return [
        {"source_key": source, "unit": unit, "state": state, "reason": reason, "n": n}
        for (source, unit, state, reason), n in sorted(totals.items(), key=lambda item: tuple(map(str, item[0])))
    ]
