from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from flows.ingest.reading import Limits, UnreadableFileError, read_file
from flows.ingest.sources import SourceFile

Records = list[tuple[str | int | None, ...]]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def read(connection: duckdb.DuckDBPyConnection) -> Iterator[Callable[..., SourceFile]]:
    """Read a file, and close it when the test is over."""
    opened: list[SourceFile] = []

    def read_and_keep(path: Path, limits: Limits | None = None) -> SourceFile:
        opened.append(read_file(connection, path, limits))
        return opened[-1]

    yield read_and_keep
    for source in opened:
        source.close()


@pytest.fixture
def records(connection: duckdb.DuckDBPyConnection) -> Callable[..., Records]:
    """All records of a sheet in file order: line number, values, overflow. Their number is held against n_rows."""

    def fetch(source: SourceFile, sheet: int = 0) -> Records:
        rows = connection.execute(f"FROM ({source.sheets[sheet].query}) ORDER BY line_number").fetchall()
        assert len(rows) == source.sheets[sheet].n_rows
        return rows

    return fetch


@pytest.fixture
def refusal(connection: duckdb.DuckDBPyConnection) -> Callable[..., UnreadableFileError]:
    """Why a file is refused; nothing may be left behind."""

    def refuse(path: Path, limits: Limits | None = None) -> UnreadableFileError:
        with pytest.raises(UnreadableFileError) as caught:
            read_file(connection, path, limits)
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
        assert path.name in caught.value.detail
        assert caught.value.advice
        return caught.value

    return refuse
