"""Commands for the sources that the registry knows: list, remove."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.common import Format, FormatOption, HomeOption, JsonOption, fail, open_home, print_rows

app = typer.Typer(help="Sources that the registry knows: list them, remove one.", no_args_is_help=True)

COLUMNS = (
    "source_key",
    "tier",
    "priority",
    "scope",
    "file_name",
    "file_state",
    "n_records",
    "is_stale",
    "unknown_columns",
)


@app.command("list")
def list_sources(home: HomeOption = None, form: FormatOption = Format.table) -> None:
    """List sources with their files, freshness and the columns that no mapping knows.

    [bold]Example:[/] calcinosis sources list
    """
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        rows = connection.execute(
            "SELECT sources.source_key, tier, priority, scope, file_name, file_state, n_records, is_stale, ("
            "SELECT string_agg(heading, '; ' ORDER BY column_position) FROM raw.source_columns AS columns "
            "WHERE columns.source_key = sources.source_key AND intake_field IS NULL) AS unknown_columns "
            "FROM raw.sources AS sources LEFT JOIN ops.source_freshness AS files ON files.source_key = sources.source_key "
            "ORDER BY ALL"
        ).fetchall()
    print_rows([dict(zip(COLUMNS, row, strict=True)) for row in rows], COLUMNS, form)


@app.command()
def remove(
    source_key: Annotated[str, typer.Argument(help="Key of the source, as `calcinosis sources list` shows it")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take a source and its records out of the registry; its cases are withdrawn and stay in history.

    [bold]Example:[/] calcinosis sources remove clinic_a
    """
    from flows.cli.running import run_refresh
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        rows = connection.execute("SELECT source_key FROM raw.sources WHERE tier <> 'curator' ORDER BY ALL").fetchall()
    known = [key for (key,) in rows]
    if source_key not in known:
        fail(f"there is no source {source_key}: the registry knows {', '.join(known)}", 2)
    run_refresh(None, home, full=False, json=json, remove=[source_key])
