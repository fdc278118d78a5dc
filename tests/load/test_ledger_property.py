"""The ledger balances for every unit and source, whatever the sources hold and wherever runs break off.

What must come out is worked out from what the test wrote into the files, never from the database: files and rows are
counted while they are written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.database import open_reader
from flows.pipeline import STAGES, UnreadableInputError, refresh, run_plain

from .refreshing import case, write_sheet

KEYS = ("one", "two", "three")
BROKEN = b"\x89PNG\r\n\x1a\n" + bytes(100)
STATES = {
    "file": {"loaded", "unchanged", "duplicate", "failed"},
    "document": {"in_scope", "out_of_scope", "duplicate", "failed"},
    "record": {"accepted", "unchanged", "duplicate", "quarantined", "withdrawn"},
}
REPORT = """---
title: Report {name}
doi: 10.1000/{name}
---

A {age}-year-old woman had hard white nodules of the {site}. Calcinosis cutis was diagnosed.
"""
ELSEWHERE = """---
title: Report {name}
doi: 10.1000/{name}
---

Zebrafish fins regrow within two weeks after they are cut.
"""

# (title, age): few values, so that repeated, changed and contradicting rows come up; 400 years are quarantined.
ROW = st.tuples(st.sampled_from("abc"), st.sampled_from([36, 54, 400]))
SHEET = st.one_of(st.lists(ROW, min_size=1, max_size=5), st.none())  # None: a file that cannot be read
DOCUMENT = st.tuples(st.sampled_from(["hand", "elbow", None]), st.sampled_from([36, 54]))  # no site: out of scope
STATE = st.fixed_dictionaries(dict.fromkeys(KEYS, SHEET) | {"narratives": st.lists(DOCUMENT, max_size=2)})
# A run with the stage in which it breaks off, or None.
RUN = st.tuples(STATE, st.one_of(st.none(), st.sampled_from([*STAGES, "published"])))


class BreakOffError(Exception):
    """The run was killed."""


class World:
    """A registry, its source files, and what the test knows of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "sources", folder / "home"
        self.folder.mkdir()
        self.readable: dict[str, int] = {}
        self.ledgers: dict[str, list[tuple[Any, ...]]] = {}

    def write(self, state: dict[str, Any]) -> dict[str, int | None]:
        """Write the files; gives the number of rows of each sheet, None for a broken one."""
        rows: dict[str, int | None] = {}
        for key in KEYS:
            path = self.folder / f"{key}.csv"
            if state[key] is None:
                path.write_bytes(BROKEN + key.encode())
                rows[key] = None
            else:
                write_sheet(path, [case(f"{title}_{key}", age_years=age) for title, age in state[key]])
                rows[key] = len(state[key])
        for number in range(2):
            path = self.folder / f"report_{number}.md"
            path.unlink(missing_ok=True)
        for number, (site, age) in enumerate(state["narratives"]):
            form = ELSEWHERE if site is None else REPORT
            text = form.format(name=f"report_{number}", age=age, site=site)
            (self.folder / f"report_{number}.md").write_text(text, encoding="utf-8")
        return rows

    def run(self, breaks_off: str | None) -> dict[str, Any] | None:
        """Refresh from the files; gives None for a run that broke off, or that found no readable file."""

        def stage(name: str, *arguments: Any) -> Any:
            if name == breaks_off:
                raise BreakOffError
            result = [] if name == "gate" else run_plain(name, *arguments)
            if name == "publish" and breaks_off == "published":
                raise BreakOffError
            return result

        try:
            return refresh([str(path) for path in sorted(self.folder.iterdir())], str(self.home), run_stage=stage)
        except (BreakOffError, UnreadableInputError):
            return None

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        if not (self.home / "registry.duckdb").exists():
            return []
        with open_reader(self.home / "registry.duckdb") as connection:
            return connection.execute(query).fetchall()


# An example is several runs; to shrink one that fails would take longer than to read it.
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(runs=st.lists(RUN, min_size=2, max_size=3))
@pytest.mark.timeout(1200)
def test_the_ledger_balances_whatever_comes_in_and_wherever_a_run_breaks_off(
    runs: list[tuple[dict[str, Any], str | None]],
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="calcinosis-ledger-"))
    try:
        world = World(folder)
        for state, breaks_off in runs:
            _one_run(world, state, breaks_off)
        # Whatever broke off before, the next run ends, and its accounts close.
        _one_run(world, runs[-1][0], None)
    finally:
        shutil.rmtree(folder)


