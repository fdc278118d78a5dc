"""Refreshes a registry again and again, and kills the process at random moments.

Run as `python -m tests.end_to_end.crash_driver FOLDER KILLS SEED`. Prints one JSON object a kill: how long the run had, what
the published registry holds afterwards, and what the journal says. Each run is a fork of this process, so that the
libraries are imported once; DuckDB is used in the forks alone.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import flows.validate.gx_duckdb  # noqa: F401
from flows.database import open_reader
from flows.journal import read_runs
from flows.pipeline import refresh
from flows.publish.publication import registry_checksum


def in_fork(work: object, seconds: float | None = None) -> tuple[int, float]:
    """Run `work()` in a fork; kill it after `seconds`. Gives its wait status and how long it took."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()  # type: ignore[operator]
            code = 0
        finally:
            os._exit(code)
    if seconds is not None:
        while time.monotonic() - start < seconds:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return 0, time.monotonic() - start
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1], time.monotonic() - start


def main(folder: Path, kills: int, seed: int) -> None:
    """Alternate two versions of one source, so that every run has something to publish."""
    home, chance = folder / "home", random.Random(seed)
    source = folder / "cases.csv"

    def run(version: int) -> None:
        rows = "".join(f"{number},{20 + number + version},female,left knee\n" for number in range(40))
        source.write_text("record_id,age_years,sex,lesion_sites\n" + rows, encoding="utf-8")
        refresh([str(source)], str(home))

    def note_checksum() -> None:
        with open_reader(home / "registry.duckdb") as connection:
            (folder / "checksum").write_text(json.dumps(registry_checksum(connection), sort_keys=True))

    def checksum() -> str:
        (folder / "checksum").unlink(missing_ok=True)
        in_fork(note_checksum)
        path = folder / "checksum"
        return path.read_text() if path.exists() else "unreadable"

    whole = {}
    duration = 0.0
    for version in (0, 1):
        status, duration = in_fork(lambda version=version: run(version))
        assert status == 0
        whole[checksum()] = version
    done, published = 0, 1
    for _ in range(5 * kills):
        if done == kills:
            break
        # The version that is not published, so that the run has work to do until it is killed.
        wanted = 1 - published
        allowed = chance.uniform(0.0, duration)
        status, took = in_fork(lambda wanted=wanted: run(wanted), allowed)
        if not os.WIFSIGNALED(status):
            duration = took
        state = whole.get(checksum(), "neither")
        published = state if isinstance(state, int) else published
        if os.WIFSIGNALED(status):
            done += 1
            statuses = [entry.status for entry in read_runs(home / "runs")]
            print(json.dumps({"allowed": allowed, "version": state, "statuses": statuses}), flush=True)
    status, _ = in_fork(lambda: run(1 - published))
    left = sorted(path.name for path in home.iterdir())
    whole_again = whole.get(checksum()) == 1 - published
    print(json.dumps({"last": status, "is_new": whole_again, "left": left}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
