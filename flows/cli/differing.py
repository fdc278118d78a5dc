"""The command diff, and how a run and a replay print what they change."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from flows.cli.common import (
    Format,
    FormatOption,
    HomeOption,
    JsonOption,
    console,
    fail,
    open_home,
    print_json,
    print_rows,
)


class Part(StrEnum):
    """Which rows of a difference are printed as CSV, JSON or Markdown."""

    cases = "cases"
    distributions = "distributions"
    terms = "terms"
    files = "files"


COLUMNS: dict[Part, tuple[str, ...]] = {
    Part.cases: ("change", "case_id", "case_name", "field", "from", "to", "why", "cause"),
    Part.distributions: (
        "distribution", "stratum_by", "stratum", "level", "code", "label", "n_cases_before", "n_cases_after",
        "n_reported_before", "n_reported_after", "share_before", "share_after",
    ),
    Part.terms: ("vocabulary", "code", "change", "detail"),
    Part.files: ("part", "program_file", "change"),
}  # fmt: skip
REPLAY_COLUMNS = ("outcome", "record_key", "source_key", "file_name", "sheet", "line_number", "reasons")
MOVED_IN_A_RUN = 10


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(diff)


def diff(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Run ids, from and to, or their first characters [default: a build that a gate holds against the "
            "published version, else the published version against the one before]",
            show_default=False,
        ),
    ] = None,
    part: Annotated[
        Part | None, typer.Option("--part", help="Only this part; the other formats print the cases [default: all]")
    ] = None,
    strata: Annotated[
        bool, typer.Option("--strata", help="Show the moved rows of all strata, not only overall")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows of a table to show; 0 for all")] = 100,
    form: FormatOption = Format.table,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Compare two versions of the registry: cases added, changed (field, from, to, why) and removed, and what moved.

    [bold]Example:[/] calcinosis diff 20261101T0200 20261102T0200 --json

    `calcinosis runs` lists the run ids. Exit code: 0 compared, whatever differs, 1 they cannot be compared, 2 no such version.
    """
    from flows.difference.comparing import open_difference, read_report
    from flows.difference.versions import NoSuchVersionError, choose_versions

    if len(runs or []) > 2:
        fail("name two runs at most: from and to", 2)
    try:
        older, newer = choose_versions(open_home(home), runs or [])
    except NoSuchVersionError as error:
        fail(str(error), 2)
    with open_difference(older.database, newer.database) as connection:
        report = read_report(connection, older, newer)
    if json:
        print_json(report)
    elif form is Format.table:
        _print_report(report, part, strata, limit)
    else:
        chosen = part or Part.cases
        print_rows(_rows(report, chosen, strata), COLUMNS[chosen], form)


def _rows(report: dict[str, Any], part: Part, strata: bool) -> list[dict[str, Any]]:
    if part is Part.distributions:
        return [row for row in report["distributions"] if strata or row["stratum_by"] == "overall"]
    if part is not Part.cases:
        found: list[dict[str, Any]] = report[part.value]
        return found
    rows = []
    for change in ("added", "changed", "removed"):
        for case in report[change]:
            empty = {"field": None, "from": None, "to": None, "why": case["why"], "cause": case["cause"]}
            rows += [
                {"change": change, "case_id": case["case_id"], "case_name": case["case_name"], **field}
                for field in case.get("fields", [empty])
            ]
    return rows


def _print_report(report: dict[str, Any], part: Part | None, strata: bool, limit: int) -> None:
    out = console()
    older, newer = report["older"], report["newer"]
    out.print(
        f"{older['run_id']} ({older['state']}, {older['n_cases']} cases) -> "
        f"{newer['run_id']} ({newer['state']}, {newer['n_cases']} cases)",
        style="bold",
        markup=False,
    )
    why = ", ".join(f"{reason} {n}" for reason, n in report["why"].items())
    out.print(
        f"{report['n_added']} cases added, {report['n_changed']} changed, {report['n_removed']} removed"
        + (f"; by cause: {why}" if why else ""),
        markup=False,
    )
    if report["n_reworded"]:
        out.print(f"{report['n_reworded']} more say the same in other words of their sources")
    for name, words in (("new_fields", "new fields, not compared"), ("dropped_fields", "dropped fields, not compared")):
        if report[name]:
            out.print(f"{words}: {', '.join(report[name])}", markup=False)
    titles = {
        Part.terms: "Vocabulary terms that changed",
        Part.files: "Vocabularies, rules and queries that changed",
        Part.cases: "Cases",
        Part.distributions: "Rows of the distributions that moved" + ("" if strata else ", overall"),
    }
    for one, title in titles.items():
        if part in (None, one):
            rows = _rows(report, one, strata)
            _print_some([_shown(row) for row in rows] if one is Part.distributions else rows, one, title, limit)


