"""PDF: the text of its pages in reading order as one document."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from flows.extract.model import Document
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.bibliography import read_journal_line, read_standing_line
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.page_layout import Page, Paragraph, Piece, paragraphs_of
from flows.ingest.narrative.parts import Metadata, make_document
from flows.ingest.narrative.plain import coverage_of, sections_of
from flows.ingest.narrative.rules import line_kind
from flows.ingest.narrative.stable import stabilise

_WORKER = Path(__file__).with_name("pdf_worker.py")
_WORDS = re.compile(r"[^\W_]+")
_MIN_CHARS = 40
_TITLE_SIZE = 1.15
_MAX_TITLE_CHARS = 350


def read_pdf(path: Path, name: str, limits: NarrativeLimits) -> Document:
    """Read a PDF as one document: columns in reading order, broken words made whole, heads and feet left out.

    A process of its own takes the text out, bounded in time and memory. Raises UnreadableFileError: no_text for a
    scanned PDF, password_protected, too_many_pages, too_slow, too_large, damaged.
    """
    n_bytes = path.stat().st_size
    if n_bytes > limits.document_bytes:
        raise UnreadableFileError(
            "too_large",
            f"{name} has {n_bytes:,} bytes, more than the {limits.document_bytes:,} that are read of a PDF",
            "Give the article alone, without its supplements",
        )
    head, pages = _pages(path, name, limits)
    n_chars = sum(len(piece.text) for page in pages for piece in page.pieces)
    if n_chars < _MIN_CHARS:
        raise UnreadableFileError(
            "no_text",
            f"{name} holds no text on its {len(pages):,} pages: it was scanned or is empty",
            "Run a text recognition (OCR) over it and give the result",
        )
    paragraphs, dropped = paragraphs_of(pages)
    metadata = Metadata()
    for line in dropped:
        read_standing_line(line, metadata)
        if line_kind(line) == "journal_line":
            read_journal_line(line, metadata)
    title = _title_of(paragraphs, head.get("title") or "")
    pieces: list[str] = []
    marked: dict[int, int] = {}
    position = 0
    for paragraph in paragraphs:
        text = " ".join(stabilise(paragraph.text).split())
        if not text:
            continue
        if paragraph is title:
            marked[position] = 1
        pieces.append(text)
        position += len(text) + 2
    text = "\n\n".join(pieces)
    sections = sections_of(text, metadata, marked)
    return make_document(metadata, text, sections, name, limits, coverage_of(sections))


def _pages(path: Path, name: str, limits: NarrativeLimits) -> tuple[dict[str, Any], list[Page]]:
    bounds = (limits.pages, limits.document_chars, limits.memory_bytes, math.ceil(limits.seconds))
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_WORKER), str(path), *map(str, bounds)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(name, limits) from error
    values = [json.loads(line) for line in done.stdout.splitlines() if line.endswith(b"}")]
    problem = next((value for value in values if "error" in value), None)
    if problem is not None:
        raise _error(problem, name, limits)
    if done.returncode or not values or len(values) != values[0]["pages"] + 1:
        if done.returncode < 0 and -done.returncode in (9, 24):
            raise _too_slow(name, limits)
        raise UnreadableFileError(
            "damaged", f"{name} cannot be read to its end as a PDF", "Print or export it to PDF again"
        )
    return values[0], [
        Page(value["width"], value["height"], tuple(Piece(*piece) for piece in value["pieces"])) for value in values[1:]
    ]


def _error(problem: dict[str, str], name: str, limits: NarrativeLimits) -> UnreadableFileError:
    match problem["error"]:
        case "password":
            return UnreadableFileError(
                "password_protected", f"{name} is protected by a password", "Save a copy without a password"
            )
        case "pages":
            return UnreadableFileError(
                "too_many_pages",
                f"{name} has {problem['detail']} pages, more than the {limits.pages:,} that are read",
                "Give the pages of the article alone",
            )
        case "chars":
            return UnreadableFileError(
                "too_large",
                f"{name} holds more than {limits.document_chars:,} characters",
                "Give the pages of the article alone",
            )
        case _:
            return UnreadableFileError(
                "damaged", f"{name} is no whole PDF ({problem['detail']})", "Download or export it again"
            )


def _too_slow(name: str, limits: NarrativeLimits) -> UnreadableFileError:
    return UnreadableFileError(
        "too_slow",
        f"{name} was not read within {limits.seconds:g} seconds",
        "Print it to PDF again, or give the article as text",
    )


def _title_of(paragraphs: list[Paragraph], stated: str) -> Paragraph | None:
    """The paragraph of the first page that the file calls its title, else the one in the largest letters."""
    first_page = [paragraph for paragraph in paragraphs if paragraph.page == 0]
    wanted = _key(stated)
    if len(wanted.split()) > 1:
        for paragraph in first_page:
            words = _key(paragraph.text)
            if words and (words == wanted or (len(words) > 0.6 * len(wanted) and words in wanted)):
                return paragraph
    if not first_page:
        return None
    usual = median(paragraph.size for paragraph in paragraphs for _ in range(1 + len(paragraph.text) // 40))
    candidates = [
        paragraph
        for paragraph in first_page
        if paragraph.size > _TITLE_SIZE * usual
        and len(paragraph.text) <= _MAX_TITLE_CHARS
        and len(_WORDS.findall(paragraph.text)) > 1
        and line_kind(paragraph.text) is None
    ]
    return max(candidates, key=lambda paragraph: (round(paragraph.size), len(paragraph.text)), default=None)


def _key(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))
