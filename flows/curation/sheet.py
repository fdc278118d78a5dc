"""The review sheet: a workbook of values that need an eye, and how it is read back.

What a reviewer fills in stands in four columns; all others are locked. The last column, hidden, is a hash of what the row
shows, so that a row whose value has changed since is refused.
"""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.curation.review import ReviewItem
from flows.curation.values import allowed_labels, describe_value
from flows.ingest.sources import ALLOWED_VALUES_SHEET

SHEET = "review"
COLUMNS = (
    "case_id", "field", "present_value", "coded_as", "quotes", "why_listed", "report",
    "decision", "new_value", "reviewer", "comment", "row_hash",
)  # fmt: skip
ANSWER_COLUMNS = ("decision", "new_value", "reviewer", "comment")
CHOICES = ("keep", "change", "clear")
_WIDTHS = {
    "present_value": 32,
    "coded_as": 32,
    "quotes": 70,
    "why_listed": 60,
    "report": 28,
    "new_value": 32,
    "comment": 40,
}
# Excel takes a list of choices from a range of any length, and a cell of at most so many characters.
_MAX_CELL = 32_767


class ReviewError(ValueError):
    """A review sheet cannot be used. problems: one sentence for each, with sheet, cell and what to do."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a review sheet.

    item columns as they are shown; decision keep, change, clear or empty.   line: row of the sheet, from 1.
    """

    case_id: str
    field: str
    present_value: str = ""
    coded_as: str = ""
    quotes: str = ""
    why_listed: str = ""
    report: str = ""
    decision: str = ""
    new_value: str = ""
    reviewer: str = ""
    comment: str = ""
    row_hash: str = ""
    line: int = dataclasses.field(default=0, kw_only=True)

    def cell(self, column: str) -> str:
        """Address of a cell of this row, for example `review!I7`."""
        return f"{SHEET}!{_letter(COLUMNS.index(column) + 1)}{self.line}"


def rows_of(items: Sequence[ReviewItem]) -> list[Row]:
    """Rows to be answered."""
    return [
        Row(
            item.case_id,
            item.field,
            present_value=item.present.words,
            coded_as=describe_value(item.field, item.present.words),
            quotes="\n".join(item.quotes),
            why_listed="\n".join(item.reasons),
            report=item.report,
            row_hash=item.present.fingerprint(item.case_id, item.field),
        )
        for item in items
    ]


def write_review(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as a workbook in which only the answers can be edited. Raises ReviewError for another ending."""
    if path.suffix != ".xlsx":
        raise ReviewError([f"{path}: a review sheet is a workbook; write to a file that ends in .xlsx"])
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, Protection
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet(SHEET)
    sheet.append(list(COLUMNS))
    for column, heading in enumerate(COLUMNS, start=1):
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[_letter(column)].width = _WIDTHS.get(heading, 14)
    wrapped, unlocked = Alignment(wrap_text=True, vertical="top"), Protection(locked=False)
    for line, row in enumerate(rows, start=2):
        for column, heading in enumerate(COLUMNS, start=1):
            cell = sheet.cell(line, column)
            text = str(getattr(row, heading))
            if text:
                cell.value = printable(text)
                # A text that starts with '=' is data here, never a formula.
                cell.data_type = "s"
            cell.alignment = wrapped
            if heading in ANSWER_COLUMNS:
                cell.protection = unlocked
    last = max(2, len(rows) + 1)
    choice = DataValidation(type="list", formula1=f'"{",".join(CHOICES)}"', allow_blank=True, showErrorMessage=True)
    choice.errorTitle, choice.error = "Decision", f"Choose {', '.join(CHOICES)}, or leave the cell empty"
    sheet.add_data_validation(choice)
    letter = _letter(COLUMNS.index("decision") + 1)
    choice.add(f"{letter}2:{letter}{last}")
    values = book.create_sheet(ALLOWED_VALUES_SHEET)
    place = _letter(COLUMNS.index("new_value") + 1)
    coded = [name for name in dict.fromkeys(row.field for row in rows) if allowed_labels(name)]
    for column, name in enumerate(coded, start=1):
        labels = [label for _, label in allowed_labels(name)]
        for line, words in enumerate([name, *labels], start=1):
            values.cell(line, column).value = words
        values.cell(1, column).font = Font(bold=True)
        values.column_dimensions[_letter(column)].width = 32
        # Words that are no label are coded too, and a field may take several values: the list suggests and does not force.
        offered = DataValidation(
            type="list",
            formula1=f"'{ALLOWED_VALUES_SHEET}'!${_letter(column)}$2:${_letter(column)}${len(labels) + 1}",
            allow_blank=True,
            showErrorMessage=False,
        )
        sheet.add_data_validation(offered)
        for line, row in enumerate(rows, start=2):
            if row.field == name:
                offered.add(f"{place}{line}")
    sheet.column_dimensions[_letter(len(COLUMNS))].hidden = True
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = f"A1:{_letter(len(COLUMNS))}{last}"
    sheet.protection.sheet = True
    sheet.protection.autoFilter = False
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
    values.protection.sheet = True
    book.save(path)


def read_review(path: Path) -> list[Row]:
    """Rows of a filled-in review sheet.

    Raises FileNotFoundError, and ReviewError for a file that is no review sheet; answers are not judged here.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: name the sheet that `calcinosis review export` wrote")
    try:
        book = load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise ReviewError([f"{path}: no Excel workbook ({error}); save the review sheet as .xlsx"]) from error
    if SHEET not in book.sheetnames:
        raise ReviewError(
            [
                f"{path}: no sheet '{SHEET}'; fill in the workbook that `calcinosis review export` wrote, and keep its sheets"
            ]
        )
    sheet = book[SHEET]
    headings = [_text(cell.value) for cell in sheet[1]]
    problems = [
        f"{path}, {SHEET}!{_letter(column)}1: the heading is '{found}' and should be '{heading}'; put it back"
        for column, heading in enumerate(COLUMNS, start=1)
        if (found := headings[column - 1] if column <= len(headings) else "") != heading
    ]
    problems += [
        f"{path}, {SHEET}!{_letter(column)}1: column '{heading}' is not of the review sheet; take it out"
        for column, heading in enumerate(headings, start=1)
        if column > len(COLUMNS) and heading
    ]
    if problems:
        raise ReviewError(problems)
    rows = []
    for line, cells in enumerate(sheet.iter_rows(min_row=2, max_col=len(COLUMNS), values_only=True), start=2):
        values = [_text(value) for value in cells]
        if any(values):
            rows.append(replace(Row(*values), line=line))
    return rows


def _text(value: object) -> str:
    # A spreadsheet makes a number of a typed 36, and 36.0 of that.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def printable(text: str) -> str:
    """A text without the control characters that no workbook may hold, and not longer than a cell."""
    kept = "".join(character if character >= " " or character in "\t\n" else "�" for character in text)
    return kept if len(kept) <= _MAX_CELL else kept[: _MAX_CELL - 1] + "…"


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)
