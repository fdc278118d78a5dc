"""Sheets for people to fill in or to correct, as Excel workbooks or CSV files."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flows.ingest.sources import ALLOWED_VALUES_SHEET


class SheetNameError(Exception):
    """A sheet is to be written to a file whose ending says no format."""


_FORMULA = re.compile(r"^[=@+\t\r-]")
_NUMBER = re.compile(r"^[+-]?[0-9.,]+$")
_MAX_LISTED = 200


def write_sheet(
    path: Path,
    headings: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    allowed: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> None:
    """Write rows under headings to an .xlsx workbook or a .csv file, every value as text.

    allowed: code and label of the allowed values by heading. A workbook gets them on a second sheet, and as a choice in the
    cells where they are few; beside a CSV file they go to `<name>_allowed_values.txt`.
    Raises SheetNameError for another ending.
    """
    if path.suffix == ".xlsx":
        _write_workbook(path, headings, rows, allowed or {})
    elif path.suffix == ".csv":
        _write_csv(path, headings, rows, allowed or {})
    else:
        raise SheetNameError(f"{path}: write to a file that ends in .xlsx or .csv")


def _write_workbook(
    path: Path,
    headings: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    allowed: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook(write_only=False)
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("cases", 0)
    sheet.append(list(headings))
    for row in rows:
        sheet.append([None] * len(headings))
        for column, heading in enumerate(headings, start=1):
            if row.get(heading) is not None:
                cell = sheet.cell(sheet.max_row, column)
                cell.value = str(row[heading])
                # A text that starts with '=' is data here, never a formula.
                cell.data_type = "s"
    for column, heading in enumerate(headings, start=1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = max(12, min(40, len(heading) + 4))
    sheet.freeze_panes = "A2"
    if allowed:
        values = book.create_sheet(ALLOWED_VALUES_SHEET)
        for column, (heading, terms) in enumerate(allowed.items(), start=1):
            values.cell(1, column).value = heading
            values.cell(1, column).font = Font(bold=True)
            for line, (_, label) in enumerate(terms, start=2):
                values.cell(line, column).value = label
            letter = get_column_letter(column)
            values.column_dimensions[letter].width = 32
            if len(terms) <= _MAX_LISTED and heading in headings:
                choice = DataValidation(
                    type="list",
                    formula1=f"'{ALLOWED_VALUES_SHEET}'!${letter}$2:${letter}${len(terms) + 1}",
                    allow_blank=True,
                    showErrorMessage=False,
                )
                sheet.add_data_validation(choice)
                place = get_column_letter(list(headings).index(heading) + 1)
                choice.add(f"{place}2:{place}1000")
    book.save(path)


def _write_csv(
    path: Path,
    headings: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    allowed: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headings)
        for row in rows:
            writer.writerow(["" if row.get(heading) is None else _safe(str(row[heading])) for heading in headings])
    if allowed:
        lines = [f"{heading}: {', '.join(label for _, label in terms)}\n" for heading, terms in allowed.items()]
        path.with_name(f"{path.stem}_allowed_values.txt").write_text("\n".join(lines), encoding="utf-8")


def _safe(text: str) -> str:
    """A text that no spreadsheet runs as a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
