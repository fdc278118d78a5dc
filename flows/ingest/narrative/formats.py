"""What kind of narrative a file is: by its content first, its name second."""

from __future__ import annotations

import codecs
import csv
import json
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from flows.ingest.headings import count_known
from flows.ingest.mapping import common_mapping

NarrativeFormat = Literal["html", "jats", "json", "markdown", "medline", "ndjson", "pdf", "pubmed_xml", "text"]

_HEAD_BYTES = 256 * 1024
_GZIP = b"\x1f\x8b"
_MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
_TEXT_SUFFIXES = frozenset({".txt", ".text"})
_TABLE_SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".parquet", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".toml", ".yaml", ".yml", ".ini"}
)
_ROOTS: tuple[tuple[re.Pattern[str], NarrativeFormat], ...] = (
    (
        re.compile(r"<(?:\w+:)?(?:PubmedArticleSet|PubmedArticle|MedlineCitationSet|MedlineCitation)[\s>/]"),
        "pubmed_xml",
    ),
    (re.compile(r"<(?:html|head|body|main|div)[\s>]|<!doctype\s+html", re.IGNORECASE), "html"),
    (re.compile(r"<(?:[\w-]+:)?(?:article|pmc-articleset|articles)[\s>/]"), "jats"),
)
_MEDLINE = re.compile(r"\s*(?:PMID|STAT|OWN )- ")
_TEXT_KEYS = ("text", "full_text", "fulltext", "body", "abstract", "narrative", "case_report")
_MIN_TEXT_CHARS = 100
_DELIMITERS = "\t;|,"
_HEAD_LINES = 60
_MIN_PROSE_WORDS = 8
_PEEKED_RECORDS = 20


def narrative_format(path: Path) -> NarrativeFormat | None:
    """The kind of narrative that a file holds; None for a table, for what is foreign, and for what cannot be opened.

    Packed files are looked into. Raises OSError where the file cannot be read.
    """
    head, suffix = _head(path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    text = _decoded(head)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _markup(start)
    if start[:1] in "{[" and (form := _json(start)) is not None:
        return form
    if _MEDLINE.match(text):
        return "medline"
    if not start and suffix in _TEXT_SUFFIXES | _MARKDOWN_SUFFIXES:
        return "text"
    if suffix in _TABLE_SUFFIXES or start[:1] in ("{", "[") or not start:
        return None
    if "\x00" in text or _is_table(text):
        # Noise that is called a text is for the reader of texts to refuse.
        return "text" if suffix in _TEXT_SUFFIXES and not _is_table(text) else None
    if suffix in _MARKDOWN_SUFFIXES:
        return "markdown"
    return "text" if suffix in _TEXT_SUFFIXES or _is_prose(text) else None


def text_of_record(record: dict[str, Any]) -> tuple[str, str] | None:
    """Key and value of the narrative that a JSON record carries, or None."""
    for key in _TEXT_KEYS:
        value = record.get(key)
        if isinstance(value, str):
            return key, value
    return None


def _head(path: Path) -> tuple[bytes, str]:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    suffix = suffixes[-1] if suffixes else ""
    if head.startswith(_GZIP):
        suffix = suffixes[0] if suffix == ".gz" and len(suffixes) == 2 else "" if suffix == ".gz" else suffix
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
        except zlib.error:
            head = b""
    return head, suffix


def _decoded(head: bytes) -> str:
    for bom, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(bom):
            return head.decode(codec, errors="replace")
    half = len(head) // 2
    if half >= 8 and head[1::2].count(0) > 0.6 * half and head[0::2].count(0) < 0.1 * half:
        return head.decode("utf-16-le", errors="replace")
    if half >= 8 and head[0::2].count(0) > 0.6 * half and head[1::2].count(0) < 0.1 * half:
        return head.decode("utf-16-be", errors="replace")
    return head.decode("utf-8", errors="replace")


def _markup(start: str) -> NarrativeFormat | None:
    places = [(match.start(), form) for pattern, form in _ROOTS if (match := pattern.search(start)) is not None]
    return min(places)[1] if places else None


def _json(start: str) -> Literal["json", "ndjson"] | None:
    lines = [line for line in start.splitlines() if line.strip()]
    records: list[Any] = []
    form: Literal["json", "ndjson"] = "ndjson"
    for line in lines[:_PEEKED_RECORDS]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            break
        records.append(value)
    if not records or not isinstance(records[0], dict) or (len(lines) == 1 and text_of_record(records[0]) is None):
        form = "json"
    if form == "ndjson":
        return form if _carry_text(records) else None
    return form if _mentions_text(start) else None


def _carry_text(records: Iterable[Any]) -> bool:
    for record in records:
        if isinstance(record, dict) and (found := text_of_record(record)) and len(found[1]) >= _MIN_TEXT_CHARS:
            return True
    return False


def _mentions_text(start: str) -> bool:
    keys = "|".join(_TEXT_KEYS)
    return re.search(rf'"(?:{keys})"\s*:\s*"(?:[^"\\]|\\.){{{_MIN_TEXT_CHARS}}}', start) is not None


def _is_table(text: str) -> bool:
    lines = [line for line in text.splitlines()[:_HEAD_LINES] if line.strip()]
    if len(lines) > 1 and not text.endswith("\n"):
        lines = lines[:-1] or lines
    mapping = common_mapping()
    for delimiter in _DELIMITERS:
        for line in lines:
            if delimiter not in line or len(line) > 8192:
                continue
            cells = next(csv.reader([line], delimiter=delimiter), [])
            known = count_known(cells, mapping)
            if known >= 2 and known * 3 >= len(cells):
                return True
        counts = [line.count(delimiter) for line in lines]
        if len(lines) > 2 and min(counts) > 0 and counts.count(counts[0]) >= 0.9 * len(counts):
            return True
    return False


def _is_prose(text: str) -> bool:
    return any(len(line.split()) >= _MIN_PROSE_WORDS for line in text.splitlines()[:_HEAD_LINES])
