"""What the commands share: options, the published registry, and how rows are printed."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder of the registry [default: ./var, CALCINOSIS_HOME or registry.toml]", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document for a program to read")]


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the rows")]


def fail(message: str, code: int) -> NoReturn:
    """End with one sentence on standard error."""
    print(f"calcinosis: {message}", file=sys.stderr)
    sys.exit(code)


def open_home(home: Path | None) -> Any:
    """The registry's home from option, environment or registry.toml."""
    from flows.home import Home
    from flows.settings import load_settings

    return Home(load_settings(home=home).home.resolve())


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], form: Format, title: str | None = None) -> None:
    """Print rows as a table for a person, or as CSV, JSON or Markdown."""
    if form is Format.json:
        print_json([{column: row[column] for column in columns} for row in rows])
    elif form is Format.csv:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if row[column] is None else row[column] for column in columns] for row in rows])
        print(stream.getvalue(), end="")
    elif form is Format.markdown:
        print("| " + " | ".join(columns) + " |")
        print("|" + "|".join(" --- " for _ in columns) + "|")
        for row in rows:
            print(
                "| "
                + " | ".join(_shown(row[column]).replace("|", "\\|").replace("\n", " ") for column in columns)
                + " |"
            )
    else:
        _print_table(rows, columns, title)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)


def _print_table(rows: Sequence[dict[str, Any]], columns: Sequence[str], title: str | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = any(isinstance(row[column], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(row[column])) for column in columns))
    console().print(table)


def console() -> Any:
    """The console for people; as wide as the terminal, and 160 where there is none."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160, highlight=False)
