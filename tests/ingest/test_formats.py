from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.ingest import written

TEXT_WRITERS: dict[str, Callable[[], bytes]] = {
    "utf8.csv": lambda: written.delimited().encode(),
    "utf8_bom.csv": lambda: codecs.BOM_UTF8 + written.delimited().encode(),
    "windows_lines.csv": lambda: written.delimited(line_end="\r\n").encode(),
    "utf16_le.csv": lambda: codecs.BOM_UTF16_LE + written.delimited().encode("utf-16-le"),
    "utf16_be.csv": lambda: codecs.BOM_UTF16_BE + written.delimited().encode("utf-16-be"),
    "utf16_le_no_bom.csv": lambda: written.delimited().encode("utf-16-le"),
    "windows_1252.csv": lambda: written.delimited().encode("windows-1252"),
    "semicolons.csv": lambda: written.delimited(";").encode(),
    "tabs.tsv": lambda: written.delimited("\t").encode(),
    "bars.csv": lambda: written.delimited("|").encode(),
}
FILE_WRITERS: dict[str, Callable[[Path], None]] = {
    "cases.xlsx": written.write_xlsx,
    "cases.xls": written.write_xls,
    "cases.ods": written.write_ods,
    "cases.json": written.write_json,
    "wrapped.json": written.write_wrapped_json,
    "cases.ndjson": written.write_ndjson,
    "cases.parquet": written.write_parquet,
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", [*TEXT_WRITERS, *FILE_WRITERS])
def test_every_format_and_encoding_gives_the_same_records(tmp_path, read, records, name: str, packed: bool) -> None:
    path = tmp_path / name
    if name in TEXT_WRITERS:
        path.write_bytes(TEXT_WRITERS[name]())
    else:
        FILE_WRITERS[name](path)
    if packed:
        plain = path
        path = tmp_path / f"{name}.gz"
        path.write_bytes(gzip.compress(plain.read_bytes()))
    source = read(path)
    assert source.sheets[0].headings == written.HEADINGS
    assert [row[1:-1] for row in records(source)] == written.VALUES
    assert {row[-1] for row in records(source)} == {None}
    assert source.compression == ("gzip" if packed else None)


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [
        ("utf8.csv", "utf-8", ","),
        ("utf8_bom.csv", "utf-8-sig", ","),
        ("utf16_le.csv", "utf-16-le", ","),
        ("utf16_be.csv", "utf-16-be", ","),
        ("windows_1252.csv", "windows-1252", ","),
        ("semicolons.csv", "utf-8", ";"),
        ("tabs.tsv", "utf-8", "\t"),
        ("bars.csv", "utf-8", "|"),
    ],
)
def test_encoding_and_delimiter_are_told(tmp_path, read, name: str, encoding: str, delimiter: str) -> None:
    path = tmp_path / name
    path.write_bytes(TEXT_WRITERS[name]())
    source = read(path)
    assert (source.format, source.encoding, source.delimiter) == ("csv", encoding, delimiter)


def test_the_content_counts_and_not_the_name(tmp_path, read, records) -> None:
    path = tmp_path / "really_a_workbook.csv"
    written.write_xlsx(tmp_path / "cases.xlsx")
    (tmp_path / "cases.xlsx").rename(path)
    source = read(path)
    assert source.format == "xlsx"
    assert [row[1:-1] for row in records(source)] == written.VALUES


def test_lines_of_each_format(tmp_path, read, records) -> None:
    (tmp_path / "a.csv").write_bytes(written.delimited().encode())
    written.write_xlsx(tmp_path / "a.xlsx")
    written.write_json(tmp_path / "a.json")
    written.write_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.ndjson").write_text('{"doi": "x"}\n\n{"doi": "y"}\n')
    assert [row[0] for row in records(read(tmp_path / "a.csv"))] == [2, 3, 4]
    assert [row[0] for row in records(read(tmp_path / "a.xlsx"))] == [2, 3, 4]
    assert [row[0] for row in records(read(tmp_path / "a.json"))] == [1, 2, 3]
    assert [row[0] for row in records(read(tmp_path / "a.parquet"))] == [1, 2, 3]
    assert [row[0] for row in records(read(tmp_path / "a.ndjson"))] == [1, 3]


