"""An article's page as a browser saves it: its metadata tags, and the article without the page around it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import lxml.html
from lxml import etree

from flows.extract.model import Document, Role
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.bibliography import read_how_to_cite, read_journal_line, read_standing_line
from flows.ingest.narrative.identifiers import doi_in, first_country, pmcid_in, pmid_in, year_in
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.markup import check_depth, descendants, inline_text, name_of, table_rows
from flows.ingest.narrative.outline import Outline, role_inside
from flows.ingest.narrative.parts import Metadata, Part, compose, make_document
from flows.ingest.narrative.plain import coverage_of
from flows.ingest.narrative.rules import LineKind, heading_rule, line_kind
from flows.ingest.narrative.stable import one_line

_HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
_LEFT_OUT = frozenset(
    {"script", "style", "noscript", "template", "nav", "aside", "footer", "form", "button", "select", "svg", "iframe",
     "head", "object", "input", "audio", "video", "math", "menu", "dialog", "textarea", "option"}
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "li", "dd", "dt", "blockquote", "pre", "figcaption", "caption", "td", "th", "address"})
_CONTAINERS = frozenset(
    {"div", "section", "article", "main", "ul", "ol", "dl", "figure", "table", "header", "body", "center", "span", "td",
     "tbody", "details", "tr", "fieldset"}
)  # fmt: skip
_BLOCKS = _PARAGRAPHS | _CONTAINERS - {"span"} | _HEADINGS.keys() | _LEFT_OUT
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|sidebar|side-bar|breadcrumbs?|cookies?|banner|advert\w*|ads?|promo|"
    r"related|recommend\w*|share|social|toolbar|metrics|altmetric|comments-list|newsletter|signup|login|skip-?link|"
    r"site-header|site-footer|page-footer|popup|modal|tooltip|footer|usa-banner)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_REFERENCES = re.compile(
    r"(?:^|[\s_-])(?:ref(?:erence)?s?-?list|references|bibliography|citation-list)(?:$|[\s_-])", re.I
)
_TITLE_TAGS = ("citation_title", "dc.title", "og:title")
_ROLE_OF_LINE: dict[LineKind, Role] = {"figure_caption": "figure_caption", "table_caption": "table"}
_MIN_ARTICLE_CHARS = 400


def read_html(path: Path, name: str, limits: NarrativeLimits) -> Document:
    """Read a page as one document. Raises UnreadableFileError: too_large, too_deep, no_text, damaged."""
    n_bytes = path.stat().st_size
    if n_bytes > limits.document_bytes:
        raise UnreadableFileError(
            "too_large",
            f"{name} is one page of {n_bytes:,} bytes, more than the {limits.document_bytes:,} that are read",
            "Save the article alone",
        )
    parser = lxml.html.HTMLParser(
        no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding=_encoding(path)
    )
    try:
        root = lxml.html.document_fromstring(path.read_bytes(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFileError(
            "no_text", f"{name} is an empty page ({error})", "Save the page again from the browser"
        ) from error
    if any("depth" in entry.message.casefold() for entry in parser.error_log):
        raise UnreadableFileError("too_deep", f"{name} nests too many elements", "Save the article alone")
    check_depth(root, limits.depth * 2, name)
    page = _Page(root)
    page.read()
    text, sections = compose(page.parts)
    return make_document(page.metadata, text, sections, name, limits, coverage_of(sections))


def _encoding(path: Path) -> str | None:
    """UTF-8 where the bytes are UTF-8, whatever the page says; else what the page says."""
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


class _Page:
    def __init__(self, root: Any) -> None:
        self.metadata = Metadata()
        self.parts: list[Part] = []
        self._root = root
        self._tags: dict[str, list[str]] = {}
        self._role: Role = "other"
        self._heading: str | None = None
        self._paragraphs: list[str] = []
        self._outline = Outline(())
        self._nested: list[tuple[int, Role]] = []
        self._begun = False

    def read(self) -> None:
        self._read_tags()
        article = _article_of(self._root)
        headings = [inline_text(each) for each in article.iter() if name_of(each) in _HEADINGS]
        self._outline = Outline(headings)
        self._role = self._outline.current
        title = self.metadata.title
        if title is None:
            title = next((inline_text(each) for each in descendants(self._root, "h1") if inline_text(each)), None)
            self.metadata.title = title
        if title:
            self.parts.append(Part("title", None, (title,)))
        self._walk(article)
        self._flush()
        if self.metadata.doi is None:
            self.metadata.doi = next((doi_in(link.get("href") or "") for link in self._links()), None)

    def _links(self) -> list[Any]:
        return [link for link in self._root.iter("link") if link.get("rel") == "canonical"]

    def _read_tags(self) -> None:
        for tag in self._root.iter("meta"):
            key = (tag.get("name") or tag.get("property") or "").casefold()
            if key and (value := one_line(tag.get("content") or "")):
                self._tags.setdefault(key, []).append(value)
        data = self.metadata
        title = self._first(*_TITLE_TAGS)
        data.title = title
        data.authors = tuple(
            " ".join(reversed(author.split(", ", 1)))
            for listed in self._all("citation_author", "citation_authors", "dc.creator")
            for author in listed.split(";")
            if author.strip()
        )
        data.journal = self._first("citation_journal_title", "prism.publicationname", "citation_journal_abbrev")
        data.year = year_in(
            self._first("citation_publication_date", "citation_date", "citation_year", "citation_cover_date",
                        "citation_online_date", "prism.publicationdate", "dc.date") or ""
        )  # fmt: skip
        data.doi = doi_in(self._first("citation_doi", "prism.doi", "dc.identifier", "bepress_citation_doi") or "")
        pmid = self._first("citation_pmid") or ""
        data.pmid = pmid.lstrip("0") if pmid.isdecimal() and pmid.strip("0") else None
        data.url = self._first(
            "citation_public_url", "citation_abstract_html_url", "citation_fulltext_html_url", "og:url"
        )
        address = f"{data.url or ''} {self._first('citation_fulltext_html_url', 'og:url') or ''}"
        data.pmcid = pmcid_in(address)
        data.pmid = data.pmid or pmid_in(address)
        data.country = first_country(self._all("citation_author_institution"))
        data.article_type = self._first("citation_article_type", "prism.section", "dc.type")
        data.language = self._first("citation_language", "dc.language") or self._root.get("lang")
        data.licence = self._first("dc.rights", "citation_license")

    def _all(self, *keys: str) -> list[str]:
        return next((self._tags[key] for key in keys if key in self._tags), [])

    def _first(self, *keys: str) -> str | None:
        return next(iter(self._all(*keys)), None)

    def _walk(self, element: Any) -> None:
        if _is_left_out(element):
            return
        name = name_of(element)
        if name in _HEADINGS:
            self._enter(inline_text(element, None, _is_citation), _HEADINGS[name])
        elif name == "figure" or (name in ("div", "section") and _is_figure(element)):
            self._figure(element)
        elif name == "table" and not any(_HEADINGS.keys() & {name_of(each)} for each in element.iter()):
            self._table(element)
        elif name in _PARAGRAPHS or (name in _CONTAINERS and _has_own_text(element)):
            self._paragraph(inline_text(element, _is_inner_block, _is_citation))
            for child in element:
                if _is_inner_block(name_of(child)):
                    self._walk(child)
        else:
            if _REFERENCES.search(f"{element.get('class') or ''} {element.get('id') or ''}") and self._begun:
                self._flush()
                self._role = "references"
            for child in element:
                self._walk(child)

    def _enter(self, heading: str, depth: int) -> None:
        if not heading or _same(heading, self.metadata.title):
            return
        self._flush()
        self._begun = True
        while self._nested and self._nested[-1][0] >= depth:
            self._nested.pop()
        self._role = (
            role_inside(heading, self._nested[-1][1])
            if self._nested
            else self._outline.enter(heading, level_known=True)
        )
        self._nested.append((depth, self._role))
        self._heading = heading

    def _paragraph(self, text: str) -> None:
        if not text or _same(text, self.metadata.title):
            return
        kind = line_kind(text)
        if kind is None or self._role == "references":
            self._paragraphs.append(text)
            return
        if kind not in _ROLE_OF_LINE:
            read_standing_line(text, self.metadata)
            if kind == "how_to_cite":
                read_how_to_cite(text, self.metadata)
            elif kind == "journal_line":
                read_journal_line(text, self.metadata)
        self._flush()
        self.parts.append(Part(_ROLE_OF_LINE.get(kind, "other"), None, (text,)))

    def _figure(self, element: Any) -> None:
        tables = list(descendants(element, "table"))
        captions = [inline_text(each, None, _is_citation) for each in descendants(element, "figcaption")]
        if not captions:
            captions = [
                inline_text(each, None, _is_citation) for each in element if name_of(each) not in ("table", "img")
            ]
        paragraphs = [caption for caption in captions if caption]
        for table in tables:
            paragraphs.extend(table_rows(table, lambda cell: inline_text(cell, None, _is_citation)))
        if paragraphs:
            self._flush()
            self.parts.append(Part("table" if tables else "figure_caption", None, tuple(paragraphs)))

    def _table(self, element: Any) -> None:
        rows = table_rows(element, lambda cell: inline_text(cell, None, _is_citation))
        captions = [inline_text(each) for each in element if name_of(each) == "caption"]
        if rows:
            self._flush()
            self.parts.append(Part("table", None, (*captions, *rows)))

    def _flush(self) -> None:
        if self._paragraphs:
            self.parts.append(Part(self._role, self._heading, tuple(self._paragraphs)))
            self._paragraphs = []
            self._heading = None


def _article_of(root: Any) -> Any:
    """The element that holds the article: the longest of what the page calls one, else the whole body."""
    found = [each for each in root.iter("article") if not _is_inside(each)]
    found += [each for each in root.iter("main") if not found]
    found += [each for each in root.iter("div") if not found and each.get("role") == "main"]
    longest = max(found, key=_length, default=None)
    if longest is not None and _length(longest) >= _MIN_ARTICLE_CHARS:
        return longest
    body = root.find("body")
    return root if body is None else body


def _is_inside(element: Any) -> bool:
    return any(name_of(above) == "article" or _is_left_out(above) for above in element.iterancestors())


def _length(element: Any) -> int:
    return sum(len(text) for text in element.itertext())


def _is_left_out(element: Any) -> bool:
    name = name_of(element)
    if not name or name in _LEFT_OUT:
        return True
    if name in ("body", "html", "article", "main", "p") or name in _HEADINGS:
        return False
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if _HIDDEN.search(element.get("style") or "") or element.get("role") in ("navigation", "search", "banner"):
        return True
    around = _AROUND.search(f"{element.get('class') or ''} {element.get('id') or ''}") is not None
    return around and not _holds_article(element)


def _holds_article(element: Any) -> bool:
    """Whether a box that is named after what is around articles ("page-with-sidebar") holds one all the same."""
    for each in element.iter(*_HEADINGS):
        rule = heading_rule(inline_text(each))
        if rule is not None and rule.role in ("abstract", "introduction", "case", "discussion"):
            return True
    return 2 * _length(element) > _length(element.getroottree().getroot())


def _is_figure(element: Any) -> bool:
    words = f" {element.get('class') or ''} ".casefold()
    return (" fig " in words or " figure " in words or " caption " in words) and not any(
        name_of(each) in _HEADINGS for each in element.iter()
    )


def _has_own_text(element: Any) -> bool:
    if element.text and element.text.strip():
        return True
    for child in element:
        name = name_of(child)
        if (child.tail and child.tail.strip()) or (
            name and name not in _BLOCKS and name != "span" and inline_text(child)
        ):
            return True
        if name == "span" and inline_text(child, _is_inner_block):
            return True
    return False


def _is_inner_block(name: str) -> bool:
    return name in _BLOCKS


def _is_citation(element: Any) -> bool:
    if name_of(element) != "a":
        return False
    target = element.get("href") or ""
    return "#" in target or "bibr" in (element.get("class") or "")


def _same(text: str, title: str | None) -> bool:
    return title is not None and text.casefold().rstrip(".") == title.casefold().rstrip(".")
