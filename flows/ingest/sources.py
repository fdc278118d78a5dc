"""What a reader gives back: a file, its sheets, and for each sheet the query that yields its records."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal

import duckdb

MIB = 1024 * 1024
# The sheet of our own template that lists what may be written in the other one.
ALLOWED_VALUES_SHEET = "allowed values"
Format = Literal["csv", "xlsx", "xls", "ods", "json", "ndjson", "parquet"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is tolerated, so that a hostile one costs a bounded time and memory.

    columns: headings of one sheet.   cell_bytes: one value.   expanded_bytes: a compressed file, unpacked.
    expansion_ratio: unpacked to packed size, looked at beyond `ratio_free_bytes`, since small tables pack very well.
    document_bytes: a JSON document, which is held in memory whole.   grid_bytes: the cell grid of one worksheet,
    likewise.
    header_rows: how far down a header row is looked for.
    """

    columns: int = 256
    cell_bytes: int = MIB
    expanded_bytes: int = 8 * 1024 * MIB
    expansion_ratio: int = 200
    ratio_free_bytes: int = 64 * MIB
    document_bytes: int = 256 * MIB
    workbook_bytes: int = 2 * 1024 * MIB
    grid_bytes: int = 2 * 1024 * MIB
    header_rows: int = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a file.

    name: the worksheet's name, None for formats that have none.
    headings: one per column c0, c1, … of the query, as the file has them; a column without one is called "(column 7)".
    header_line: line or row of the headings, 1-based; 0 where the format has no header line (JSON, Parquet).
    query: SELECT giving line_number BIGINT (1-based line or row where the record starts; the ordinal of the record in
        JSON and Parquet), c0 … cn VARCHAR (text as it came; empty is NULL) and overflow VARCHAR (JSON list of the values
        of a ragged row that lie beyond the headings, else NULL). Completely empty rows are left out.
    n_rows: how many records the query gives, counted when the file was read.
    unnumbered_query, line_of_place: the same records in file order without line_number, and SQL for the line of a
        record out of its "{place}" in this order (1-based). None where `query` is as fast: numbering keeps DuckDB on
        one core, so that a large table is numbered after it was read (flows/load/raw.py).
    """

    name: str | None
    headings: tuple[str, ...]
    header_line: int
    query: str
    n_rows: int
    unnumbered_query: str | None = None
    line_of_place: str | None = None


@dataclass(frozen=True, slots=True)
class SkippedSheet:
    """A sheet that gives no records. reason: no_records or no_known_heading."""

    name: str | None
    reason: Literal["no_records", "no_known_heading"]
    detail: str


@dataclass(slots=True)
class SourceFile:
    """A file that could be read, with everything needed to read its records.

    file_sha256 and n_bytes are of the file as it lies there, packed or not. The queries of the sheets may stand on
    temporary tables of the connection and on temporary files: use them before `close`, which removes both (also at
    the end of `with`).
    """

    path: Path
    name: str
    file_sha256: str
    n_bytes: int
    format: Format
    encoding: str | None
    compression: Literal["gzip"] | None
    sheets: list[Sheet]
    skipped_sheets: list[SkippedSheet] = field(default_factory=list)
    delimiter: str | None = None
    workspace: Workspace | None = None

    def close(self) -> None:
        """Remove the temporary tables and files."""
        if self.workspace is not None:
            self.workspace.close()

    def __enter__(self) -> SourceFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Workspace:
    """Temporary tables and files of one file being read."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._folder: Path | None = None
        self._tables: list[str] = []

    def new_file(self, name: str) -> Path:
        """Path for a temporary file, not yet made."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="calcinosis-ingest-"))
        return self._folder / name

    def new_table(self) -> str:
        """Quoted name for a temporary table, unused so far on this connection."""
        taken = {
            name
            for (name,) in self.connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, 'ingest_')"
            ).fetchall()
        }
        number = len(taken) + 1
        while f"ingest_{number}" in taken:
            number += 1
        name = f'temp.main."ingest_{number}"'
        self._tables.append(name)
        return name

    def close(self) -> None:
        """Drop the tables and delete the files; a second call does nothing."""
        while self._tables:
            try:
                self.connection.execute(f"DROP TABLE IF EXISTS {self._tables.pop()}")
            except duckdb.ConnectionException:
                self._tables.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
