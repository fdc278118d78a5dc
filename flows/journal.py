"""The journal of a run: append-only, flushed to disk line by line, so that a run that dies leaves what it did."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

ENDED = ("published", "unchanged", "held", "released", "failed", "rolled_back")
PUBLISHED = ("published", "released")
"""How a run ended whose registry was published to its end."""


def new_run_id() -> str:
    """Id of a run: its start in UTC, sortable, and four random letters: `20260102T030405.678Z-bcdf`."""
    # Letters, since four digits behind a hyphen would be read as an offset from UTC by whoever parses the id as a time.
    return (
        f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}"[:-3]
        + "Z-"
        + "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(4))
    )


class Journal:
    """Writes events to `home/runs/<run_id>.json`, one JSON object a line."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.path = folder / f"{run_id}.json"
        self.run_id = run_id

    def write(self, event: str, **facts: Any) -> None:
        """Append an event and wait until it is on the disk."""
        line = json.dumps(
            {"event": event, "at": datetime.now(UTC).isoformat(), **facts}, ensure_ascii=False, default=str
        )
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
            stream.flush()
            os.fsync(stream.fileno())


@dataclass
class RunRecord:
    """A run as its journal tells it; status is one of ENDED, `running` or `killed`.

    built_on: the run whose registry was published when this one began; None where there was none.
    """

    run_id: str
    status: str
    started_at: str | None = None
    ended_at: str | None = None
    seconds: float | None = None
    is_full: bool = False
    program_version: str | None = None
    message: str | None = None
    built_on: str | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    stages: list[dict[str, Any]] = field(default_factory=list)


def process_mark() -> dict[str, Any]:
    """This process as a journal names it: its number and when it started, so that a later one of that number differs."""
    return {"pid": os.getpid(), "process_started": psutil.Process().create_time()}


def _is_running(pid: int | None, started: float | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).create_time() == started
    except psutil.Error:
        return False


def read_journal(path: Path) -> RunRecord:
    """Read one journal; a last line that was cut short by a crash is passed over."""
    run = RunRecord(run_id=path.stem, status="killed")
    pid, mark = None, None
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        event = entry["event"]
        if event == "started":
            run.started_at, run.is_full = entry["at"], entry.get("full", False)
            run.built_on = entry.get("built_on")
            run.program_version, pid, mark = (
                entry.get("program_version"),
                entry.get("pid"),
                entry.get("process_started"),
            )
        elif event == "stage":
            run.stages.append({"stage": entry["stage"], "ended_at": entry["at"], "seconds": entry["seconds"]})
        elif event in ENDED:
            run.status, run.ended_at = event, entry["at"]
            run.seconds, run.message, run.summary = (
                entry.get("seconds"),
                entry.get("message"),
                entry.get("summary", run.summary),
            )
    if run.status == "killed" and _is_running(pid, mark):
        run.status = "running"
    return run


def read_runs(folder: Path) -> list[RunRecord]:
    """All runs of a home, oldest first."""
    return [read_journal(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def seconds(self) -> float:
        return round(time.monotonic() - self._start, 3)
