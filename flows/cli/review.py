"""Commands for the eye of a person: a sheet of what needs one, its answers, and the agreement of two reviewers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from flows.cli.common import Format, FormatOption, HomeOption, JsonOption, fail, open_home, print_json, print_rows

app = typer.Typer(
    help="Values that need an eye: write them to a sheet, take the answers back, compare two reviewers.",
    no_args_is_help=True,
)

AGREEMENT_COLUMNS = ("field", "n", "agreed", "percent", "95% interval", "kappa", "kappa 95% interval")
SETTLE_COLUMNS = ("case_id", "field", "present_value", "first", "second")


def _refuse(error: Exception) -> NoReturn:
    problems = getattr(error, "problems", (str(error),))
    more = f"\nand {len(problems) - 50} more" if len(problems) > 50 else ""
    fail("the sheet does not fit, nothing was taken over:\n" + "\n".join(problems[:50]) + more, 2)


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="Workbook to write (.xlsx)")],
    confidence: Annotated[
        float | None,
        typer.Option(
            "--confidence", min=0, max=1, help="List what was read with less [default: review_confidence, 0.8]"
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many values, the most urgent first")] = 5000,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write what needs an eye to a sheet: low confidence, conflicts between sources, flagged and unmapped values.

    Answer in the columns decision (keep, change, clear), new_value, reviewer and comment; all others are locked.

    [bold]Example:[/] calcinosis review export review.xlsx, fill it in, then calcinosis review apply review.xlsx
    """
    from flows.curation.review import read_items
    from flows.curation.sheet import ReviewError, rows_of, write_review
    from flows.database import open_reader
    from flows.settings import load_settings

    settings = load_settings(home=home)
    below = settings.review_confidence if confidence is None else confidence
    with open_reader(open_home(home).registry) as connection:
        items, n_all = read_items(connection, below, limit)
    try:
        write_review(path, rows_of(items))
    except ReviewError as error:
        fail(str(error), 2)
    if json:
        print_json({"path": str(path), "n_values": len(items), "n_left_out": n_all - len(items)})
        return
    left = f" ({n_all - len(items)} less urgent ones are left out: --limit)" if n_all > len(items) else ""
    print(f"{len(items)} values written to {path}{left}: fill it in, then run `calcinosis review apply {path}`")


@app.command()
def apply(
    path: Annotated[Path, typer.Argument(help="The filled-in sheet")],
    reviewer: Annotated[str | None, typer.Option("--reviewer", help="Who decided, for rows that name nobody")] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Date of the decisions [default: today]")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take the answers of a sheet over as decisions, all or none; the next refresh applies them.

    A sheet that does not fit is refused with every cell that is wrong (exit code 2).

    [bold]Example:[/] calcinosis review apply review.xlsx --reviewer "J. Vidal"
    """
    from filelock import FileLock

    from flows.curation.answers import judge_answers
    from flows.curation.decisions import decisions_path, load_decisions, save_decisions
    from flows.curation.review import read_present_values
    from flows.curation.sheet import ReviewError, read_review
    from flows.database import open_reader
    from flows.settings import load_settings

    place, configured = open_home(home), load_settings(home=home).decisions
    target = decisions_path(place, configured)
    try:
        rows = read_review(path)
        with open_reader(place.registry) as connection:
            present = read_present_values(connection, [(row.case_id, row.field) for row in rows])
        with FileLock(place.path / "curation.lock", timeout=60):
            held = load_decisions(place, configured).in_force
            answers = judge_answers(
                path, rows, present, reviewer=reviewer, decided_on=on.date() if on else None, decided=held
            )
            n_rows = save_decisions(target, answers.decisions) if answers.decisions else None
    except ReviewError as error:
        _refuse(error)
    if json:
        print_json(
            {"path": str(target), "n_taken_over": len(answers.decisions), "n_known": answers.known,
             "n_unanswered": answers.unanswered}
        )  # fmt: skip
        return
    print(
        f"{len(answers.decisions)} decisions taken over, {answers.known} were known, {answers.unanswered} values are not answered"
    )
    if n_rows is not None:
        print(f"{target} holds {n_rows} decisions; run `calcinosis refresh` to apply them")


@app.command()
def agreement(
    first: Annotated[Path, typer.Argument(help="Sheet of one reviewer")],
    second: Annotated[Path, typer.Argument(help="Sheet of the other: a copy of the same export")],
    settle: Annotated[
        Path | None, typer.Option("--settle", help="Write what they see differently as a new review sheet (.xlsx)")
    ] = None,
    agreed: Annotated[
        Path | None, typer.Option("--agreed", help="Write what they agree on as a sheet that can be applied (.xlsx)")
    ] = None,
    form: FormatOption = Format.table,
    json: JsonOption = False,
) -> None:
    """Compare two reviewers: agreement and Cohen's kappa for each field, and the list to settle.

    [bold]Example:[/] calcinosis review agreement a.xlsx b.xlsx --settle settle.xlsx --agreed agreed.xlsx
    """
    from flows.curation.agreement import compare_sheets, rows_to_settle
    from flows.curation.sheet import ReviewError, read_review, write_review

    try:
        comparison = compare_sheets(read_review(first), read_review(second))
        if settle:
            write_review(settle, rows_to_settle(comparison))
        if agreed:
            write_review(agreed, comparison.agreed)
    except ReviewError as error:
        _refuse(error)
    disputed = [
        {
            "case_id": one.case_id,
            "field": one.field,
            "present_value": one.present_value,
            "first": _answer(one),
            "second": _answer(other),
        }
        for one, other in comparison.disputed
    ]
    if json:
        print_json(
            {
                "fields": [asdict(field) for field in comparison.fields],
                "to_settle": disputed,
                "n_agreed": len(comparison.agreed),
                "n_answered_by_one_only": comparison.unpaired,
            }
        )
        return
    rows = [
        {
            "field": field.field,
            "n": field.n,
            "agreed": field.n_agreed,
            "percent": f"{100 * field.agreement:.1f}",
            "95% interval": f"{100 * field.agreement_low:.1f} to {100 * field.agreement_high:.1f}",
            "kappa": "" if field.kappa is None else f"{field.kappa:.2f}",
            "kappa 95% interval": ""
            if field.kappa_low is None or field.kappa_high is None
            else f"{field.kappa_low:.2f} to {field.kappa_high:.2f}",
        }
        for field in comparison.fields
    ]
    print_rows(rows, AGREEMENT_COLUMNS, form, "Agreement of the two reviewers")
    if disputed and form is Format.table:
        print_rows(disputed, SETTLE_COLUMNS, form, "To settle")
    if form is Format.table:
        print(f"{len(disputed)} values to settle, {comparison.unpaired} answered by one reviewer only")


def _answer(row: Any) -> str:
    return f"change: {row.new_value}" if row.decision == "change" else str(row.decision)
