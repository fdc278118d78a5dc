"""The journal of a run, and what it says of runs that never ended."""

from __future__ import annotations

import re
from pathlib import Path

from flows.journal import Journal, new_run_id, process_mark, read_journal, read_runs


def test_a_run_id_is_sortable_and_ends_in_letters() -> None:
    # Great Expectations parses the id as a time, and takes four digits behind a hyphen for an offset from UTC.
    ids = [new_run_id() for _ in range(50)]
    assert all(re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z-[a-z]{4}", run_id) for run_id in ids)
    assert [run_id[:19] for run_id in ids] == sorted(run_id[:19] for run_id in ids)


def test_a_run_that_ended_says_how(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.write("started", full=True, program_version="1.2.3", **process_mark())
    journal.write("stage", stage="read", seconds=0.5)
    journal.write("held", seconds=2.0, message="held back by a gate")
    run = read_journal(journal.path)
    assert (run.status, run.is_full, run.program_version, run.seconds) == ("held", True, "1.2.3", 2.0)
    assert run.message == "held back by a gate"
    assert [(stage["stage"], stage["seconds"]) for stage in run.stages] == [("read", 0.5)]


def test_a_run_without_an_end_is_running_while_its_process_lives(tmp_path: Path) -> None:
    Journal(tmp_path, "one").write("started", **process_mark())
    assert read_journal(tmp_path / "one.json").status == "running"


def test_a_run_whose_process_is_gone_was_killed(tmp_path: Path) -> None:
    # The number of this process, but another start: a later process got the number.
    Journal(tmp_path, "one").write("started", **{**process_mark(), "process_started": 1.0})
    assert read_journal(tmp_path / "one.json").status == "killed"


def test_a_line_cut_short_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "one")
    journal.write("started", **{**process_mark(), "process_started": 1.0})
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write('{"event": "publ')
    assert read_journal(journal.path).status == "killed"


def test_runs_are_listed_oldest_first_and_a_new_home_has_none(tmp_path: Path) -> None:
    for name in ("20260102", "20260101"):
        Journal(tmp_path, name).write("started", **process_mark())
    assert [run.run_id for run in read_runs(tmp_path)] == ["20260101", "20260102"]
    assert read_runs(tmp_path / "missing") == []