def test_workbook_titles_blank_rows_and_several_sheets(tmp_path, read, records) -> None:
    import datetime as dt

    book = openpyxl.Workbook()
    first = book.active
    first.title = "Adults"
    for row in (
        [],
        ["Calcinosis cases 2020"],
        [],
        ["Record ID", "Age", None, "Year", "Lesion site"],
        ["A1", 36.0, "odd", dt.date(2020, 1, 2), True],
        [None, None, None, None, None],
        ["A2", 0.1 + 0.2, None, dt.datetime(2020, 1, 2, 3, 4), False, "beyond"],
    ):
        first.append(row)
    second = book.create_sheet("Children")
    second.append(["sex", "age_years"])
    second.append(["male", 3])
    book.create_sheet("Empty")
    book.create_sheet("Legend").append(["colour", "meaning"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    source = read(path)
    assert [(sheet.name, sheet.header_line) for sheet in source.sheets] == [("Adults", 4), ("Children", 1)]
    assert source.sheets[0].headings == ("Record ID", "Age", "(column 3)", "Year", "Lesion site")
    assert records(source) == [
        (5, "A1", "36", "odd", "2020-01-02", "true", None),
        (7, "A2", "0.3", None, "2020-01-02 03:04:00", "false", '["beyond"]'),
    ]
    assert records(source, 1) == [(2, "male", "3", None)]
    assert [(sheet.name, sheet.reason) for sheet in source.skipped_sheets] == [
        ("Empty", "no_records"),
        ("Legend", "no_known_heading"),
    ]


def test_json_objects_inside_records_and_numbers_as_written(tmp_path, read, records) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        '{"d": {"cases": [{"doi": "x", "age": 36.0, "year": 12345678901234567890, "zero": -0, "labs": {"pth": 1.50}},'
        ' {"doi": "y", "sites": ["knee", null, "elbow"], "labs": {"pth": null}, "ok": true, "n": [{"a": 1}]}]}}'
    )
    source = read(path)
    assert source.sheets[0].headings == ("doi", "age", "year", "zero", "labs.pth", "sites", "ok", "n")
    assert records(source) == [
        (1, "x", "36", "12345678901234567890", "-0", "1.50", None, None, None, None),
        (2, "y", None, None, None, None, "knee; elbow", "true", '[{"a": 1}]', None),
    ]


def test_numbers_of_parquet_as_people_write_them(tmp_path, read, records) -> None:
    import datetime as dt

    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "doi": ["a", "b", None],
        "age": [36.0, 0.5, None],
        "year": [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4), None],
        "size": [float("nan"), 12.0, float("nan")],
        "ok": [True, False, None],
        "labs": [[1.0, 2.5], [], None],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert records(read(tmp_path / "a.parquet")) == [
        (1, "a", "36", "2020-01-02", None, "true", "1; 2.5", None),
        (2, "b", "0.5", "2020-01-02 03:04:00", "12", "false", None, None),
    ]


def test_closing_leaves_nothing_behind(tmp_path, read, connection) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"doi,age\nx,1,ragged\n"))
    source = read(path)
    folder = source.workspace.new_file("x").parent
    assert folder.is_dir()
    assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (1,)
    source.close()
    source.close()
    assert not folder.exists()
    assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_a_transaction_of_the_caller_survives_a_refused_file(tmp_path, connection, refusal, read, records) -> None:
    connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    connection.execute("BEGIN")
    connection.execute("DROP TABLE kept")
    bad = tmp_path / "bad.parquet"
    written.write_parquet(bad)
    content = bytearray(bad.read_bytes())
    content[4:400] = b"\xff" * 396
    bad.write_bytes(bytes(content))
    refusal(bad)
    ragged = tmp_path / "ragged.csv"
    ragged.write_text("doi,age\nx,1,more\n")
    assert records(read(ragged)) == [(2, "x", "1", '["more"]')]
    connection.execute("COMMIT")
