"""Delimited text (CSV, TSV and their kin), read by DuckDB; only what DuckDB refuses is read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from flows.ingest.content import CHUNK_BYTES
from flows.ingest.encoding import TextShape
from flows.ingest.errors import UnreadableFileError
from flows.ingest.headings import count_known, find_header, name_columns, no_known_heading, too_many_columns
from flows.ingest.mapping import Mapping
from flows.ingest.sources import MIB, Limits, Sheet, Workspace
from flows.ingest.tables import Row, column_names, materialise

_DELIMITERS = (",", ";", "\t", "|")
# Stands for "no delimiter": a table of one column is not to be cut at the commas of its texts.
_NONE = "\x1f"
_SAMPLE_SIGNS = 256 * 1024
_QUOTE, _RETURN = b'"\r'


@dataclass(frozen=True, slots=True)
class _Header:
    """delimiter; cells of the header row; the line it starts on (1-based) and the line it ends on."""

    delimiter: str
    cells: list[str]
    first_line: int
    last_line: int


def read_delimited(
    workspace: Workspace, path: Path, shape: TextShape, name: str, mapping: Mapping, limits: Limits
) -> tuple[Sheet, str | None]:
    """Read a UTF-8 file of delimited text; returns its only sheet and its delimiter, None for a table of one column.

    shape: what `measure` says of the file.   name: what the file is called, for messages.
    Raises UnreadableFileError: no_known_heading, duplicate_heading, too_many_columns, cell_too_large, truncated,
    no_records.
    """
    header = _find_header(path, name, mapping, limits)
    headings = name_columns(header.cells, mapping, f"{name}, line {header.first_line}", limits)
    table = _Table(workspace, path, shape, name, header, len(headings), limits)
    found = table.line_by_line() or table.with_found_lines() or table.row_by_row()
    if found.n_rows == 0:
        raise UnreadableFileError(
            "no_records", f"{name} has headings in line {header.first_line} but no record below", "Export it again"
        )
    delimiter = None if header.delimiter == _NONE else header.delimiter
    return Sheet(None, headings, header.last_line, *astuple(found)), delimiter


@dataclass(frozen=True, slots=True)
class _Read:
    """The last four fields of a Sheet."""

    query: str
    n_rows: int
    unnumbered_query: str | None = None
    line_of_place: str | None = None


class _Table:
    """Three ways to read one table, each giving None where it does not fit."""

    def __init__(
        self,
        workspace: Workspace,
        path: Path,
        shape: TextShape,
        name: str,
        header: _Header,
        n_columns: int,
        limits: Limits,
    ) -> None:
        self.workspace = workspace
        self.path = path
        self.shape = shape
        self.name = name
        self.header = header
        self.n_columns = n_columns
        self.limits = limits
        self.names = column_names(n_columns)
        self.line_end = b"\n" if shape.newlines else b"\r"
        n_ends = shape.newlines or shape.returns
        self.n_lines = n_ends + (not shape.ends_in_newline)
        self.scan = self._scan()
        self.n_scanned = None if self._has_lone_returns() else self._count(self.scan)

    def line_by_line(self) -> _Read | None:
        """For a file in which each line is a record: its number follows from the record's place."""
        n_rows = self.n_scanned
        if n_rows is None or n_rows != self.n_lines - self.header.last_line:
            return None
        if self.shape.pairs not in (0, self.shape.newlines) or self._may_have_empty_rows():
            return None
        return self._numbered(f"{{place}} + {self.header.last_line}", n_rows)

    def with_found_lines(self) -> _Read | None:
        """For a file with values of several lines or with empty rows: the lines are found apart, and looked up."""
        if self.n_scanned is None:
            return None
        lines = self._record_lines()
        if lines is None or len(lines) != self.n_scanned:
            return None
        table = self.workspace.new_table()
        connection = self.workspace.connection
        # One list in one row: a join would take all the records as its smaller side, and hold them in memory.
        connection.register("ingest_lines", pa.table({"numbers": pa.array([lines])}))
        try:
            connection.execute(f"CREATE TEMP TABLE {table} AS FROM ingest_lines")
        finally:
            connection.unregister("ingest_lines")
        line_of_place = f"list_extract((SELECT numbers FROM {table}), {{place}})"
        if not self._may_have_empty_rows():
            return self._numbered(line_of_place, self.n_scanned)
        query = f"{self._numbered(line_of_place, 0).query} WHERE coalesce({', '.join(self.names)}) IS NOT NULL"
        counted = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
        return _Read(query, int(counted[0]) if counted else 0)

    def row_by_row(self) -> _Read:
        """For ragged and otherwise odd files."""
        return _Read(*materialise(self.workspace, self._python_rows(), self.n_columns))

    def _numbered(self, line_of_place: str, n_rows: int) -> _Read:
        columns = ", ".join(self.names)
        return _Read(
            f"SELECT {line_of_place.format(place='place')} AS line_number, {columns}, NULL::VARCHAR AS overflow"
            f" FROM (SELECT row_number() OVER () AS place, {columns} FROM {self.scan})",
            n_rows,
            f"SELECT {columns}, NULL::VARCHAR AS overflow FROM {self.scan}",
            line_of_place,
        )

    def _scan(self) -> str:
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in self.names)
        path = str(self.path).replace("'", "''")
        delimiter = self.header.delimiter
        return (
            f"read_csv('{path}', columns = {{{columns}}}, auto_detect = false, delim = '{delimiter}', quote = '\"',"
            f" escape = '\"', header = false, skip = {self.header.last_line}, compression = 'none', nullstr = '',"
            f" max_line_size = {2 * max(MIB, self.limits.cell_bytes)}, parallel = true)"
        )

    def _has_lone_returns(self) -> bool:
        """Whether there are CR beside LF that do not belong to it.

        What ends a line is unclear then, and DuckDB has been seen to drop a record far down without a word.
        """
        return self.shape.newlines > 0 and self.shape.returns != self.shape.pairs

    def _count(self, source: str) -> int | None:
        """Records that DuckDB reads; None where it refuses the file.

        Asked on a cursor, since a refusal would spoil a transaction of the caller.
        """
        try:
            with self.workspace.connection.cursor() as cursor:
                row = cursor.execute(f"SELECT count(*) FROM {source}").fetchone()
        except duckdb.Error:
            return None
        return None if row is None else int(row[0])

    def _may_have_empty_rows(self) -> bool:
        end = b"\r\n" if self.shape.pairs else self.line_end
        delimiter = self.header.delimiter.encode()
        bare = end + delimiter * (self.n_columns - 1) + end
        quoted = end + delimiter.join([b'""'] * self.n_columns)
        mixed = end + b'""' + delimiter
        carry = end if self.header.last_line == 0 else b""
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                window = carry + chunk
                if bare in window or quoted in window or mixed in window:
                    return True
                carry = window[-len(bare) - len(quoted) :]
        return carry.endswith(bare.removesuffix(end)) and not carry.endswith(end)

    def _record_lines(self) -> npt.NDArray[np.int64] | None:
        """The line on which each record starts that DuckDB gives, found by following quotes through the bytes.

        None where some records end in LF and others in CR LF, of which DuckDB would keep the CR as part of a value.
        """
        end = self.line_end[0]
        blank_width = 2 if self.shape.pairs else 1
        inside = 0
        position = 0
        line = 1
        record_line, record_start = 1, 0
        last_byte = n_ends = n_pairs = 0
        found: list[npt.NDArray[np.int64]] = []
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                bytes_ = np.frombuffer(chunk, dtype=np.uint8)
                ends = np.flatnonzero(bytes_ == end)
                if b'"' in chunk:
                    parity = np.bitwise_xor.accumulate((bytes_ == _QUOTE).view(np.uint8)) ^ inside
                    inside = int(parity[-1])
                    is_record_end = parity[ends] == 0
                else:
                    is_record_end = np.full(len(ends), inside == 0)
                lines = line + np.arange(len(ends), dtype=np.int64)
                line += len(ends)
                last_bytes = ends[is_record_end].astype(np.int64) + position
                last_lines = lines[is_record_end]
                before = np.concatenate([[last_byte], bytes_[:-1]])[ends[is_record_end]] == _RETURN
                n_ends += len(last_lines)
                n_pairs += int(before.sum())
                last_byte = int(bytes_[-1])
                position += len(chunk)
                if not len(last_lines):
                    continue
                starts = np.concatenate([[record_start], last_bytes[:-1] + 1])
                start_lines = np.concatenate([[record_line], last_lines[:-1] + 1])
                is_blank = last_bytes + 1 - starts <= blank_width if self.n_columns > 1 else np.zeros(len(starts), bool)
                found.append(start_lines[(start_lines > self.header.last_line) & ~is_blank])
                record_start, record_line = int(last_bytes[-1]) + 1, int(last_lines[-1]) + 1
        if n_pairs not in (0, n_ends):
            return None
        if record_start < position and record_line > self.header.last_line:
            found.append(np.array([record_line], dtype=np.int64))
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _python_rows(self) -> Iterator[Row]:
        for line, _, values in _records(self.path, self.header.delimiter, self.name, self.limits):
            if line > self.header.last_line:
                if len(values) > self.limits.columns and any(values[self.limits.columns :]):
                    raise too_many_columns(len(values), f"{self.name}, line {line}", self.limits)
                yield line, values