def _one_run(world: World, state: dict[str, Any], breaks_off: str | None) -> None:
    published_before = world.ask("SELECT max(run_id) FROM ops.ledger")
    held_before = _accepted(world)
    known_before = {path for (path,) in world.ask("SELECT path FROM raw.source_files WHERE file_state = 'loaded'")}
    rows = world.write(state)
    summary = world.run(breaks_off)
    published_now = world.ask("SELECT max(run_id) FROM ops.ledger")
    ledgers = _ledgers(world)
    # An account that was closed once is never touched again.
    assert {run_id: ledgers.get(run_id) for run_id in world.ledgers} == world.ledgers
    if published_now == published_before:
        # A run that broke off, was refused, or found nothing changed leaves no account in the registry.
        assert set(ledgers) == set(world.ledgers)
        if summary is not None:
            _balances(world, _of_summary(summary), rows, known_before, held_before)
        return
    [new] = set(ledgers) - set(world.ledgers)
    _balances(world, ledgers[new], rows, known_before, held_before)
    if summary is not None:
        assert sorted(_of_summary(summary), key=repr) == sorted(ledgers[new], key=repr)
    world.ledgers = ledgers


def _balances(
    world: World,
    ledger: list[tuple[Any, ...]],
    rows: dict[str, int | None],
    known_before: set[str],
    held_before: Counter[tuple[str, str]],
) -> None:
    sums: Counter[tuple[str, str]] = Counter()
    states: Counter[tuple[str, str, str]] = Counter()
    for source, unit, state, _, n in ledger:
        assert state in STATES[unit], (unit, state)
        assert n > 0
        states[source, unit, state] += n
        if state != "withdrawn":
            sums[source, unit] += n
    assert len({row[:4] for row in ledger}) == len(ledger), "a row of the ledger stands twice"
    for key in KEYS:
        was_known = str((world.folder / f"{key}.csv").resolve()) in known_before
        # A file that cannot be read is one, and the content that is kept of it is one more.
        kept = rows[key] is None and was_known
        assert sums[key, "file"] == 1 + kept
        assert states[key, "file", "failed"] == (rows[key] is None)
        assert sums[key, "document"] == 0
        if rows[key] is not None:
            world.readable[key] = rows[key]
        elif not kept:
            world.readable[key] = 0
        assert sums[key, "record"] == world.readable[key], key
    # A narrative that is not given any more is kept; each file holds one document with one patient, or none.
    for number in range(2):
        source = f"report_{number}"
        given_or_known = (world.folder / f"{source}.md").exists() or any(
            f"{source}.md" in path for path in known_before
        )
        assert sums[source, "file"] == given_or_known
        assert sums[source, "document"] == given_or_known
        assert sums[source, "record"] == states[source, "document", "in_scope"]
    held_now = _accepted(world)
    for source in {*KEYS, "report_0", "report_1"}:
        in_cases = sum(n for (key, _), n in held_now.items() if key == source)
        assert states[source, "record", "accepted"] + states[source, "record", "unchanged"] == in_cases
        gone = {name for name in held_before if name[0] == source} - _named(world)
        assert states[source, "record", "withdrawn"] == sum(held_before[name] for name in gone)


def _of_summary(summary: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("source_key", "unit", "state", "reason", "n")) for row in summary["ledger"]]


def _ledgers(world: World) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for run_id, *row in world.ask("SELECT run_id, source_key, unit, state, reason, n FROM ops.ledger ORDER BY ALL"):
        found.setdefault(run_id, []).append(tuple(row))
    return found


def _accepted(world: World) -> Counter[tuple[str, str]]:
    """Accepted records by source and key."""
    return Counter(world.ask("SELECT source_key, record_key FROM registry.case_contributions"))


def _named(world: World) -> set[tuple[str, str]]:
    """All records by source and key, accepted or not."""
    return set(world.ask("SELECT source_key, record_key FROM staging.record_keys"))
