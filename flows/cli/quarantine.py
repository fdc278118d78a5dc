"""Commands for the records that were kept out: list, show, export, replay."""

from __future__ import annotations

import json as json_library
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.common import Format, FormatOption, HomeOption, JsonOption, fail, open_home, print_json, print_rows

app = typer.Typer(
    help="Records kept out of the registry: list, show, export them as a sheet to be corrected, replay them.",
    no_args_is_help=True,
)

LIST_COLUMNS = ("record_key", "source_key", "file_name", "sheet", "line_number", "severity", "reasons")
NOTE_COLUMNS = ("reasons", "source_key", "file_name", "sheet", "line_number")
CORRECTION_COLUMNS = ("corrects_record_key", "corrects_record_sha256")


def _quarantined(home: Path | None) -> list[dict[str, Any]]:
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        result = connection.execute(
            "SELECT * FROM quality.quarantine ORDER BY source_key, file_name, sheet, line_number"
        )
        columns = [column for column, *_ in result.description or []]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


@app.command("list")
def list_records(home: HomeOption = None, form: FormatOption = Format.table) -> None:
    """List the quarantined records with their reasons.

    [bold]Example:[/] calcinosis quarantine list --format csv
    """
    print_rows(_quarantined(home), LIST_COLUMNS, form)


@app.command()
def show(
    record_key: Annotated[str, typer.Argument(help="Key of the record, or its first characters")],
    home: HomeOption = None,
) -> None:
    """Show a quarantined record whole, as JSON: every value as it came, and every reason.

    [bold]Example:[/] calcinosis quarantine show rec_0123456789abcdef
    """
    found = [row for row in _quarantined(home) if row["record_key"].startswith(record_key)]
    if not found:
        fail(f"no quarantined record {record_key}: `calcinosis quarantine list` lists them", 2)
    for row in found:
        row["payload"] = json_library.loads(row["payload"])
    print_json(found if len(found) > 1 else found[0])


@app.command()
def export(
    path: Annotated[Path, typer.Argument(help="Sheet to write: .xlsx or .csv")],
    home: HomeOption = None,
) -> None:
    """Write the quarantined records as a sheet to be corrected; `refresh` takes the corrected sheet back.

    A row that is corrected replaces the record that it came from, and no other. Leave the last two columns as they are.

    [bold]Example:[/] calcinosis quarantine export to_correct.xlsx, correct it, then calcinosis refresh to_correct.xlsx
    """
    from flows.ingest.mapping import intake_fields
    from flows.publish.sheets import write_sheet

    rows = _quarantined(home)
    if not rows:
        print("nothing is in quarantine")
        return
    fields = [field for field in intake_fields() if field not in CORRECTION_COLUMNS]
    records = []
    for row in rows:
        payload = json_library.loads(row["payload"])
        records.append(
            {
                **{column: row[column] for column in NOTE_COLUMNS},
                **{field: payload.get(field) for field in fields},
                **{column: row[column] for column in CORRECTION_COLUMNS},
            }
        )
    write_sheet(path, [*NOTE_COLUMNS, *fields, *CORRECTION_COLUMNS], records)
    print(f"{len(records)} records written to {path}: correct them there, then run `calcinosis refresh {path}`")


@app.command()
def replay(home: HomeOption = None, json: JsonOption = False) -> None:
    """Judge every record again by the present rules and vocabularies; those of the quarantine that now pass are loaded.

    No source is read: all is derived from the records that the registry holds, so that their files may be gone. A second
    replay changes nothing.

    [bold]Example:[/] calcinosis quarantine replay

    Exit code: 0 replayed or nothing to do, 1 the run failed, 2 nothing is published yet, 3 held back by a gate.
    """
    from flows.cli.running import run_refresh

    if not open_home(home).registry.exists():
        fail("nothing is published yet, so nothing is in quarantine: run `calcinosis refresh` first", 2)
    run_refresh(None, home, full=False, json=json, replay=True)
