"""Release of a held build: a person looked at what held it back, and publishes it all the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from filelock import FileLock, Timeout

from flows.database import open_build, open_reader
from flows.home import Home
from flows.journal import PUBLISHED, Journal, RunRecord, Stopwatch, read_journal, read_runs
from flows.pipeline import BusyError, publish
from flows.publish.publication import published_run
from flows.validate.checks_table import failed_stops
from flows.validate.drift import held_shares


class ReleaseError(RuntimeError):
    """A run cannot be released; the message says why, and what to do instead."""


def release_run(home: Home, run_id: str, why: str, who: str, *, keep_versions: int, timeout: float = 60) -> str:
    """Publish the build of a held run, and keep who released it, when and why in ops.releases and in its journal.

    why, who: words of a person, not empty.   timeout: seconds to wait for a run that is under way.
    Returns the message of the journal. Raises ReleaseError, and BusyError when the registry stays busy.
    """
    if not why.strip() or not who.strip():
        raise ReleaseError("a release needs a reason and a name: give --why")
    try:
        with FileLock(home.lock, timeout=timeout):
            return _release(home, check_release(home, run_id), why.strip(), who.strip(), keep_versions)
    except Timeout as error:
        raise BusyError(f"another run holds {home.path}: try again when it has ended") from error


def check_release(home: Home, run_id: str) -> RunRecord:
    """Give the run, if it is the newest held one, rests on what is published now, and broke nothing but what may be released.

    Raises ReleaseError.
    """
    path = home.runs / f"{run_id}.json"
    if not path.exists():
        raise ReleaseError(f"there is no run {run_id}: `calcinosis runs` lists them")
    run = read_journal(path)
    if run.status != "held":
        raise ReleaseError(f"run {run_id} is {run.status}, not held: there is nothing to release")
    if not home.build_database(run_id).exists():
        raise ReleaseError(f"the build of {run_id} is not kept any more: run `calcinosis refresh` again")
    newer = [other for other in read_runs(home.runs) if other.run_id > run_id and other.status in ("held", *PUBLISHED)]
    if newer:
        raise ReleaseError(f"run {newer[-1].run_id} is newer than {run_id} and is {newer[-1].status}: look at that one")
    current = published_run(home)
    if run.built_on != current:
        raise ReleaseError(
            f"run {run_id} was built on {run.built_on or 'nothing'}, and {current or 'nothing'} is published now: "
            "run `calcinosis refresh` again"
        )
    with open_reader(home.build_database(run_id)) as connection:
        if stops := failed_stops(connection):
            raise ReleaseError(
                f"run {run_id} is held back by {', '.join(stops)}, which nobody may release: correct what they name"
            )
    return run


def read_held_shares(home: Home, run_id: str) -> list[dict[str, Any]]:
    """The shares that held a run back, largest first."""
    with open_reader(home.build_database(run_id)) as connection:
        return held_shares(connection)


def _release(home: Home, run: RunRecord, why: str, who: str, keep_versions: int) -> str:
    watch = Stopwatch()
    message = f"released by {who}: {why}"
    with open_build(home.build_database(run.run_id)) as connection:
        # A release that died midway left its row.
        connection.execute("DELETE FROM ops.releases WHERE run_id = ?", [run.run_id])
        connection.execute(
            "INSERT INTO ops.releases SELECT ?, ?, ?, ?, list(rule ORDER BY rule) FROM quality.checks "
            "WHERE NOT holds AND action = 'hold'",
            [run.run_id, datetime.now(UTC).replace(tzinfo=None), who, why],
        )
        connection.execute(
            "UPDATE ops.runs SET status = 'released', message = ? WHERE run_id = ?", [message, run.run_id]
        )
    publish(home.path, run.run_id, keep_versions)
    Journal(home.runs, run.run_id).write("released", message=message, seconds=watch.seconds(), by=who, why=why)
    return message