def _print_some(rows: list[dict[str, Any]], part: Part, title: str, limit: int) -> None:
    if not rows:
        return
    shown = rows[:limit] if limit else rows
    columns = SHOWN_MOVED if part is Part.distributions else COLUMNS[part]
    columns = tuple(name for name in columns if any(row[name] not in (None, "") for row in shown))
    print_rows(shown, columns, Format.table, title)
    if len(shown) < len(rows):
        console().print(f"{len(rows) - len(shown)} more rows: --limit 0 shows all", markup=False)


SHOWN_MOVED = ("distribution", "stratum", "level", "label", "n_cases", "of", "share %")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A moved row as a person reads it: before -> after."""

    def pair(name: str, form: str = "{}", times: int = 1) -> str:
        before, after = (
            "-" if row[f"{name}_{side}"] is None else form.format(row[f"{name}_{side}"] * times)
            for side in ("before", "after")
        )
        return before if before == after else f"{before} -> {after}"

    return {
        **row,
        "n_cases": pair("n_cases"),
        "of": pair("n_reported"),
        "share %": pair("share", "{:.1f}", 100),
    }


def print_brief(difference: dict[str, Any]) -> None:
    """What a run changes, in a few lines: counts, terms, and the overall rows that moved most."""
    from flows.difference.running import in_words

    out = console()
    out.print(f"Against {difference['older']['run_id']}: {in_words(difference)}", style="bold", markup=False)
    for term in difference["terms"]:
        detail = f" ({term['detail']})" if term["detail"] else ""
        out.print(f"  term {term['change']}: {term['vocabulary']}.csv: {term['code']}{detail}", markup=False)
    if difference["n_terms"] > len(difference["terms"]):
        out.print(f"  and {difference['n_terms'] - len(difference['terms'])} more terms")
    moved = sorted(difference["moved"], key=lambda row: -abs((row["share_after"] or 0) - (row["share_before"] or 0)))
    if moved:
        print_rows(
            [_shown(row) for row in moved[:MOVED_IN_A_RUN]], SHOWN_MOVED, Format.table, "What moved most, overall"
        )
        out.print("calcinosis diff lists all of it", markup=False)


def print_replay(summary: dict[str, Any]) -> None:
    """What became of each record of the quarantine, and why it stays."""
    out, replay = console(), summary["replay"]
    titles = {
        "passed": "Passed, and loaded",
        "entered": "In quarantine now",
        "kept": "Still in quarantine",
        "dropped": "Not in their sources any more",
    }
    for outcome, title in titles.items():
        rows = [row for row in replay["records"] if row["outcome"] == outcome]
        columns = ("record_key", "case_id", *REPLAY_COLUMNS[2:]) if outcome == "passed" else REPLAY_COLUMNS[1:]
        if rows:
            print_rows(rows, columns, Format.table, title)
    for file in summary["files"]:
        if file["detail"] and file["state"] == "unchanged":
            out.print(f"{file['detail']}. {file['advice']}", style="yellow", markup=False)
    if summary.get("difference"):
        print_brief(summary["difference"])
    out.print(
        f"{replay['n_passed']} records passed, {replay['n_kept']} stay in quarantine, {replay['n_entered']} came to it, "
        f"{replay['n_dropped']} are gone",
        markup=False,
    )
    out.print(f"Run {summary['run_id']}: {summary['message']}", style="bold", markup=False)
