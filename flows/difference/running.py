"""What a run says before it publishes: how its build differs from what is published, and what became of the quarantine."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.database import open_reader
from flows.difference.comparing import IncomparableError, Version, open_difference, read_brief, read_quarantine, rows
from flows.home import Home
from flows.publish.publication import published_run

Logger = logging.Logger | logging.LoggerAdapter[logging.Logger]


@dataclass
class BuildDifference:
    """A build against the published registry.

    brief: as `read_brief` gives it; None where nothing is published yet, or that has another shape.
    quarantine: as `read_quarantine` gives it.
    """

    brief: dict[str, Any] | None = None
    quarantine: list[dict[str, Any]] = field(default_factory=list)


def compare_build(home: Home, run_id: str, state: str, memory_limit: str, logger: Logger) -> BuildDifference:
    """Compare the build of a run with the published registry, and log the outcome; state: what becomes of the build."""
    if not home.registry.exists():
        return BuildDifference()
    older = Version(published_run(home) or "published", home.registry, "published")
    newer = Version(run_id, home.build_database(run_id), state)
    try:
        with open_difference(older.database, newer.database, memory_limit=memory_limit) as connection:
            found = BuildDifference(read_brief(connection, older, newer), read_quarantine(connection))
    except IncomparableError as error:
        # A registry of an older shape is still to be replaced.
        logger.warning("what this run changes cannot be told: %s", error)
        return BuildDifference()
    logger.info("%s", in_words(found.brief or {}))
    return found


def in_words(brief: dict[str, Any]) -> str:
    """The numbers of a difference in one line."""
    why = ", ".join(f"{reason} {n}" for reason, n in brief["why"].items())
    return (
        f"{brief['n_added']} cases added, {brief['n_changed']} changed, {brief['n_removed']} removed"
        + (f" (by cause: {why})" if why else "")
        + f"; {brief['n_moved']} rows of the distributions moved, {len(brief['moved'])} of them overall"
    )


def replay_report(quarantine: list[dict[str, Any]]) -> dict[str, Any]:
    """What a replay did: n_passed, n_kept, n_entered, n_dropped, and the records."""
    counts = {f"n_{name}": 0 for name in ("passed", "kept", "entered", "dropped")}
    for row in quarantine:
        counts[f"n_{row['outcome']}"] += 1
    return {**counts, "records": quarantine}


def untouched_quarantine(database: Path) -> list[dict[str, Any]]:
    """The quarantine of a registry that a replay left as it was, in the shape of `read_quarantine`."""
    with open_reader(database) as connection:
        return rows(
            connection,
            "SELECT 'kept' AS outcome, source_key, file_name, sheet, line_number, record_key, NULL AS case_id, rules, reasons "
            "FROM quality.quarantine ORDER BY source_key, file_name, sheet, line_number",
        )