class _Lines:
    """Lines of a text, and whether the reader has asked for one behind the last."""

    def __init__(self, file: io.TextIOWrapper, name: str, limits: Limits) -> None:
        self.file = file
        self.name = name
        self.limits = limits
        self.ended = False
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        bound = self.limits.columns * 64 + 4 * self.limits.cell_bytes
        line = self.file.readline(bound)
        if not line:
            self.ended = True
            raise StopIteration
        self.number += 1
        if len(line) >= bound and not line.endswith(("\n", "\r")):
            raise _cell_too_large(self.name, self.number, self.limits)
        return line


def _records(path: Path, delimiter: str, name: str, limits: Limits) -> Iterator[tuple[int, int, list[str]]]:
    """First line, last line and values of each record, by the rules of the csv module."""
    csv.field_size_limit(limits.cell_bytes)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _Lines(file, name, limits)
        reader = csv.reader(lines, delimiter=delimiter)
        start = 1
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "field larger" in str(error):
                    raise _cell_too_large(name, start, limits) from error
                raise UnreadableFileError(
                    "damaged", f"{name}, line {start}: {error}", "Export it again, or save it from a spreadsheet"
                ) from error
            if lines.ended:
                raise UnreadableFileError(
                    "truncated",
                    f"{name} ends inside a quoted value that begins in the record of line {start}",
                    "Copy or export it again; if it is whole, a closing quotation mark is missing in that record",
                )
            yield start, lines.number, values
            start = lines.number + 1


