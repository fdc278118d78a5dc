"""The command that draws how documents and records became cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.common import Format, FormatOption, HomeOption, open_home, print_rows


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(prisma)


def prisma(
    svg: Annotated[Path | None, typer.Option("--svg", help="Draw the flow diagram into this file")] = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Show the PRISMA 2020 flow: what was identified, removed, screened, excluded with reasons, and included.

    The numbers of a previous review come from the file that `previous_review` names in registry.toml.

    [bold]Example:[/] calcinosis prisma --svg flow.svg
    """
    from flows.analyse.prisma import FLOW_COLUMNS, read_flow
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        rows = read_flow(connection)
    if svg is not None:
        from flows.publish.prisma_figure import draw_flow

        svg.write_text(draw_flow(rows), encoding="utf-8", newline="\n")
        print(f"flow diagram written to {svg}")
        return
    if form is Format.table:
        shown = [
            {
                "section": row["section"],
                "what": row["label"] if row["reason"] is None else f"  {row['label']}",
                "counts": row["unit"],
                "n": row["n"],
            }
            for row in rows
        ]
        print_rows(shown, ("section", "what", "counts", "n"), form, "PRISMA 2020 flow")
    else:
        print_rows(rows, FLOW_COLUMNS, form)
