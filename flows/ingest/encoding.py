"""Text of any usual encoding as UTF-8, and what the reader of delimited text needs to know about it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.ingest.content import CHUNK_BYTES
from flows.ingest.errors import UnreadableFileError
from flows.ingest.sources import MIB

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
}
_CONTROLS = bytes(sign for sign in range(32) if sign not in b"\t\n\r")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_LONG_RUN = re.compile(rb"[\x80-\xff]{4,}")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SYMBOL_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\xa1-\xac\xae-\xb4\xb6\xb8-\xbf\xd7\xf7](?=[A-Za-z])")
_LETTER = re.compile(rb"[A-Za-z]")
_RESAVE = 'Save it again as "CSV UTF-8" and give that'

# Beyond these shares the high bytes are no accents of a Western language but the letters of another alphabet.
_MAX_HIGH_SHARE = 0.25
_MAX_SYMBOL_SHARE = 0.10
_MIN_SYMBOLS = 3
# A few control signs come along when text is copied out of PDFs.
_MAX_CONTROLS = 1000
_MAX_CONTROL_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class TextShape:
    """Counts of a UTF-8 text. newlines: of LF; returns: of CR; pairs: of CR LF."""

    encoding: str
    n_bytes: int
    newlines: int
    returns: int
    pairs: int
    ends_in_newline: bool


def detect_encoding(path: Path, name: str) -> str:
    """Codec of a text file: utf-8, utf-8-sig, utf-16-le/-be, utf-32-le/-be or windows-1252.

    The whole file is looked at. Raises UnreadableFileError: truncated where UTF-8 stops inside a character at the end;
    wrong_encoding, with the line, where the bytes are none of these.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for bom, codec in _BOMS:
        if head.startswith(bom):
            found = _NAMES.get(bom, codec)
            _check(path, found, name)
            return found
    guess = _utf16_without_bom(head)
    if guess is not None:
        _check(path, guess, name)
        return guess
    problem = _first_problem(path)
    if problem is None:
        return "utf-8"
    _check_windows_1252(path, name, problem)
    return "windows-1252"


def transcode(path: Path, target: Path, encoding: str) -> None:
    """Write a text file as UTF-8 without byte order mark, line ends unchanged."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as source, target.open("wb") as sink:
        first = True
        for chunk in _chunks(source):
            text = decoder.decode(chunk)
            if first and text:
                text = text.removeprefix("\ufeff")
                first = False
            sink.write(text.encode("utf-8"))
        sink.write(decoder.decode(b"", final=True).encode("utf-8"))


def measure(path: Path, encoding: str) -> TextShape:
    """Count the line ends of a UTF-8 file."""
    n_bytes = newlines = returns = pairs = 0
    last = b""
    with path.open("rb") as file:
        for chunk in _chunks(file):
            n_bytes += len(chunk)
            newlines += chunk.count(b"\n")
            in_chunk = chunk.count(b"\r")
            returns += in_chunk
            if in_chunk or last == b"\r":
                pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            last = chunk[-1:]
    return TextShape(encoding, n_bytes, newlines, returns, pairs, last in (b"\n", b"\r"))


def _chunks(file: object) -> Iterator[bytes]:
    read = file.read  # type: ignore[attr-defined]
    while chunk := read(CHUNK_BYTES):
        yield chunk


def _utf16_without_bom(head: bytes) -> str | None:
    """UTF-16 of Western text has a zero in every other byte."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 8 and odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    if half >= 8 and even > 0.6 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def _first_problem(path: Path) -> tuple[int, str] | None:
    """Line and kind ("control", "invalid", "cut") of the first thing that is no UTF-8 text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        for chunk in _chunks(file):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                return line + before.count(b"\n"), "invalid"
            line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line, "cut"
    return None


def _check(path: Path, encoding: str, name: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        try:
            for chunk in _chunks(file):
                line += decoder.decode(chunk).count("\n")
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                "wrong_encoding", f"{name} says that it is {encoding}, but line {line} or later is not", _RESAVE
            ) from error
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                "truncated",
                f"{name} ends inside a character ({encoding}, line {line})",
                "Copy or download it again; the transfer was cut off",
            ) from error


def _check_windows_1252(path: Path, name: str, problem: tuple[int, str]) -> None:
    """Refuse what is not plausibly Windows-1252, which as such accepts nearly any bytes."""
    line, kind = problem
    high = multibyte = long_runs = symbols = letters = 0
    with path.open("rb") as file:
        for chunk in _chunks(file):
            if not chunk.isascii():
                high += len(_HIGH_BYTE.findall(chunk))
                multibyte += len(_MULTIBYTE.findall(chunk))
                long_runs += len(_LONG_RUN.findall(chunk))
                symbols += len(_SYMBOL_IN_WORD.findall(chunk))
                try:
                    chunk.decode("windows-1252")
                except UnicodeDecodeError as error:
                    raise UnreadableFileError(
                        "wrong_encoding",
                        f"{name} is text in none of UTF-8, UTF-16 and Windows-1252 (line {line} is the first that"
                        " is not UTF-8)",
                        _RESAVE,
                    ) from error
            letters += len(_LETTER.findall(chunk)) if high < 10_000 else 0
            if high > MIB:
                break
    if kind == "cut" and multibyte * 2 >= high - 3:
        raise UnreadableFileError(
            "truncated",
            f"{name} ends inside a character (UTF-8, line {line})",
            "Copy or download it again; the transfer was cut off",
        )
    if multibyte > 2 and multibyte * 2 > high - multibyte * 2:
        raise UnreadableFileError(
            "wrong_encoding",
            f"{name} is UTF-8 in most places but not in line {line}: texts of two encodings were put together",
            _RESAVE,
        )
    if (
        high > _MAX_HIGH_SHARE * (letters + high)
        or long_runs > 0.05 * high
        or (symbols >= _MIN_SYMBOLS and symbols > _MAX_SYMBOL_SHARE * high)
    ):
        raise UnreadableFileError(
            "wrong_encoding",
            f"{name} is not UTF-8 (line {line}) and makes no sense as Windows-1252; it may be in another alphabet",
            _RESAVE,
        )


def check_no_controls(path: Path, name: str) -> None:
    """Refuse a UTF-8 text with a NUL byte or, at its start, many other control bytes: a binary or damaged file."""
    line = 1
    n_bytes = n_controls = 0
    with path.open("rb") as file:
        for chunk in _chunks(file):
            if not n_bytes:
                # Counting is slow, and a binary file shows it from its start.
                n_bytes = len(chunk)
                n_controls = n_bytes - len(chunk.translate(None, _CONTROLS))
            nul = chunk.find(b"\x00")
            if nul >= 0:
                line += chunk.count(b"\n", 0, nul)
                raise UnreadableFileError("wrong_encoding", f"{name} is no text: line {line} holds a NUL byte", _RESAVE)
            line += chunk.count(b"\n")
    if n_controls > max(_MAX_CONTROLS, _MAX_CONTROL_SHARE * n_bytes):
        raise UnreadableFileError(
            "wrong_encoding", f"{name} is no text: it holds {n_controls:,} control bytes", _RESAVE
        )