def _cell_too_large(name: str, line: int, limits: Limits) -> UnreadableFileError:
    return UnreadableFileError(
        "cell_too_large",
        f"{name}: the record of line {line} holds a value of more than {limits.cell_bytes:,} bytes",
        "Look for a quotation mark that is never closed, or keep such texts in a file of their own",
    )


def _find_header(path: Path, name: str, mapping: Mapping, limits: Limits) -> _Header:
    best: tuple[int, _Header] | None = None
    first_row: list[str] = []
    problem: UnreadableFileError | None = None
    widest = 0
    for delimiter in _DELIMITERS:
        rows, stopped = _first_rows(path, delimiter, name, limits)
        problem = problem or stopped
        filled = [values for _, _, values in rows if any(values)]
        first_row = first_row or (filled[0] if filled else [])
        widest = max([widest, *(len(values) for values in filled)])
        place = find_header([values for _, _, values in rows], mapping)
        if place is None:
            continue
        first_line, last_line, cells = rows[place]
        known = count_known(cells, mapping)
        # With no delimiter in it, a line such as "age" reads the same in all dialects: the first one is kept.
        if best is None or known > best[0]:
            best = (known, _Header(delimiter if len(cells) > 1 else _NONE, cells, first_line, last_line))
    if best is None:
        if widest > limits.columns:
            raise too_many_columns(widest, name, limits)
        raise problem or no_known_heading(name, first_row)
    return best[1]


def _first_rows(
    path: Path, delimiter: str, name: str, limits: Limits
) -> tuple[list[tuple[int, int, list[str]]], UnreadableFileError | None]:
    """First line, last line and values of the first rows; and what ended them, if a row was too long or cut off."""
    rows: list[tuple[int, int, list[str]]] = []
    n_signs = 0
    try:
        for record in _records(path, delimiter, name, limits):
            n_signs += sum(map(len, record[2]))
            rows.append(record)
            if len(rows) == limits.header_rows or n_signs > _SAMPLE_SIGNS:
                break
    except UnreadableFileError as problem:
        return rows, problem
    return rows, None
