from __future__ import annotations

import gzip
import json
import random
import resource
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from flows.ingest.discovery import discover
from flows.ingest.errors import UnreadableFileError
from flows.ingest.reading import Limits, read_file
from tests.ingest import written

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(range(256)) * 8
HEAD = b"doi,age\n"


def _half(write: Callable[[Path], None]) -> Callable[[Path], None]:
    def write_half(path: Path) -> None:
        write(path)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])

    return write_half


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _encrypted_xlsx(path: Path) -> None:
    path.write_bytes(
        written.compound_file({"EncryptedPackage": bytes(9000), "EncryptionInfo": b"\x04\x00\x04\x00" + bytes(200)})
    )


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")


def _encrypted_ods(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<m><manifest:encryption-data/></m>")
        archive.writestr("content.xml", b"\x93\x11" * 500)


def _empty_xlsx(path: Path) -> None:
    openpyxl.Workbook().save(path)


def _far_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["doi", "age"])
    sheet.cell(row=2, column=16384, value="far")
    book.save(path)


def _sparse_narrow_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["doi", "age"])
    sheet.cell(row=1_048_576, column=40, value="far")
    book.save(path)


def _sparse_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["doi", "age"])
    sheet.cell(row=1_048_576, column=200, value="far")
    book.save(path)


def _repeated_ods(path: Path) -> None:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"/>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<table:table-row>{cell}</table:table-row>")


def _damaged_parquet(path: Path) -> None:
    written.write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:400] = b"\xff" * 396
    path.write_bytes(bytes(content))


def _random(n_bytes: int) -> bytes:
    return random.Random(3).randbytes(n_bytes)


JAPANESE = "doi,age,notes\n" + "x,1,皮膚石灰沈着症の一例を報告する\n" * 20
RUSSIAN = "doi,age,notes\n" + "x,1,кальциноз кожи при склеродермии\n" * 20
GERMAN = "doi,age,notes\n" + "x,1,Übergröße\n" * 20

