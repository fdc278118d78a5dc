"""MEDLINE records as PubMed exports them (.nbib, .txt): tagged fields, one empty line between records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flows.extract.model import Document
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.failures import OnBroken, report
from flows.ingest.narrative.identifiers import doi_in, first_country, pmcid_in, year_in
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.parts import Metadata, Part, compose, make_document
from flows.ingest.narrative.stable import one_line

_FIELD = re.compile(r"([A-Z][A-Z0-9]{1,3}) *- ?(.*)$")
_LABEL = re.compile(r"(?:(?<=^)|(?<=[.?!] ))([A-Z][A-Z /&,()-]{3,60}): (?=\S)")
_TRANSLATED = re.compile(r"\[(.*?)\]?\.?\]?$")
_CASE_REPORTS = "Case Reports"
_MEANINGLESS_TYPE = "Journal Article"

Fields = dict[str, list[str]]


def read_medline(
    path: Path, name: str, limits: NarrativeLimits, on_broken: OnBroken | None = None
) -> Iterator[Document]:
    """Read the records of a UTF-8 file, streamed; line_number is the line where the record starts.

    A record without abstract is told to `on_broken`. Raises UnreadableFileError.
    """
    number = 0
    for number, (line, fields) in enumerate(_records(path, name, limits), start=1):
        place = f"{name}, record {number} (line {line})"
        try:
            yield _document(fields, place, line, limits)
        except UnreadableFileError as error:
            report(error, line, on_broken)
    if not number:
        raise UnreadableFileError("no_records", f"{name} holds no MEDLINE record", "Export it again")


def _records(path: Path, name: str, limits: NarrativeLimits) -> Iterator[tuple[int, Fields]]:
    fields: Fields = {}
    begin = size = 0
    tag = ""
    bound = limits.line_chars
    with path.open(encoding="utf-8-sig") as file:
        for number, raw in enumerate(iter(lambda: file.readline(bound), ""), start=1):
            size += len(raw)
            if len(raw) >= bound or size > limits.document_bytes:
                raise UnreadableFileError(
                    "too_large", f"{name}, line {number}: a record of more than {size:,} characters", "Export it again"
                )
            if not raw.strip():
                continue
            field = _FIELD.match(raw.rstrip("\n"))
            if field is None:
                if tag:
                    fields[tag][-1] += " " + raw.strip()
                continue
            tag = field.group(1)
            # A record begins with its PMID; records without one are set apart by their owner.
            if tag == "PMID" and fields:
                yield begin, fields
                fields = {}
            if not fields:
                begin, size = number, 0
            fields.setdefault(tag, []).append(field.group(2))
    if fields:
        yield begin, fields


def _document(fields: Fields, place: str, line: int, limits: NarrativeLimits) -> Document:
    data = Metadata()
    title = _only(fields, "TI") or _only(fields, "BTI") or _only(fields, "TT")
    if title:
        data.title = title.rstrip(".")
        if data.title.startswith("[") and (translated := _TRANSLATED.match(data.title)):
            data.title = translated.group(1).rstrip(".]")
    pmid = _only(fields, "PMID")
    data.pmid = pmid.lstrip("0") if pmid and pmid.isdecimal() else None
    for value in (*fields.get("LID", ()), *fields.get("AID", ())):
        if value.rstrip().endswith("[doi]"):
            data.doi = data.doi or doi_in(value)
    data.pmcid = pmcid_in(_only(fields, "PMC") or "")
    data.journal = _only(fields, "JT") or _only(fields, "TA")
    data.year = year_in(_only(fields, "DP") or _only(fields, "DEP") or "")
    data.authors = tuple(_authors(fields))
    data.country = first_country([one_line(value) for value in fields.get("AD", ())])
    data.language = _only(fields, "LA")
    types = [one_line(value) for value in fields.get("PT", ())]
    data.article_type = (
        _CASE_REPORTS
        if _CASE_REPORTS in types
        else next((kind for kind in types if kind != _MEANINGLESS_TYPE), next(iter(types), None))
    )
    parts = [Part("title", None, (data.title,))] if data.title else []
    parts.extend(_abstract(_only(fields, "AB") or _only(fields, "OAB") or ""))
    text, sections = compose(parts)
    return make_document(data, text, sections, place, limits, "abstract", line)


def _abstract(text: str) -> Iterator[Part]:
    """The parts of an abstract by their labels in capitals."""
    labels = list(_LABEL.finditer(text))
    begin = labels[0].start() if labels else len(text)
    if before := text[:begin].strip():
        yield Part("abstract", None, (before,))
    for index, label in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        yield Part("abstract", label.group(1), (text[label.end() : end].strip(),))


def _authors(fields: Fields) -> Iterator[str]:
    for full in fields.get("FAU", ()) or fields.get("AU", ()):
        family, _, given = one_line(full).partition(", ")
        yield f"{given} {family}".strip()
    yield from map(one_line, fields.get("CN", ()))


def _only(fields: Fields, tag: str) -> str | None:
    values = fields.get(tag)
    return (one_line(values[0]) or None) if values else None
