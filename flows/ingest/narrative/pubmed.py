"""PubMed XML: sets of records of any length, each with title and abstract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from lxml import etree

from flows.extract.model import Document
from flows.ingest.content import CHUNK_BYTES
from flows.ingest.errors import Reason, UnreadableFileError
from flows.ingest.narrative.failures import OnBroken, report
from flows.ingest.narrative.identifiers import doi_in, first_country, pmcid_in, year_in
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.markup import (
    check_depth,
    children,
    descendants,
    first,
    inline_text,
    safe_parser,
    text_at,
    xml_error,
)
from flows.ingest.narrative.parts import Metadata, Part, compose, make_document

_MAX_MARK_BYTES = 4096
_PUBMED_ARTICLE = re.compile(rb"<(?:\w+:)?PubmedArticle[\s>]")
_SET = re.compile(rb"<(?:\w+:)?(?:PubmedArticleSet|MedlineCitationSet)[\s>]")
_SET_END = re.compile(rb"</(?:\w+:)?(?:PubmedArticleSet|MedlineCitationSet)\s*>")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CASE_REPORTS = "Case Reports"
_MEANINGLESS_TYPE = "Journal Article"
_NO_TITLE = frozenset({"[Not Available]", "Not Available", "[No title available]"})


def read_pubmed(
    path: Path, name: str, limits: NarrativeLimits, on_broken: OnBroken | None = None
) -> Iterator[Document]:
    """Read the records of a set, streamed; line_number is the ordinal of the record.

    Each record is parsed by itself, so that one that is broken, cut off or without abstract is told to `on_broken`
    while the others are read. Raises UnreadableFileError where the file holds no record.
    """
    number = 0
    for number, (raw, encoding, problem) in enumerate(_records(path, limits), start=1):
        place = f"{name}, record {number}"
        try:
            if problem is not None:
                raise UnreadableFileError(problem, f"{place} has no end", "Download the set again")
            yield _document(_parse(raw, encoding, place), place, number, limits)
        except UnreadableFileError as error:
            report(error, number, on_broken)
    if not number:
        raise UnreadableFileError("no_records", f"{name} holds no PubMed record", "Export it again as PubMed XML")


def _records(path: Path, limits: NarrativeLimits) -> Iterator[tuple[bytes, str, Reason | None]]:
    """The bytes of each record and their encoding; with the reason alone where a record has no end."""
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES)
        declared = _DECLARED.match(head.removeprefix(b"\xef\xbb\xbf"))
        encoding = declared.group(1).decode("ascii") if declared else "utf-8"
        if head.startswith(_UTF16):
            head = (head + file.read(limits.document_bytes)).decode("utf-16", "replace").encode()
            encoding = "utf-8"
        outer = b"PubmedArticle" if _PUBMED_ARTICLE.search(head) else b"MedlineCitation"
        mark = re.compile(rb"<(/?)(?:\w+:)?" + outer + rb"(?:\s[^<>]*)?>")
        buffer, start, scanned, ended = b"", None, 0, _SET.search(head) is None
        for chunk in chain([head], iter(lambda: file.read(CHUNK_BYTES), b"")):
            buffer += chunk
            for found in mark.finditer(buffer, scanned):
                scanned = found.end()
                if found.group(1):
                    if start is not None:
                        yield buffer[start:scanned], encoding, None
                    start = None
                else:
                    if start is not None:
                        yield b"", encoding, "damaged"
                    start = found.start()
            ended = ended or _SET_END.search(buffer, scanned) is not None
            # A mark may be cut in two by the end of what was read.
            scanned = max(scanned, len(buffer) - _MAX_MARK_BYTES)
            if start is not None and len(buffer) - start > limits.document_bytes:
                yield b"", encoding, "too_large"
                start = None
            keep = scanned if start is None else start
            buffer, scanned = buffer[keep:], scanned - keep
            start = None if start is None else 0
        if start is not None or not ended:
            yield b"", encoding, "truncated"


def _parse(raw: bytes, encoding: str, place: str) -> Any:
    try:
        return etree.fromstring(raw.decode(encoding), safe_parser())
    except (UnicodeDecodeError, LookupError) as error:
        raise UnreadableFileError(
            "wrong_encoding", f"{place} is not written in {encoding}, as the file says", "Download the set again"
        ) from error
    except etree.XMLSyntaxError as error:
        raise xml_error(error, place) from error


def _document(record: Any, place: str, number: int, limits: NarrativeLimits) -> Document:
    check_depth(record, limits.depth, place)
    citation = first(record, "MedlineCitation")
    citation = record if citation is None else citation
    article = first(citation, "Article")
    if article is None:
        raise UnreadableFileError("damaged", f"{place} has no Article", "Download the set again")
    metadata = _metadata(record, citation, article, place)
    parts = [Part("title", None, (metadata.title,))] if metadata.title else []
    parts.extend(_abstract(article, citation, place))
    text, sections = compose(parts)
    return make_document(metadata, text, sections, place, limits, "abstract", number)


def _abstract(article: Any, citation: Any, place: str) -> Iterator[Part]:
    abstract = first(article, "Abstract")
    if abstract is None or not inline_text(abstract, place=place):
        abstract = next(iter(children(citation, "OtherAbstract")), None)
    if abstract is None:
        return
    for part in children(abstract, "AbstractText"):
        if text := inline_text(part, place=place):
            label = part.get("Label")
            yield Part("abstract", None if label in (None, "UNLABELLED") else label, (text,))


def _metadata(record: Any, citation: Any, article: Any, place: str) -> Metadata:
    data = Metadata()
    element = first(article, "ArticleTitle")
    title = inline_text(element, place=place) if element is not None else None
    if not title or title.rstrip(".") in _NO_TITLE:
        title = text_at(article, "VernacularTitle")
    if title:
        # A translated title stands in brackets.
        bare = title.rstrip(".")
        data.title = bare[1:-1].rstrip(".") if bare.startswith("[") and bare.endswith("]") else bare
    pmid = text_at(citation, "PMID")
    data.pmid = pmid.lstrip("0") if pmid and pmid.isdecimal() else None
    for identifier in children(article, "ELocationID"):
        if identifier.get("EIdType") == "doi" and identifier.get("ValidYN") != "N":
            data.doi = data.doi or doi_in(inline_text(identifier))
    for identifier in descendants(record, "ArticleId"):
        listed = identifier.getparent()
        if listed.getparent() is None or listed.getparent().tag != "PubmedData":
            continue
        value = inline_text(identifier)
        if identifier.get("IdType") == "doi":
            data.doi = data.doi or doi_in(value)
        elif identifier.get("IdType") == "pmc":
            data.pmcid = pmcid_in(value)
    data.journal = text_at(article, "Journal", "Title") or text_at(article, "Journal", "ISOAbbreviation")
    issue = first(article, "Journal", "JournalIssue", "PubDate")
    printed = inline_text(issue) if issue is not None else ""
    data.year = year_in(text_at(issue, "Year") or printed) if issue is not None else None
    if data.year is None:
        data.year = year_in(text_at(article, "ArticleDate", "Year") or "")
    data.authors = tuple(_authors(article))
    data.country = first_country([inline_text(part) for part in descendants(article, "Affiliation")])
    data.article_type = _type(article)
    data.language = text_at(article, "Language")
    return data


def _authors(article: Any) -> Iterator[str]:
    listed = first(article, "AuthorList")
    for author in children(listed, "Author") if listed is not None else ():
        names = [text_at(author, "ForeName") or text_at(author, "Initials"), text_at(author, "LastName")]
        if words := " ".join(name for name in names if name) or text_at(author, "CollectiveName"):
            yield words


def _type(article: Any) -> str | None:
    types = [inline_text(kind) for kind in descendants(article, "PublicationType")]
    if _CASE_REPORTS in types:
        return _CASE_REPORTS
    return next((kind for kind in types if kind and kind != _MEANINGLESS_TYPE), next(iter(types), None))