BROKEN: dict[str, tuple[str, str, Callable[[Path], None]]] = {
    "no bytes": ("a.csv", "empty", _bytes(b"")),
    "only blanks": ("a.csv", "empty", _bytes(b"\n\n  \n")),
    "only a byte order mark": ("a.csv", "empty", _bytes(b"\xef\xbb\xbf\n")),
    "empty gzip": ("a.csv.gz", "empty", _bytes(gzip.compress(b""))),
    "headings alone": ("a.csv", "no_records", _bytes(b"doi,age\n")),
    "headings and empty rows": ("a.csv", "no_records", _bytes(b"doi,age\n,\n,\n")),
    "empty list": ("a.json", "no_records", _bytes(b"[]")),
    "empty workbook": ("a.xlsx", "no_records", _empty_xlsx),
    "Shift-JIS": ("a.csv", "wrong_encoding", _bytes(JAPANESE.encode("shift_jis"))),
    "Windows-1251": ("a.csv", "wrong_encoding", _bytes(RUSSIAN.encode("windows-1251"))),
    "two encodings": ("a.csv", "wrong_encoding", _bytes(GERMAN.encode() + "y,2,Ärger\n".encode("latin-1"))),
    "two encodings, few accents": (
        "a.csv",
        "wrong_encoding",
        _bytes(("doi,notes\n" + "x,a patient with plaques, Müller\n" * 20).encode() + "y,Ärger\n".encode("latin-1")),
    ),
    "UTF-16 mark before other text": ("a.csv", "wrong_encoding", _bytes(b"\xff\xfe" + b"\x00\xd8\x41\x00" * 50)),
    "random bytes": ("a.csv", "wrong_encoding", _bytes(_random(5000))),
    "zeros": ("a.csv", "damaged", _bytes(bytes(10_000))),
    "a hole of zeros": ("a.csv", "wrong_encoding", _bytes(HEAD + b"x,1\n" + bytes(5000) + b"y,2\n")),
    "gzip cut off": ("a.csv.gz", "truncated", _half(_bytes(gzip.compress(HEAD + _random(4000).hex().encode())))),
    "gzip without its end": ("a.csv.gz", "truncated", _bytes(gzip.compress(HEAD + b"x,1\n")[:-4])),
    "gzip damaged": ("a.csv.gz", "damaged", _bytes(gzip.compress(HEAD + b"x,1\n")[:-6] + b"zzzzzz")),
    "xlsx cut off": ("a.xlsx", "truncated", _half(written.write_xlsx)),
    "ods cut off": ("a.ods", "truncated", _half(written.write_ods)),
    "JSON cut off": ("a.json", "truncated", _half(written.write_json)),
    "JSON cut off after an object": ("a.json", "truncated", _bytes(b'[{"doi": "x"}, {"doi": "y"},')),
    "NDJSON cut off": ("a.ndjson", "truncated", _bytes(b'{"doi": "x"}\n{"doi": "y"}\n{"doi": "z')),
    "Parquet cut off": ("a.parquet", "truncated", _half(written.write_parquet)),
    "Parquet damaged inside": ("a.parquet", "truncated", _damaged_parquet),
    "CSV cut off in quotes": ("a.csv", "truncated", _bytes(b'doi,notes\nx,"one\ntwo')),
    "CSV cut off in a character": ("a.csv", "truncated", _bytes("doi,notes\nä,é".encode()[:-1])),
    "JSON with an error": ("a.json", "damaged", _bytes(b'[{"doi": "x"}, {"doi" "y"}, {"doi": "z"}]')),
    "NDJSON with an error": ("a.ndjson", "damaged", _bytes(b'{"doi": "x"}\n{"doi"}\n{"doi": "z"}\n')),
    "JSON of numbers": ("a.json", "no_known_heading", _bytes(b"[1, 2]")),
    "JSON nested deeply": ("a.json", "damaged", _bytes(b'[{"doi": ' + b"[" * 200_000 + b"]" * 200_000 + b"}]")),
    "locked xlsx": ("a.xlsx", "password_protected", _encrypted_xlsx),
    "locked xlsx with another name": ("a.csv", "password_protected", _encrypted_xlsx),
    "locked ods": ("a.ods", "password_protected", _encrypted_ods),
    "PNG named csv": ("a.csv", "not_what_its_name_says", _bytes(PNG)),
    "PDF named xlsx": ("a.xlsx", "not_what_its_name_says", _bytes(b"%PDF-1.7\n1 0 obj")),
    "web page named csv": ("a.csv", "not_what_its_name_says", _bytes(b"\n<!DOCTYPE html><html>doi,age</html>")),
    "archive named csv": ("a.csv", "not_what_its_name_says", _zip),
    "random bytes named parquet": ("a.parquet", "not_what_its_name_says", _bytes(_random(5000))),
    "PNG": ("a.png", "unknown_format", _bytes(PNG)),
    "archive": ("a.zip", "unknown_format", _zip),
    "packed twice": ("a.csv.gz", "unknown_format", _bytes(gzip.compress(gzip.compress(HEAD + b"x,1\n")))),
    "300 columns": (
        "a.csv",
        "too_many_columns",
        _bytes(b"doi," + ",".join(f"x{number}" for number in range(299)).encode() + b"\n" + b"1," * 299 + b"1\n"),
    ),
    "300 columns of unknown name": (
        "a.csv",
        "too_many_columns",
        _bytes(",".join(f"x{number}" for number in range(300)).encode() + b"\n" + b"1," * 299 + b"1\n"),
    ),
    "300 values in a row": ("a.csv", "too_many_columns", _bytes(HEAD + b"x,1\n" + b"1," * 299 + b"1\n")),
    "300 keys": ("a.json", "too_many_columns", _bytes(json.dumps([{f"k{n}": n for n in range(300)}]).encode())),
    "column XFD": ("a.xlsx", "too_many_columns", _far_xlsx),
    "a cell in the last row": ("a.xlsx", "too_large", _sparse_xlsx),
    "a far cell that would just fit": ("a.xlsx", "too_large", _sparse_narrow_xlsx),
    "a value repeated over the sheet": ("a.ods", "too_large", _repeated_ods),
    "large value": ("a.csv", "cell_too_large", _bytes(HEAD + b"x," + b"y" * 3_000_000 + b"\n")),
    "large value in lines": ("a.csv", "cell_too_large", _bytes(HEAD + b'x,"' + b"yyyyy\n" * 500_000 + b'"\n')),
    "large value in the first line": ("a.csv", "cell_too_large", _bytes(b"doi" * 20_000_000)),
    "large value in JSON": ("a.json", "cell_too_large", _bytes(b'[{"doi": "' + b"y" * 3_000_000 + b'"}]')),
    "large value in NDJSON": ("a.ndjson", "cell_too_large", _bytes(b'{"doi": "' + b"y" * 3_000_000 + b'"}\n')),
    "no heading known": ("a.csv", "no_known_heading", _bytes(b"colour,shape\nred,round\n")),
    "a heading twice": ("a.csv", "duplicate_heading", _bytes(b"doi,age,age\nx,1,2\n")),
}


