"""The same small table written in each format, and containers of the old Office kind made by hand."""

from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

HEADINGS = ("doi", "first_author", "age_years", "sex", "lesion_sites", "notes")
ROWS: list[tuple[str | int | float | None, ...]] = [
    ("10.1/a", "Müller É", 36, "female", "left elbow; both knees", None),
    ("10.1/b", "García", 1.5, "male", "scrotum", 'a "hard" mass, 3 ± 1 cm'),
    ("10.1/c", None, None, "female", "fingertips", "first line\nsecond line"),
]
# Worked out by hand: numbers as people see them, nothing is None.
VALUES = [
    ("10.1/a", "Müller É", "36", "female", "left elbow; both knees", None),
    ("10.1/b", "García", "1.5", "male", "scrotum", 'a "hard" mass, 3 ± 1 cm'),
    ("10.1/c", None, None, "female", "fingertips", "first line\nsecond line"),
]


def delimited(delimiter: str = ",", line_end: str = "\n") -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(HEADINGS)
    writer.writerows(ROWS)
    return buffer.getvalue()


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADINGS, *ROWS):
        sheet.append(list(row))
    book.save(path)


def write_ods(path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    table = Table(name="cases")
    for row in (HEADINGS, *ROWS):
        line = TableRow()
        for value in row:
            if value is None:
                line.addElement(TableCell())
            elif isinstance(value, str):
                cell = TableCell(valuetype="string")
                for part in value.split("\n"):
                    cell.addElement(P(text=part))
                line.addElement(cell)
            else:
                cell = TableCell(valuetype="float", value=str(value))
                cell.addElement(P(text=str(value)))
                line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(str(path))


def write_json(path: Path) -> None:
    path.write_text(json.dumps([dict(zip(HEADINGS, row, strict=True)) for row in ROWS]), encoding="utf-8")


def write_wrapped_json(path: Path) -> None:
    cases = [{**dict(zip(HEADINGS, row, strict=True)), "lesion_sites": str(row[4]).split("; ")} for row in ROWS]
    path.write_text(json.dumps({"made": "2026", "cases": cases}, indent=1), encoding="utf-8")


def write_ndjson(path: Path) -> None:
    lines = [json.dumps(dict(zip(HEADINGS, row, strict=True)), ensure_ascii=False) for row in ROWS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_parquet(path: Path) -> None:
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    columns[4] = [str(sites).split("; ") for sites in columns[4]]
    pq.write_table(pa.table(dict(zip(HEADINGS, columns, strict=True))), path)


def write_xls(path: Path) -> None:
    """A worksheet of BIFF8 records: BOF, BOUNDSHEET, EOF; BOF, one LABEL or NUMBER a cell, EOF."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def bof(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    cells = b""
    for number, row in enumerate((HEADINGS, *ROWS)):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                cells += record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            elif value is not None:
                cells += record(0x0203, place + struct.pack("<d", value))
    size = struct.pack("<IIHHH", 0, len(ROWS) + 1, 0, len(HEADINGS), 0)
    sheet = bof(0x0010) + record(0x0200, size) + cells + record(0x000A, b"")
    title = b"\x05\x00cases"
    head_bytes = len(bof(0x0005)) + 4 + 6 + len(title) + 4
    head = bof(0x0005) + record(0x0085, struct.pack("<IBB", head_bytes, 0, 0) + title) + record(0x000A, b"")
    assert len(head) == head_bytes
    path.write_bytes(compound_file({"Workbook": head + sheet}))


def compound_file(streams: dict[str, bytes]) -> bytes:
    """An OLE2 container of 512-byte sectors: header, one allocation sector, one directory sector, then the streams."""
    end, free, allocation = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    chain = [allocation, end]
    bodies = b""
    entries = [(b"Root Entry".decode(), 5, 0xFFFFFFFE, 0)]
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        first = len(chain)
        n_sectors = len(padded) // 512
        chain += [*range(first + 1, first + n_sectors), end]
        bodies += padded
        entries.append((name, 2, first, len(padded)))
    assert len(chain) <= 128
    assert len(entries) <= 4
    directory = b""
    for place in range(4):
        if place >= len(entries):
            directory += b"\0" * 64 + struct.pack("<HBBIII", 0, 0, 0, free, free, free) + b"\0" * 36 + b"\0" * 12
            continue
        name, kind, first, size = entries[place]
        text = name.encode("utf-16-le") + b"\0\0"
        child = 1 if kind == 5 and len(entries) > 1 else free
        right = place + 1 if kind == 2 and place + 1 < len(entries) else free
        directory += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, free, right, child)
        directory += b"\0" * 36 + struct.pack("<IQ", first, size)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + struct.pack("<128I", *chain, *[free] * (128 - len(chain))) + directory + bodies
