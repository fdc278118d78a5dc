"""JATS and NLM XML as publishers and PubMed Central write it: one article, or a set of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from flows.extract.model import Coverage, Document, Role
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.failures import OnBroken, report
from flows.ingest.narrative.identifiers import country_in, doi_in, pmcid_in, year_in
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.markup import (
    check_depth,
    children,
    descendants,
    first,
    inline_text,
    name_of,
    table_rows,
    text_at,
    xml_error,
    xml_events,
)
from flows.ingest.narrative.outline import Outline, role_inside
from flows.ingest.narrative.parts import Metadata, Part, compose, make_document
from flows.ingest.narrative.rules import heading_rule

_BLOCKS = frozenset(
    {
        "alternatives", "boxed-text", "chem-struct-wrap", "def-list", "disp-formula", "disp-formula-group", "disp-quote",
        "fig", "fig-group", "fn", "fn-group", "graphic", "inline-graphic", "inline-supplementary-material", "list",
        "media", "object-id", "preformat", "statement", "supplementary-material", "table-wrap", "table-wrap-group",
        "tex-math", "verse-group",
    }
)  # fmt: skip
_LOOKED_INTO = frozenset({"boxed-text", "disp-quote", "fig-group", "list", "list-item", "def-list", "def-item", "def",
                          "table-wrap-group", "statement", "floats-group", "floats-wrap"})  # fmt: skip
_YEARS_BY_RANK = ("ppub", "collection", "pub", "epub", "epub-ppub", "")
_GRAPHICAL = frozenset({"graphical", "toc", "toc-image", "teaser"})
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read_jats(path: Path, name: str, limits: NarrativeLimits, on_broken: OnBroken | None = None) -> Iterator[Document]:
    """Read an article or a set of articles, one after another; line_number is the ordinal of the article.

    An article of a set that gives no document is told to `on_broken`. Raises UnreadableFileError.
    """
    number = 0
    try:
        for _, article in xml_events(path, "{*}article"):
            number += 1
            alone = article.getparent() is None
            place = name if alone else f"{name}, article {number}"
            try:
                yield _document(article, place, number, limits)
            except UnreadableFileError as error:
                report(error, number, None if alone else on_broken)
            if not alone:
                _forget(article)
    except etree.XMLSyntaxError as error:
        failure = xml_error(error, name)
        if not number:
            raise failure from error
        report(failure, number + 1, on_broken)
    if not number:
        raise UnreadableFileError("no_records", f"{name} holds no article", "Give the article's JATS XML")


def _forget(article: Any) -> None:
    article.clear()
    parent = article.getparent()
    while article.getprevious() is not None:
        del parent[0]


def _document(article: Any, place: str, number: int, limits: NarrativeLimits) -> Document:
    check_depth(article, limits.depth, place)
    reader = _Article(article, place)
    reader.read()
    text, sections = compose(reader.parts)
    has_body = any(section.role not in ("title", "abstract", "references", "other") for section in sections)
    coverage: Coverage = "full_text" if has_body else "abstract"
    return make_document(reader.metadata, text, sections, place, limits, coverage, number)


class _Article:
    def __init__(self, article: Any, place: str) -> None:
        self.metadata = Metadata()
        self.parts: list[Part] = []
        self._article = article
        self._place = place

    def read(self) -> None:
        front = first(self._article, "front")
        if front is None:
            front = first(self._article, "front-stub")
        if front is not None:
            self._read_front(front)
        body = first(self._article, "body")
        if body is not None:
            self._read_body(body)
        for floats in children(self._article, "floats-group", "floats-wrap"):
            self._blocks(floats, "other", None)
        back = first(self._article, "back")
        if back is not None:
            self._read_back(back)

    def _text(self, element: Any) -> str:
        return inline_text(element, _BLOCKS.__contains__, _is_citation, self._place)

    def _read_front(self, front: Any) -> None:
        data = self.metadata
        meta = first(front, "article-meta")
        meta = front if meta is None else meta
        data.journal = text_at(front, "journal-meta", "journal-title-group", "journal-title") or text_at(
            front, "journal-meta", "journal-title"
        )
        data.article_type = self._article.get("article-type")
        data.language = self._article.get(_XML_LANG)
        title = first(meta, "title-group", "article-title")
        if title is not None and (words := self._text(title)):
            subtitle = text_at(meta, "title-group", "subtitle")
            data.title = f"{words}: {subtitle}" if subtitle else words
            self.parts.append(Part("title", None, (data.title,)))
        for identifier in children(meta, "article-id"):
            _take_identifier(data, identifier.get("pub-id-type") or "", inline_text(identifier))
        data.authors = tuple(_authors(meta))
        data.year = _year(meta)
        data.country = _country(front)
        data.licence = _licence(meta)
        self._read_abstracts(meta)

    def _read_abstracts(self, meta: Any) -> None:
        abstracts = [part for part in children(meta, "abstract") if part.get("abstract-type") not in _GRAPHICAL]
        for abstract in abstracts or children(meta, "trans-abstract")[:1]:
            self._section(abstract, "abstract", text_at(abstract, "title"))
        keywords = [inline_text(word) for word in descendants(meta, "kwd")]
        if keywords:
            self.parts.append(Part("other", "Keywords", ("; ".join(keywords),)))

    def _read_body(self, body: Any) -> None:
        sections = [part for part in body if name_of(part) == "sec"]
        headings = [text_at(part, "title") or "" for part in sections]
        outline = Outline(headings + [_type_of(part) for part in sections])
        loose: list[Any] = []
        for child in body:
            if name_of(child) != "sec":
                loose.append(child)
                continue
            self._loose(loose, outline.current)
            loose = []
            heading = text_at(child, "title")
            known = heading if heading and heading_rule(heading) else _type_of(child)
            role = outline.enter(known or heading or "", level_known=True)
            self._section(child, role, heading)
        self._loose(loose, outline.current)

    def _loose(self, elements: list[Any], role: Role) -> None:
        paragraphs: list[str] = []
        for element in elements:
            self._block(element, role, paragraphs, None)
        self._flush(role, None, paragraphs)

    def _section(self, section: Any, role: Role, heading: str | None) -> None:
        """The paragraphs of a section under its heading, then what lies inside it, in order."""
        label = text_at(section, "label")
        printed = f"{label} {heading}" if label and heading else heading
        self._blocks(section, role, printed)

    def _blocks(self, section: Any, role: Role, heading: str | None) -> None:
        paragraphs: list[str] = []
        for child in section:
            name = name_of(child)
            if name in ("title", "label", "sec-meta"):
                continue
            if name == "sec":
                heading = self._flush(role, heading, paragraphs)
                if heading is not None:
                    self.parts.append(Part(role, heading, ()))
                    heading = None
                inner = text_at(child, "title")
                self._section(child, role_inside(inner or "", role), inner)
            else:
                heading = self._block(child, role, paragraphs, heading)
        self._flush(role, heading, paragraphs)

    def _block(self, block: Any, role: Role, paragraphs: list[str], heading: str | None) -> str | None:
        """Take a paragraph, figure, table or list; gives back the heading that is still to be printed."""
        name = name_of(block)
        if name in ("fig", "table-wrap"):
            heading = self._flush(role, heading, paragraphs)
            self._float(block, name)
        elif name == "table":
            heading = self._flush(role, heading, paragraphs)
            self.parts.append(Part("table", None, tuple(table_rows(block, self._text))))
        elif name in _LOOKED_INTO:
            for child in block:
                heading = self._block(child, role, paragraphs, heading)
        elif name == "sec":
            heading = self._flush(role, heading, paragraphs)
            self._section(block, role_inside(text_at(block, "title") or "", role), text_at(block, "title"))
        elif name in ("p", "title", "term", "disp-quote", "verse-line", "attrib", "speech"):
            if text := self._text(block):
                paragraphs.append(text)
            for child in block:
                if name_of(child) in _BLOCKS:
                    heading = self._block(child, role, paragraphs, heading)
        return heading

    def _flush(self, role: Role, heading: str | None, paragraphs: list[str]) -> str | None:
        if not paragraphs:
            return heading
        self.parts.append(Part(role, heading, tuple(paragraphs)))
        paragraphs.clear()
        return None

    def _float(self, element: Any, name: str) -> None:
        label = text_at(element, "label")
        paragraphs: list[str] = []
        caption = first(element, "caption")
        if caption is not None:
            paragraphs = [text for part in caption if name_of(part) in ("title", "p") and (text := self._text(part))]
        if name == "fig":
            self.parts.append(Part("figure_caption", label, tuple(paragraphs)))
            return
        for table in descendants(element, "table"):
            paragraphs.extend(table_rows(table, self._text))
        for foot in children(element, "table-wrap-foot"):
            paragraphs.extend(text for part in descendants(foot, "p") if (text := self._text(part)))
        self.parts.append(Part("table", label, tuple(paragraphs)))

    def _read_back(self, back: Any) -> None:
        for child in back:
            name = name_of(child)
            if name == "ref-list":
                self._references(child)
            elif name == "app-group":
                for appendix in children(child, "app"):
                    self._section(appendix, "other", text_at(appendix, "title"))
            elif name == "sec":
                heading = text_at(child, "title")
                rule = heading_rule(heading or "") or heading_rule(_type_of(child))
                role: Role = rule.role if rule is not None and rule.level == "main" else "other"
                self._section(child, role, heading)
            elif name in ("ack", "notes", "glossary", "bio", "app"):
                self._section(child, "other", text_at(child, "title"))
            elif name == "fn-group":
                notes = [text for part in descendants(child, "p") if (text := self._text(part))]
                self.parts.append(Part("other", text_at(child, "title"), tuple(notes)))

    def _references(self, listed: Any) -> None:
        references = [text for each in descendants(listed, "ref") if (text := _reference(each))]
        self.parts.append(Part("references", text_at(listed, "title"), tuple(references)))


def _is_citation(element: Any) -> bool:
    return name_of(element) == "xref" and element.get("ref-type") == "bibr"


def _type_of(section: Any) -> str:
    kinds = (section.get("sec-type") or "").replace("|", " and ").replace("-", " ")
    return kinds if heading_rule(kinds) else ""


def _reference(reference: Any) -> str:
    for name in ("mixed-citation", "citation", "nlm-citation", "element-citation"):
        citation = next(descendants(reference, name), None)
        if citation is not None:
            label = text_at(reference, "label")
            if name == "mixed-citation" and citation.text and citation.text.strip():
                text = inline_text(citation)
            else:
                text = " ".join(" ".join(piece.split()) for piece in citation.itertext() if piece.strip())
            return " ".join(part for part in (label, text) if part)
    return inline_text(reference)


def _take_identifier(data: Metadata, kind: str, value: str) -> None:
    if kind == "doi":
        data.doi = doi_in(value)
    elif kind == "pmid":
        data.pmid = value.lstrip("0") if value.isdecimal() else None
    elif kind in ("pmc", "pmcid"):
        data.pmcid = pmcid_in(value) or (f"PMC{value}" if value.isdecimal() else None)
    elif kind == "publisher-id":
        data.own_id = value or None


def _authors(meta: Any) -> Iterator[str]:
    for group in children(meta, "contrib-group"):
        for contributor in children(group, "contrib"):
            if contributor.get("contrib-type") not in (None, "author"):
                continue
            name = next(descendants(contributor, "name", "string-name", "collab"), None)
            if name is None:
                continue
            parts = [text_at(name, "given-names"), text_at(name, "surname"), text_at(name, "suffix")]
            if words := " ".join(part for part in parts if part) or inline_text(name):
                yield words


def _year(meta: Any) -> int | None:
    years: dict[str, int] = {}
    for date in children(meta, "pub-date"):
        kind = date.get("pub-type") or date.get("date-type") or ""
        if (year := year_in(text_at(date, "year") or "")) is not None:
            years.setdefault(kind, year)
    return next((years[kind] for kind in _YEARS_BY_RANK if kind in years), next(iter(years.values()), None))


def _country(front: Any) -> str | None:
    for address in descendants(front, "aff"):
        stated = next((inline_text(part) for part in descendants(address, "country")), None)
        if country := stated or country_in(" ".join(" ".join(address.itertext()).split())):
            return country
    return None


def _licence(meta: Any) -> str | None:
    for licence in descendants(meta, "license"):
        reference = next((inline_text(part) for part in descendants(licence, "license_ref")), None)
        linked = next((part.get(_XLINK_HREF) for part in licence.iter() if part.get(_XLINK_HREF)), None)
        return reference or linked or licence.get("license-type") or inline_text(licence)[:200] or None
    return None
