"""What a file is, by its first bytes; its checksum; and its unpacked form."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from flows.ingest.errors import UnreadableFileError
from flows.ingest.sources import MIB, Limits

Kind = Literal["text", "workbook", "encrypted", "parquet", "gzip", "foreign", "binary"]

CHUNK_BYTES = 4 * MIB

_GZIP = b"\x1f\x8b"
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_FOREIGN = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"PK\x07\x08", "a part of a split ZIP archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x00\x01\x00\x00Standard", "an Access database"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"RIFF", "a media file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
)
_MARKUP = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "an XML document"))
_TABLES_ASKED_FOR = "Send the table itself as CSV, Excel, ODS, JSON, NDJSON or Parquet"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as it lies there, in hexadecimal; the file is streamed."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def detect_kind(path: Path, name: str) -> Kind:
    """What the file is: by content, the name being heard only where the content says nothing.

    name: what the file is called, for messages; differs from path for an unpacked file.
    Raises UnreadableFileError for what is no table: empty, a foreign kind, a locked or cut-off workbook.
    """
    with path.open("rb") as file:
        head = file.read(4096)
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - 8))
        tail = file.read()
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        if size > len(head) and b"\x00" in head:
            raise UnreadableFileError(
                "damaged", f"{name} begins with {len(head):,} empty bytes", "Copy it from its origin again"
            )
        if size <= len(head):
            raise UnreadableFileError("empty", f"{name} holds nothing ({size} bytes)", "Export or copy it again")
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith((b"PAR1", b"PARE")):
        return _parquet_kind(head, tail, name)
    if head.startswith(_OLE2):
        return _ole2_kind(path, name)
    if head.startswith(_ZIP):
        return _zip_kind(path, name)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise _foreign(name, what)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in _MARKUP:
        if start.startswith(magic):
            raise _foreign(name, what)
    suffix = _suffix(name)
    if suffix in (".parquet", ".xlsx", ".xls", ".ods", ".xlsm", ".xlsb"):
        if _is_text(head):
            return "text"
        raise UnreadableFileError(
            "not_what_its_name_says",
            f"{name} is no {suffix.lstrip('.')} file: it does not begin as one",
            "Export or copy it again, or give it the name of what it is",
        )
    return "text"


def unpack(path: Path, target: Path, name: str, limits: Limits) -> None:
    """Write the unpacked form of a gzip file (also of several parts) to `target`.

    Raises UnreadableFileError: truncated where the packed data ends early, too_large beyond the limits, damaged
    otherwise.
    """
    packed_bytes = path.stat().st_size
    unpacked_bytes = 0
    with path.open("rb") as source, target.open("wb") as sink:
        for part in _unpacked_parts(source, name):
            unpacked_bytes += len(part)
            if unpacked_bytes > limits.expanded_bytes or (
                unpacked_bytes > limits.ratio_free_bytes and unpacked_bytes > packed_bytes * limits.expansion_ratio
            ):
                raise UnreadableFileError(
                    "too_large",
                    f"{name} packs {packed_bytes:,} bytes that unpack to more than {unpacked_bytes:,}",
                    "If the file is right, unpack it yourself and give the unpacked file",
                )
            sink.write(part)


def _unpacked_parts(source: BinaryIO, name: str) -> Iterator[bytes]:
    engine = zlib.decompressobj(wbits=31)
    finished = False
    data = source.read(MIB)
    while data:
        try:
            part = engine.decompress(data, CHUNK_BYTES)
        except zlib.error as error:
            raise UnreadableFileError(
                "damaged", f"{name} cannot be unpacked: {error}", "Copy it from its origin again"
            ) from error
        if part:
            yield part
        if engine.eof:
            finished = True
            rest = engine.unused_data.lstrip(b"\x00")
            data = rest or source.read(MIB).lstrip(b"\x00")
            if data.startswith(_GZIP):
                engine = zlib.decompressobj(wbits=31)
                finished = False
            elif data:
                raise UnreadableFileError(
                    "damaged", f"{name} has {len(data):,} stray bytes behind its packed data", "Pack it again"
                )
        else:
            data = engine.unconsumed_tail or source.read(MIB)
    if not finished:
        raise UnreadableFileError(
            "truncated",
            f"{name} ends in the middle of its packed data, after {source.tell():,} bytes",
            "Copy or download it again; the transfer was cut off",
        )


def _suffix(name: str) -> str:
    path = Path(name.lower())
    return path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix


def _is_text(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or not any(sign < 9 or 13 < sign < 32 for sign in head)


def _foreign(name: str, what: str) -> UnreadableFileError:
    known = {
        ".csv",
        ".tsv",
        ".tab",
        ".json",
        ".ndjson",
        ".jsonl",
        ".parquet",
        ".xlsx",
        ".xls",
        ".xlsm",
        ".xlsb",
        ".ods",
    }
    if _suffix(name) in known:
        return UnreadableFileError("not_what_its_name_says", f"{name} is {what}", _TABLES_ASKED_FOR)
    return UnreadableFileError("unknown_format", f"{name} is {what}, which holds no table", _TABLES_ASKED_FOR)


def _parquet_kind(head: bytes, tail: bytes, name: str) -> Kind:
    if head.startswith(b"PARE") or tail.endswith(b"PARE"):
        raise _locked(name)
    if not tail.endswith(b"PAR1") or len(tail) < 8:
        raise UnreadableFileError(
            "truncated",
            f"{name} begins as Parquet but has no end",
            "Copy or download it again; the transfer was cut off",
        )
    return "parquet"


def _ole2_kind(path: Path, name: str) -> Kind:
    # An encrypted workbook of the new kind lies in a container of the old kind, under these stream names.
    marks = ["EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le")]
    books = ["Workbook".encode("utf-16-le"), "Book".encode("utf-16-le")]
    has_book = False
    carry = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            window = carry + chunk
            if any(mark in window for mark in marks):
                raise _locked(name)
            has_book = has_book or any(book in window for book in books)
            carry = window[-64:]
    if not has_book:
        raise _foreign(name, "an Office document other than a workbook, or a cut-off one")
    return "workbook"


def _zip_kind(path: Path, name: str) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            mimetype = archive.read("mimetype")[:100] if "mimetype" in members else b""
    except (zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise UnreadableFileError(
            "truncated",
            f"{name} begins as a workbook or ZIP archive but its end is missing",
            "Copy or download it again; the transfer was cut off",
        ) from error
    if members & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "workbook"
    if b"opendocument.spreadsheet" in mimetype:
        return "workbook"
    if "word/document.xml" in members:
        raise _foreign(name, "a Word document")
    if "ppt/presentation.xml" in members:
        raise _foreign(name, "a presentation")
    raise _foreign(name, "a ZIP archive" if not mimetype else "an OpenDocument file other than a spreadsheet")


def _locked(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "password_protected", f"{name} is protected by a password", "Save a copy without a password and give that"
    )
