from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.ingest import delimited
from flows.ingest.reading import read_file


def _write(folder: Path, text: str | bytes) -> Path:
    path = folder / "cases.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_one_record_a_line_can_be_read_in_parallel(tmp_path, read, records, connection) -> None:
    source = read(_write(tmp_path, "doi,age\na,1\nb,\nc,3\n"))
    assert records(source) == [(2, "a", "1", None), (3, "b", None, None), (4, "c", "3", None)]
    sheet = source.sheets[0]
    assert connection.execute(sheet.unnumbered_query).fetchall() == [
        ("a", "1", None),
        ("b", None, None),
        ("c", "3", None),
    ]
    assert sheet.header_line == 1


def test_lines_are_physical_lines(tmp_path, read, records) -> None:
    text = 'doi,notes\na,"one\ntwo\nthree"\n\nb,x\n,\n"","",\nc,"four\nfive"\nd,y'
    assert records(read(_write(tmp_path, text))) == [
        (2, "a", "one\ntwo\nthree", None),
        (6, "b", "x", None),
        (9, "c", "four\nfive", None),
        (11, "d", "y", None),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end(tmp_path, read, records, line_end: str) -> None:
    text = line_end.join(["doi,notes", "a,x", 'b,"one' + "\n" + 'two"', "c,z", ""])
    found = records(read(_write(tmp_path, text)))
    assert [row[1:3] for row in found] == [("a", "x"), ("b", "one\ntwo"), ("c", "z")]
    assert [row[0] for row in found] == [2, 3, 5]


def test_mixed_line_ends_leave_no_return_in_a_value(tmp_path, read, records) -> None:
    assert records(read(_write(tmp_path, "doi,notes\na,x\r\nb,y\nc,z\r\n"))) == [
        (2, "a", "x", None),
        (3, "b", "y", None),
        (4, "c", "z", None),
    ]


@pytest.mark.parametrize(
    ("text", "said", "values"),
    [
        ("doi,notes\na,x\r\nb,y\nc,z\n", 3, ["x", "y", "z"]),
        ("doi,notes\na,x\rb,y\nc,z\n", 2, ["x", "y", "z"]),
        ('doi,notes\na,"x\nx"\nb,y\nc,z\n', 2, ["x\nx", "y", "z"]),
    ],
    ids=["mixed line ends", "lone return", "a record dropped"],
)
def test_a_count_that_does_not_fit_the_lines_is_not_believed(
    tmp_path, read, records, monkeypatch, text: str, said: int, values: list[str]
) -> None:
    # DuckDB drops records silently where line ends change far behind the start of a large file.
    monkeypatch.setattr(delimited._Table, "_count", lambda self, source: said)
    assert [row[2] for row in records(read(_write(tmp_path, text)))] == values


def test_values_beyond_the_headings_go_to_overflow_and_short_rows_are_filled_up(tmp_path, read, records) -> None:
    text = 'doi,age,sex\na,1\nb,2,male,more,"and, more"\nc,3,female,\n,,,only beyond\n'
    assert records(read(_write(tmp_path, text))) == [
        (2, "a", "1", None, None),
        (3, "b", "2", "male", '["more", "and, more"]'),
        (4, "c", "3", "female", None),
        (5, None, None, None, '["only beyond"]'),
    ]


def test_titles_above_the_headings_are_passed_over(tmp_path, read, records) -> None:
    source = read(_write(tmp_path, 'Cases of clinic A;;\n\nDOI;"Age\n(years)";Lesion site\na;36;elbow\n'))
    assert source.sheets[0].headings == ("DOI", "Age\n(years)", "Lesion site")
    assert source.sheets[0].header_line == 4
    assert records(source) == [(5, "a", "36", "elbow", None)]


def test_blanks_quotes_and_words_for_nothing_come_as_they_are(tmp_path, read, records) -> None:
    text = 'doi,age,notes\n a ,NULL,5" nodule\nb,NA,"say ""ah"""\n'
    assert records(read(_write(tmp_path, text))) == [
        (2, " a ", "NULL", '5" nodule', None),
        (3, "b", "NA", 'say "ah"', None),
    ]


def test_a_name_with_signs_of_a_pattern_is_a_name(tmp_path, read, records) -> None:
    (tmp_path / "cases1.csv").write_text("doi\nwrong\n")
    path = tmp_path / "ca'ses[1]*.csv"
    path.write_text("doi\nright\n")
    assert records(read(path)) == [(2, "right", None)]


def test_one_column(tmp_path, read, records) -> None:
    assert records(read(_write(tmp_path, "title\nA case; with signs, of all | kinds\n\nB\n"))) == [
        (2, "A case; with signs, of all | kinds", None),
        (4, "B", None),
    ]


def test_an_empty_last_row_without_line_end_is_left_out(tmp_path, read, records) -> None:
    assert records(read(_write(tmp_path, "doi,age\na,1\n,"))) == [(2, "a", "1", None)]


def test_two_ways_of_reading_agree_on_a_large_file(tmp_path, read, records, monkeypatch) -> None:
    # Larger than a chunk of the line counter, so that its state must be carried over.
    monkeypatch.setattr(delimited, "CHUNK_BYTES", 1000)
    generator = random.Random(7)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["doi", "notes", "age"])
    expected = []
    line = 2
    for number in range(3000):
        note = "".join(generator.choice(["a", '"', ",", "\n", "é", " "]) for _ in range(generator.randrange(12)))
        writer.writerow([f"d{number}", note, number])
        expected.append((line, f"d{number}", note or None, str(number), None))
        line += 1 + note.count("\n")
    source = read(_write(tmp_path, buffer.getvalue()))
    assert "read_csv" in source.sheets[0].query
    assert records(source) == expected


_SIGNS = st.characters(exclude_characters="\x00", exclude_categories=("Cs",))
_VALUES = st.text(_SIGNS, max_size=12) | st.text('",;\n\r\t| ax', max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(_VALUES, _VALUES, _VALUES), min_size=1, max_size=8), end=st.sampled_from(["\n", "\r\n"]))
def test_every_value_comes_back_exactly(tmp_path: Path, rows: list[tuple[str, str, str]], end: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["doi", "age", "notes"])
    writer.writerows([("x" + first, second, third) for first, second, third in rows])
    path = _write(tmp_path, buffer.getvalue())
    with duckdb.connect() as connection, read_file(connection, path) as source:
        found = connection.execute(f"FROM ({source.sheets[0].query}) ORDER BY line_number").fetchall()
    assert [row[1:4] for row in found] == [
        ("x" + first, second or None, third or None) for first, second, third in rows
    ]
