"""JSON and NDJSON whose records carry the text of an article."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flows.extract.model import Document, Section
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.failures import OnBroken, report
from flows.ingest.narrative.formats import text_of_record
from flows.ingest.narrative.front_matter import KEYS, fill
from flows.ingest.narrative.identifiers import doi_in, pmcid_in, pmid_in
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.parts import Metadata, make_document
from flows.ingest.narrative.plain import coverage_of, sections_of
from flows.ingest.narrative.stable import one_line, stabilise

_MORE_KEYS: Mapping[str, str] = {"doc_id": "own_id", "pmc": "pmcid", "licence_url": "", "source_url": "url"}


def read_ndjson(
    path: Path, name: str, limits: NarrativeLimits, on_broken: OnBroken | None = None
) -> Iterator[Document]:
    """Read a UTF-8 file of one object a line, streamed; line_number is the line of the record.

    A record without a text, or a line that is no object, is told to `on_broken`. Raises UnreadableFileError.
    """
    bound = limits.document_bytes
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(iter(lambda: file.readline(bound), ""), start=1):
            if not line.strip():
                continue
            place = f"{name}, line {number}"
            try:
                if len(line) >= bound:
                    raise UnreadableFileError(
                        "too_large", f"{place} has more than {bound:,} characters", "Give one article a line"
                    )
                yield _document(_parse(line, place), place, number, limits)
            except UnreadableFileError as error:
                report(error, number, on_broken)
                if error.reason == "too_large" and len(line) >= bound:
                    return


def read_json_records(
    path: Path, name: str, limits: NarrativeLimits, on_broken: OnBroken | None = None
) -> Iterator[Document]:
    """Read a UTF-8 JSON file: a list of records, an object that holds one, or one record; line_number is the ordinal."""
    n_bytes = path.stat().st_size
    if n_bytes > limits.document_bytes:
        raise UnreadableFileError(
            "too_large",
            f"{name} is one JSON document of {n_bytes:,} bytes, more than the {limits.document_bytes:,} that are read",
            "Give it as NDJSON (one object a line), which may be of any size",
        )
    try:
        value = _parse(path.read_bytes().decode("utf-8-sig"), name)
    except UnreadableFileError as error:
        # Records so long that the first line alone did not tell.
        if "Extra data" in error.detail:
            yield from read_ndjson(path, name, limits, on_broken)
            return
        raise
    for number, record in enumerate(_records(value), start=1):
        place = f"{name}, record {number}"
        try:
            yield _document(record, place, number, limits)
        except UnreadableFileError as error:
            report(error, number, on_broken)


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UnreadableFileError("too_deep", f"{place} is nested too deeply", "Give plain objects") from error
    except ValueError as error:
        raise UnreadableFileError(
            "damaged", f"{place} is not valid JSON ({error})", "Export it again, one object a line"
        ) from error


def _records(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and text_of_record(value) is None:
        lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
        if lists:
            return max(lists, key=len)
    return [value]


def _document(record: Any, place: str, number: int, limits: NarrativeLimits) -> Document:
    if not isinstance(record, dict):
        raise UnreadableFileError("damaged", f"{place} is no object", "Give one object a record")
    found = text_of_record(record)
    if found is None or not found[1].strip():
        raise UnreadableFileError("no_text", f"{place} carries no text", "Give the article in the field text")
    key, raw = found
    metadata = Metadata()
    given: dict[str, list[str]] = {}
    for own_key, value in record.items():
        normal = own_key.casefold().replace("-", "_").replace(" ", "_")
        name = _MORE_KEYS.get(normal) or KEYS.get(normal)
        if name and (values := _values(value)):
            given.setdefault(name, values)
    fill(metadata, given)
    url = metadata.url or ""
    metadata.doi = metadata.doi or doi_in(url)
    metadata.pmcid = metadata.pmcid or pmcid_in(url)
    metadata.pmid = metadata.pmid or pmid_in(url)
    text = stabilise(raw)
    title = metadata.title
    if title is None:
        sections = sections_of(text, metadata)
    else:
        begin = len(title) + 2
        text = f"{title}\n\n{text}"
        behind = sections_of(text, metadata, begin=begin)
        sections = (Section("title", None, 0, len(title)), *(part for part in behind if part.role != "title"))
    coverage = "abstract" if key == "abstract" or record.get("coverage") == "abstract" else coverage_of(sections)
    if key == "abstract":
        sections = tuple(_as_abstract(section) for section in sections)
    return make_document(metadata, text, sections, place, limits, coverage, number)


def _as_abstract(section: Section) -> Section:
    if section.role in ("title", "other"):
        return section
    return Section("abstract", section.heading, section.start, section.end)


def _values(value: Any) -> list[str]:
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, list):
        return [text for item in value for text in _values(item)]
    if isinstance(value, dict):
        names = [value.get(key) for key in ("given", "family", "name", "label")]
        return [" ".join(str(name) for name in names if name)] if any(names) else []
    return [one_line(str(value))]
