"""Records in raw: each with the line of its file that it begins on."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.ingest import delimited
from flows.ingest.mapping import load_mapping
from flows.load import raw
from flows.load.raw import PlannedFile, prepare_build, read_into_raw


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        prepare_build(connection)
        yield connection


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> PlannedFile:
    file = PlannedFile("sheet", str(path), path.name, "read", "0" * 64, "")
    read_into_raw(connection, file, load_mapping("sheet"))
    return file


def lines(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str | None, str | None]]:
    return connection.execute("SELECT line_number, title, age_years FROM raw.records ORDER BY rowid").fetchall()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title,age\na,1\nb,2\n", [(2, "a", "1"), (3, "b", "2")]),
        ('title,age\n"a\na",1\nb,2\n', [(2, "a\na", "1"), (4, "b", "2")]),
        ("title,age\na,1\n\n,\nb,2\n", [(2, "a", "1"), (5, "b", "2")]),
        ("title,age\na,1,9\nb,2\n", [(2, "a", "1"), (3, "b", "2")]),
    ],
    ids=["a line a record", "values of two lines", "empty rows", "ragged"],
)
def test_every_record_has_its_line(
    tmp_path: Path,
    connection: duckdb.DuckDBPyConnection,
    text: str,
    expected: list[tuple[int, str, str]],
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(text)
    read(connection, path)
    assert lines(connection) == expected


def test_a_large_file_and_the_next_one_have_their_lines(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Larger than a chunk of the line counter, so that its state must be carried over.
    monkeypatch.setattr(delimited, "CHUNK_BYTES", 1000)
    generator = random.Random(7)
    expected = []
    for name in ("a.csv", "b.csv"):
        line = 2
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["age", "title"])
            for number in range(2000):
                title = f"{number}" + "".join(generator.choice(["a", '"', ",", "\n"]) for _ in range(8))
                writer.writerow([number, title])
                expected.append((line, title, str(number)))
                line += 1 + title.count("\n")
        read(connection, tmp_path / name)
    assert lines(connection) == expected


def test_a_file_that_changes_while_it_is_read_is_refused_whole(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("title,age\na,1\nb,2\n")
    insert = raw._insert_sheet

    def insert_late(*arguments: object) -> None:
        path.write_text("title,age\na,1\n")
        insert(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(raw, "_insert_sheet", insert_late)
    file = read(connection, path)
    assert (file.action, file.reason) == ("fail", "changed_while_read")
    assert file.detail == "cases.csv had 2 records when they were counted, and 1 when they were read"
    assert lines(connection) == []
