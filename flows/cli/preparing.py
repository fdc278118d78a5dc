"""Commands for whoever prepares a source: check, template."""

from __future__ import annotations

import csv
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.common import Format, JsonOption, console, print_json, print_rows


class SheetFormat(StrEnum):
    """Formats of the template."""

    xlsx = "xlsx"
    csv = "csv"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(check)
    app.command()(template)


def check(
    files: Annotated[list[str], typer.Argument(help="Files, folders or patterns, or key=path")],
    json: JsonOption = False,
) -> None:
    """Try files without loading them: headings recognised, values that will not map, what would be quarantined and why.

    [bold]Example:[/] calcinosis check clinic_a.xlsx

    Exit code: 0 all records would be accepted, 1 some would be quarantined, 2 a file cannot be read.
    """
    from flows.load.dry_run import check_sources
    from flows.settings import load_settings

    settings = load_settings()
    overrides = {key: source.overrides() for key, source in settings.sources.items()}
    with tempfile.TemporaryDirectory(prefix="calcinosis-check-") as folder:
        report = check_sources(Path(folder), files, overrides)
    if json:
        print_json(report)
    else:
        _print_check(report)
    raise typer.Exit(2 if report["unreadable"] else 1 if report["quarantined"] else 0)


def _print_check(report: dict[str, Any]) -> None:
    out = console()
    for file in report["unreadable"]:
        out.print(f"cannot be read: {file['detail']}. {file['advice']}", style="red", markup=False)
    for sheet in report["headings"]:
        place = f"{sheet['file']}" + (f", sheet {sheet['sheet']}" if sheet["sheet"] else "")
        out.print(place, style="bold", markup=False)
        out.print(
            "  recognised: " + ", ".join(f"{h} -> {f}" if h != f else h for h, f in sheet["recognised"].items()),
            markup=False,
        )
        if sheet["unknown"]:
            out.print(
                f"  not recognised, kept but not used: {', '.join(sheet['unknown'])} "
                "(name them in registry.toml, [sources.<key>.columns])",
                style="yellow",
                markup=False,
            )
    if report["unmapped"]:
        print_rows(
            report["unmapped"],
            ("intake_field", "term", "n_records", "suggested_label"),
            Format.table,
            "Words in no vocabulary; they are kept, and counted as reported",
        )
    if report["flagged"]:
        print_rows(
            report["flagged"],
            ("file_name", "sheet", "line_number", "intake_field", "offending_value", "sentence"),
            Format.table,
            "Would be accepted with a flag",
        )
    if report["quarantined"]:
        print_rows(
            report["quarantined"],
            ("file_name", "sheet", "line_number", "reasons"),
            Format.table,
            "Would be quarantined",
        )
    out.print(
        f"{report['n_records']} records: {report['n_accepted']} would be accepted, {report['n_duplicate']} are duplicates, "
        f"{len(report['quarantined'])} would be quarantined",
        style="bold",
    )


def template(
    path: Annotated[Path | None, typer.Argument(help="File to write [default: calcinosis_cases.xlsx or .csv]")] = None,
    form: Annotated[SheetFormat | None, typer.Option("--format", "-f", help="xlsx or csv")] = None,
) -> None:
    """Write an empty sheet with our headings, the allowed values and two example rows.

    [bold]Example:[/] calcinosis template my_cases.xlsx
    """
    from flows.coding.stage import vocabulary_names
    from flows.coding.vocabulary import load_vocabulary
    from flows.publish.sheets import write_sheet
    from flows.resources import resource

    ending = form.value if form else (path.suffix[1:] if path else "xlsx")
    target = path or Path(f"calcinosis_cases.{ending}")
    target = target if target.suffix == f".{ending}" else target.with_suffix(f".{ending}")
    with resource("data", "dictionary", "examples.csv").open(encoding="utf-8", newline="") as stream:
        examples = list(csv.DictReader(stream))
    with resource("data", "dictionary", "fields.csv").open(encoding="utf-8", newline="") as stream:
        vocabularies = {row["field"]: row["vocabulary"] for row in csv.DictReader(stream) if row["intake"] == "yes"}
    names = set(vocabulary_names())
    allowed = {
        row["field"]: [
            (term.code, term.label)
            for term in load_vocabulary(vocabularies[row["field"]]).terms.values()
            if row["field"] != "variant_stated" or term.level == "variant"
        ]
        for row in examples
        if vocabularies.get(row["field"]) in names
    }
    rows = [{row["field"]: row[f"example_{number}"] or None for row in examples} for number in (1, 2)]
    write_sheet(target, [row["field"] for row in examples], rows, allowed)
    print(f"{target} written: fill it in, delete the two example rows, then run `calcinosis check {target}`")
