"""The difference of the last two runs of a registry, in a shape that is easy to compare."""

from __future__ import annotations

from typing import Any

from flows.difference.comparing import open_difference, read_report
from flows.difference.versions import choose_versions

from ..load.refreshing import Registry

Change = tuple[str, str | None, str | None, str, str | None]


def report(registry: Registry) -> dict[str, Any]:
    """The whole report on the published version and the one before it."""
    older, newer = choose_versions(registry.home)
    with open_difference(older.database, newer.database) as connection:
        return read_report(connection, older, newer)


def title(case: dict[str, Any]) -> str:
    """Title of the publication of a case of `refreshing.case`, whose name is "Jain A. <title>. <year>, patient 1"."""
    return str(case["case_name"]).split(". ")[1]


def changes(found: dict[str, Any]) -> dict[str, list[Change]]:
    """Title -> (field, from, to, why, cause) of every changed case."""
    return {
        title(case): [(row["field"], row["from"], row["to"], row["why"], row["cause"]) for row in case["fields"]]
        for case in found["changed"]
    }
