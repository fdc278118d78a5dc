"""One door for all kinds of narratives: a file goes in, its documents come out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from flows.extract.model import Document
from flows.ingest.content import unpack
from flows.ingest.encoding import check_no_controls, detect_encoding, transcode
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.failures import OnBroken
from flows.ingest.narrative.formats import NarrativeFormat, narrative_format
from flows.ingest.narrative.html_page import read_html
from flows.ingest.narrative.jats import read_jats
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.medline import read_medline
from flows.ingest.narrative.pdf import read_pdf
from flows.ingest.narrative.pubmed import read_pubmed
from flows.ingest.narrative.records import read_json_records, read_ndjson
from flows.ingest.narrative.text_files import read_text
from flows.ingest.sources import Limits

_GZIP = b"\x1f\x8b"
_READS_AS_UTF8 = ("utf-8", "utf-8-sig")


def read_documents(
    path: Path, limits: NarrativeLimits | None = None, on_broken: OnBroken | None = None
) -> Iterator[Document]:
    """Read the documents of a file one after another, packed or not; a set is never held in memory whole.

    on_broken: told of each record of a set that gives no document, while the others are read; without it such a
    record raises its error at its place. Raises UnreadableFileError for a file that is no narrative, is empty,
    damaged, cut off or hostile.
    """
    limits = limits or NarrativeLimits()
    name = path.name
    try:
        _check_is_file(path, name)
        yield from _read(path, name, limits, on_broken)
    except PermissionError as error:
        raise UnreadableFileError(
            "permission_denied", f"{name} may not be read by this user", "Ask its owner for permission to read it"
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            "damaged", f"{name} cannot be read ({error.strerror or error})", "See whether it is still there"
        ) from error


def _check_is_file(path: Path, name: str) -> None:
    if path.is_dir():
        raise UnreadableFileError("unknown_format", f"{name} is a folder", "Give the files in it")
    if path.exists() and not path.is_file():
        raise UnreadableFileError("unknown_format", f"{name} is no ordinary file", "Give a file")
    if not path.stat().st_size:
        raise UnreadableFileError("empty", f"{name} holds nothing (0 bytes)", "Export or copy it again")


def _read(path: Path, name: str, limits: NarrativeLimits, on_broken: OnBroken | None) -> Iterator[Document]:
    with tempfile.TemporaryDirectory(prefix="calcinosis-narrative-") as folder:
        form = narrative_format(path)
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        content = path
        if packed:
            content = Path(folder) / "unpacked"
            unpack(path, content, name, _unpacking(limits))
        n_bytes = content.stat().st_size
        if n_bytes > limits.file_bytes:
            raise UnreadableFileError(
                "too_large",
                f"{name} has {n_bytes:,} bytes, more than the {limits.file_bytes:,} that are read",
                "Split it into several files",
            )
        if form is None:
            raise UnreadableFileError(
                "unknown_format",
                f"{name} is no narrative that can be read",
                "Send the article as PDF, JATS or PubMed XML, MEDLINE, HTML, Markdown, text, or JSON with its text",
            )
        if form in ("text", "markdown", "medline", "json", "ndjson"):
            encoding = detect_encoding(content, name)
            if encoding not in _READS_AS_UTF8:
                text = Path(folder) / "text"
                transcode(content, text, encoding)
                content = text
            check_no_controls(content, name)
        yield from _documents(content, name, form, limits, on_broken)


def _unpacking(limits: NarrativeLimits) -> Limits:
    return Limits(
        expanded_bytes=limits.file_bytes,
        expansion_ratio=limits.expansion_ratio,
        ratio_free_bytes=limits.ratio_free_bytes,
    )


def _documents(
    path: Path, name: str, form: NarrativeFormat, limits: NarrativeLimits, on_broken: OnBroken | None
) -> Iterator[Document]:
    match form:
        case "text" | "markdown":
            yield read_text(path, name, limits, form == "markdown")
        case "html":
            yield read_html(path, name, limits)
        case "pdf":
            yield read_pdf(path, name, limits)
        case "jats":
            yield from read_jats(path, name, limits, on_broken)
        case "pubmed_xml":
            yield from read_pubmed(path, name, limits, on_broken)
        case "medline":
            yield from read_medline(path, name, limits, on_broken)
        case "json":
            yield from read_json_records(path, name, limits, on_broken)
        case "ndjson":
            yield from read_ndjson(path, name, limits, on_broken)
