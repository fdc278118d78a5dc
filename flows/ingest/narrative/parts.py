"""A document put together from its parts: one text, its sections, and the offsets that hold them together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from flows.extract.model import Coverage, Document, Role, Section
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.limits import NarrativeLimits

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A section before it has a place: heading as printed or None, paragraphs in stable text.

    Paragraphs are set apart by a blank line, so that no sentence runs over from one to the next.
    """

    role: Role
    heading: str | None
    paragraphs: tuple[str, ...]


@dataclass(slots=True)
class Metadata:
    """What is known of a publication beside its text; the fields are those of `Document`.

    own_id: what the file calls the document, where it has neither DOI nor PMID nor PMCID.
    """

    title: str | None = None
    authors: tuple[str, ...] = ()
    journal: str | None = None
    year: int | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    url: str | None = None
    country: str | None = None
    licence: str | None = None
    article_type: str | None = None
    language: str | None = None
    own_id: str | None = None

    def document_id(self, text: str) -> str:
        """The lasting name of the document within its source."""
        for prefix, value in (("pmcid", self.pmcid), ("doi", self.doi), ("pmid", self.pmid)):
            if value:
                return f"{prefix}:{value}"
        return self.own_id or "text:" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:24]


def compose(parts: Iterable[Part]) -> tuple[str, tuple[Section, ...]]:
    """The text of all parts in order, each heading on a line of its own before its section, and the sections.

    A heading with nothing but further headings below it has an empty section, so that "Case 1" is not lost.
    """
    pieces: list[str] = []
    sections: list[Section] = []
    length = 0

    def add(text: str) -> None:
        nonlocal length
        pieces.append(text)
        length += len(text)

    for part in parts:
        body = _BETWEEN.join(paragraph for paragraph in part.paragraphs if paragraph)
        if not body and not part.heading:
            continue
        if length:
            add(_BETWEEN)
        if part.heading:
            add(part.heading + "\n")
        start = length
        add(body)
        sections.append(Section(part.role, part.heading, start, length))
    return "".join(pieces), tuple(sections)


def make_document(
    metadata: Metadata,
    text: str,
    sections: tuple[Section, ...],
    place: str,
    limits: NarrativeLimits,
    coverage: Coverage = "full_text",
    line_number: int = 1,
) -> Document:
    """The document of a text and its metadata.   place: file and record, for messages.

    Raises UnreadableFileError: no_text where nothing beside a title is there to be read, too_large and
    too_many_sections beyond the limits.
    """
    if len(text) > limits.document_chars:
        raise UnreadableFileError(
            "too_large",
            f"{place} holds a text of {len(text):,} characters, more than the {limits.document_chars:,} that are read",
            "Give each article as a document of its own",
        )
    if len(sections) > limits.sections:
        raise UnreadableFileError(
            "too_many_sections",
            f"{place} has {len(sections):,} sections, more than the {limits.sections:,} that are read",
            "Give each article as a document of its own",
        )
    if not any(section.role != "title" and text[section.start : section.end].strip() for section in sections):
        what = "a title but no abstract or text" if metadata.title else "no text"
        raise UnreadableFileError("no_text", f"{place} has {what}", "Give the abstract or the full text")
    return Document(
        document_id=metadata.document_id(text),
        text=text,
        sections=sections,
        coverage=coverage,
        title=metadata.title,
        authors=metadata.authors,
        journal=metadata.journal,
        year=metadata.year,
        doi=metadata.doi,
        pmid=metadata.pmid,
        pmcid=metadata.pmcid,
        url=metadata.url,
        country=metadata.country,
        licence=metadata.licence,
        article_type=metadata.article_type,
        language=metadata.language,
        line_number=line_number,
    )