@pytest.mark.parametrize("what", BROKEN)
def test_reason(tmp_path, refusal, what: str) -> None:
    name, reason, write = BROKEN[what]
    write(tmp_path / name)
    assert refusal(tmp_path / name).reason == reason


def test_gzip_bomb(tmp_path, refusal) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(HEAD + b"x" * 40_000_000))
    assert refusal(path, Limits(ratio_free_bytes=1_000_000)).reason == "too_large"
    assert refusal(path, Limits(expanded_bytes=1_000_000)).reason == "too_large"


def test_workbook_bomb(tmp_path, refusal) -> None:
    path = tmp_path / "a.xlsx"
    written.write_xlsx(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.bin", bytes(30_000_000))
    assert refusal(path, Limits(ratio_free_bytes=1_000_000)).reason == "too_large"


def test_large_json_document(tmp_path, refusal) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"doi": "x"}]')
    found = refusal(path, Limits(document_bytes=5))
    assert found.reason == "too_large"
    assert "NDJSON" in found.advice


def test_unreadable_for_this_user(tmp_path, refusal, monkeypatch) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEAD + b"x,1\n")

    def deny(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("flows.ingest.reading.file_sha256", deny)
    assert refusal(path).reason == "permission_denied"


def test_a_named_pipe_does_not_block(tmp_path, refusal) -> None:
    import os

    os.mkfifo(tmp_path / "a.csv")
    assert refusal(tmp_path / "a.csv").reason == "unknown_format"


def test_the_place_is_named(tmp_path, refusal) -> None:
    path = tmp_path / "clinic.csv"
    path.write_bytes(b'doi,notes\na,x\nb,"never closed\nc,y\n')
    assert "line 3" in refusal(path).detail
    path.write_bytes(b"Clinic\ndoi,age,age\nx,1,2\n")
    assert "line 2: the heading 'age' stands in columns 2 and 3" in refusal(path).detail
    path.write_bytes(b"colour,shape\nred,round\n")
    assert "'colour', 'shape'" in refusal(path).detail


def test_an_unknown_heading_may_stand_twice(tmp_path, read) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"doi,visit,visit\nx,1,2\n")
    assert read(path).sheets[0].headings == ("doi", "visit", "visit (column 3)")


def test_a_hostile_folder_is_read_to_its_end_in_bounded_memory(tmp_path, connection) -> None:
    chosen = {
        "b_empty.csv": "no bytes",
        "c_encoding.csv": "Shift-JIS",
        "d_cut.csv.gz": "gzip cut off",
        "e_cut.xlsx": "xlsx cut off",
        "f_locked.xlsx": "locked xlsx",
        "g_picture.csv": "PNG named csv",
        "h_wide.csv": "300 columns",
        "j_random.parquet": "random bytes named parquet",
    }
    for name, what in chosen.items():
        BROKEN[what][2](tmp_path / name)
    (tmp_path / "a_good.csv").write_text(written.delimited(), encoding="utf-8")
    (tmp_path / "i_huge.csv").write_bytes(HEAD + b'x,"' + b"y" * 50_000_000 + b'"\n')
    peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    reasons = {}
    for found in discover([str(tmp_path)]):
        try:
            with read_file(connection, found.path) as source:
                reasons[found.path.name] = source.sheets[0].n_rows
        except UnreadableFileError as error:
            reasons[found.path.name] = error.reason
    assert reasons == {
        "a_good.csv": 3,
        "b_empty.csv": "empty",
        "c_encoding.csv": "wrong_encoding",
        "d_cut.csv.gz": "truncated",
        "e_cut.xlsx": "truncated",
        "f_locked.xlsx": "password_protected",
        "g_picture.csv": "not_what_its_name_says",
        "h_wide.csv": "too_many_columns",
        "i_huge.csv": "cell_too_large",
        "j_random.parquet": "not_what_its_name_says",
    }
    assert time.monotonic() - began < 60
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_before) * 1024 < 300_000_000


def test_a_lying_zip_size_is_found(tmp_path, refusal) -> None:
    path = tmp_path / "a.xlsx"
    written.write_xlsx(path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    entry = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    content[entry + 24 : entry + 28] = struct.pack("<I", part.file_size // 2)
    path.write_bytes(bytes(content))
    assert refusal(path).reason == "truncated"
