"""Workbooks (xlsx, xls, ods): every sheet that holds records, with the values as people see them."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import python_calamine as calamine

from flows.ingest.content import CHUNK_BYTES
from flows.ingest.errors import UnreadableFileError
from flows.ingest.headings import find_header, name_columns, no_known_heading, too_many_columns
from flows.ingest.mapping import Mapping
from flows.ingest.sources import ALLOWED_VALUES_SHEET, Format, Limits, Sheet, SkippedSheet, Workspace
from flows.ingest.tables import Row, materialise

_CELL_BYTES_IN_MEMORY = 32
_LARGE_GRID = 20_000_000
_SPARSE_SHARE = 0.05
_ROW = re.compile(rb'<row [^>]*?\br="(\d{1,9})"')
_CELL = re.compile(rb'<c r="([A-Z]{1,3})\d')
_EXTENT = re.compile(rb'<dimension ref="[A-Z]+\d+:([A-Z]{1,3})\d')
_FAR_CELL = re.compile(rb'<c r="([A-Z]{3})\d{1,7}"[^>]*[^/]>')
_REPEATED_CELL = re.compile(
    rb'<table:table-cell(?=[^>]*office:value-type)[^>]*number-columns-repeated="\d{4,}"', re.IGNORECASE
)
_REPEATED_ROW = re.compile(rb'number-rows-repeated="\d{5,}"[^>]*>\s*<table:table-cell[^>]*office:value-type')
_DIGITS_SHOWN = 15
_COPY_AGAIN = "Copy or download it again; the transfer was cut off"


def read_workbook(
    workspace: Workspace, path: Path, name: str, mapping: Mapping, limits: Limits
) -> tuple[list[Sheet], list[SkippedSheet], Format]:
    """Read every sheet whose headings are known; the others are returned as skipped.

    name: what the file is called, for messages. Formulas give their stored result; an error value (#N/A) gives
    nothing.
    Raises UnreadableFileError: password_protected, truncated, damaged, too_large, too_many_columns, cell_too_large,
    duplicate_heading; no_known_heading and no_records when no sheet is left.
    """
    form = _check_archive(path, name, limits)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError as error:
        raise UnreadableFileError(
            "password_protected", f"{name} is protected by a password", "Save a copy without a password and give that"
        ) from error
    except (calamine.CalamineError, OSError) as error:
        raise _damaged(name, error) from error
    sheets: list[Sheet] = []
    skipped: list[SkippedSheet] = []
    unknown: UnreadableFileError | None = None
    with book:
        for title in (sheet.name for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet):
            if title == ALLOWED_VALUES_SHEET:
                skipped.append(SkippedSheet(title, "no_records", f"{name}, sheet {title!r} lists allowed values"))
                continue
            try:
                sheet = _read_sheet(workspace, book, title, name, mapping, limits)
            except UnreadableFileError as error:
                if error.reason == "no_known_heading":
                    unknown = unknown or error
                    skipped.append(SkippedSheet(title, "no_known_heading", error.detail))
                    continue
                raise
            if sheet is None:
                skipped.append(SkippedSheet(title, "no_records", f"{name}, sheet {title!r} holds no record"))
            else:
                sheets.append(sheet)
    if not sheets:
        if unknown is not None:
            raise unknown
        raise UnreadableFileError("no_records", f"{name} holds no record in any sheet", "Export it again")
    return sheets, skipped, form


def _read_sheet(
    workspace: Workspace, book: calamine.CalamineWorkbook, title: str, name: str, mapping: Mapping, limits: Limits
) -> Sheet | None:
    place = f"{name}, sheet {title!r}"
    try:
        grid = book.get_sheet_by_name(title)
    except calamine.CalamineError as error:
        raise _damaged(f"{place}", error) from error
    if grid.start is None:
        return None
    head: list[list[str | None]] = []
    for row in grid.iter_rows():
        head.append([_as_seen(cell) for cell in row])
        if len(head) >= limits.header_rows + grid.start[0]:
            break
    index = find_header(head, mapping)
    if index is None:
        raise no_known_heading(place, next((row for row in head if any(row)), []))
    cells = head[index]
    while cells and not (cells[-1] or "").strip():
        cells.pop()
    headings = name_columns(cells, mapping, f"{place}, row {index + 1}", limits)
    query, n_rows = materialise(workspace, _rows(grid, index + 1, place, limits), len(headings))
    return Sheet(title, headings, index + 1, query, n_rows) if n_rows else None


def _rows(grid: calamine.CalamineSheet, header_row: int, place: str, limits: Limits) -> Iterator[Row]:
    for number, row in enumerate(grid.iter_rows(), start=1):
        if number <= header_row:
            continue
        values = [_as_seen(cell) for cell in row]
        if len(values) > limits.columns and any(values[limits.columns :]):
            raise too_many_columns(len(values), f"{place}, row {number}", limits)
        for value in values:
            if value and len(value) > limits.cell_bytes:
                raise UnreadableFileError(
                    "cell_too_large",
                    f"{place}, row {number}: a cell holds more than {limits.cell_bytes:,} bytes",
                    "Keep such texts in a file of their own",
                )
        yield number, values


def _as_seen(cell: object) -> str | None:
    """A cell as its spreadsheet shows it: 36 and not 36.0, dates as ISO 8601, truth values in lower case."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.{_DIGITS_SHOWN}g}"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _check_archive(path: Path, name: str, limits: Limits) -> Format:
    """Unpack each part once without keeping it: shows damage, and what would not fit into memory."""
    if not zipfile.is_zipfile(path):
        return "xls"
    packed_bytes = path.stat().st_size
    unpacked_bytes = 0
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            for part in archive.infolist():
                if part.flag_bits & 1:
                    raise UnreadableFileError(
                        "password_protected",
                        f"{name} is protected by a password",
                        "Save a copy without a password and give that",
                    )
                with archive.open(part) as stream:
                    watch = _GridWatch(f"{name}, {part.filename}", limits) if _is_sheet(part.filename) else None
                    while chunk := stream.read(CHUNK_BYTES):
                        unpacked_bytes += len(chunk)
                        _check_size(unpacked_bytes, packed_bytes, name, limits)
                        if watch is not None:
                            watch.see(chunk)
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise UnreadableFileError(
                    "password_protected",
                    f"{name} is protected by a password",
                    "Save a copy without a password and give that",
                )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UnreadableFileError("truncated", f"{name} is cut off or damaged inside ({error})", _COPY_AGAIN) from error
    return "xlsx" if any(part.startswith("xl/") for part in names) else "ods"


def _is_sheet(part: str) -> bool:
    return part.startswith("xl/worksheets/") or part == "content.xml"


def _check_size(unpacked_bytes: int, packed_bytes: int, name: str, limits: Limits) -> None:
    bomb = unpacked_bytes > limits.ratio_free_bytes and unpacked_bytes > packed_bytes * limits.expansion_ratio
    if bomb or unpacked_bytes > limits.workbook_bytes:
        raise UnreadableFileError(
            "too_large",
            f"{name} packs {packed_bytes:,} bytes that unpack to more than {unpacked_bytes:,}",
            "Save the sheet as CSV and give that",
        )


class _GridWatch:
    """Looks out for cells so far off that the grid up to them would not fit into memory, or take minutes to walk."""

    def __init__(self, place: str, limits: Limits) -> None:
        self.place = place
        self.limits = limits
        self.carry = b""
        self.width = 1
        self.height = 0
        self.n_cells = 0

    def see(self, chunk: bytes) -> None:
        """Look at the next part of a sheet's XML; raises UnreadableFileError for a grid that is too large."""
        window = self.carry + chunk
        far = _FAR_CELL.search(window)
        if far is not None:
            raise too_many_columns(_column_number(far.group(1)), self.place, self.limits)
        if _REPEATED_CELL.search(window) or _REPEATED_ROW.search(window):
            raise self._too_large("a value is repeated over thousands of cells")
        # The places of all cells would take long to gather: the stated extent and a sample tell the width.
        for letters in (
            *_EXTENT.findall(window[:4096]),
            *_CELL.findall(window[:65536]),
            *_CELL.findall(chunk[-65536:]),
        ):
            self.width = max(self.width, min(_column_number(letters), self.limits.columns))
        last_row = _ROW.findall(window[max(0, window.rfind(b"<row ")) :])
        self.height = max([self.height, *map(int, last_row)])
        self.n_cells += chunk.count(b"<c ")
        n_grid = self.width * self.height
        is_sparse = n_grid > _LARGE_GRID and self.n_cells < _SPARSE_SHARE * n_grid
        if is_sparse or n_grid * _CELL_BYTES_IN_MEMORY > self.limits.grid_bytes:
            raise self._too_large(f"the sheet reaches to row {self.height:,} over {self.width} columns")
        self.carry = window[-512:]

    def _too_large(self, what: str) -> UnreadableFileError:
        return UnreadableFileError(
            "too_large", f"{self.place}: {what}", "Delete the stray cells below the table, or save the sheet as CSV"
        )


def _column_number(letters: bytes) -> int:
    return int(sum((sign - 64) * 26**power for power, sign in enumerate(reversed(letters))))


def _damaged(name: str, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(
        "damaged", f"{name} cannot be read as a workbook ({error})", "Open it in a spreadsheet and save it again"
    )
