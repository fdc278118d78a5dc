"""The sections of a text that has only its lines: headings, captions, references, and the lines around an article."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flows.extract.model import Coverage, Role, Section
from flows.ingest.narrative.bibliography import read_how_to_cite, read_journal_line, read_standing_line
from flows.ingest.narrative.header import read_header
from flows.ingest.narrative.identifiers import country_in, year_in
from flows.ingest.narrative.lines import CAPTIONS, Line, lines_of, paragraph_end
from flows.ingest.narrative.outline import Outline, role_inside
from flows.ingest.narrative.parts import Metadata
from flows.ingest.narrative.rules import HeadingRule, LineKind, heading_rule

_NUMBERED_ITEM = re.compile(r"\W{0,2}\[?(?P<number>\d{1,3})(?:[\].)]+\s*|\s+)(?=\W?[A-Z\u00c0-\u00de])")
_LOOKS_CITED = re.compile(
    r"\b(?:19|20)\d\d[a-z]?\s?(?:[;:)]|[A-Z][a-z]{2}\b|\.)|\bet al\b|\bdoi\b|\d\s?\(\d+\)\s?:\s?\w?\d|\bpp?\.\s?\d"
)
_ROLE_OF_LINE: Mapping[LineKind, Role] = {"figure_caption": "figure_caption", "table_caption": "table"}
_BODY: frozenset[Role] = frozenset({"introduction", "case", "discussion"})
_PMID_LINE = re.compile(r"PMID:? ?\d{1,9}\b")
_MAX_RECORD_CHARS = 8000
_MIN_ITEMS = 2


def sections_of(
    text: str, metadata: Metadata, marked: Mapping[int, int] | None = None, begin: int = 0
) -> tuple[Section, ...]:
    """The sections of a stable text, in order; what its header and standing lines say is added to `metadata`.

    marked: offsets of the lines that the source itself marks as headings, with their depth (1: the title).
    begin: where the article begins, behind its front matter.
    """
    lines = lines_of(text, begin, marked or {})
    first, header = read_header(lines, metadata)
    body = _Body(lines[first:], metadata)
    body.read()
    sections = (*header, *body.sections)
    return _as_abstract(sections) if _is_pubmed_text(text, sections) else sections


def coverage_of(sections: tuple[Section, ...]) -> Coverage:
    """ "abstract" where the sections are an abstract with nothing but title and standing lines around it."""
    roles = {section.role for section in sections}
    return "abstract" if "abstract" in roles and roles <= {"title", "abstract", "other"} else "full_text"


def _is_pubmed_text(text: str, sections: tuple[Section, ...]) -> bool:
    """Whether a text is a record as PubMed prints it: an abstract without headings, its PMID on a line of its own."""
    if len(text) > _MAX_RECORD_CHARS or not {section.role for section in sections} <= {"title", "case", "other"}:
        return False
    return any(section.role == "other" and _PMID_LINE.match(text, section.start) for section in sections)


def _as_abstract(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    return tuple(
        Section("abstract", section.heading, section.start, section.end) if section.role == "case" else section
        for section in sections
    )


class _Body:
    """Everything behind the header."""

    def __init__(self, lines: list[Line], metadata: Metadata) -> None:
        self.sections: list[Section] = []
        self._lines = lines
        self._metadata = metadata
        self._outline = Outline(line.heading for line in lines if line.heading)
        self._role: Role = self._outline.current
        self._nested: list[tuple[int, Role]] = []
        self._heading: str | None = None
        self._start: int | None = None
        self._end = 0
        self._one_paragraph_only = False
        self._interrupts_references = False
        self._seen: set[Role] = set()

    def read(self) -> None:
        """Fill `sections`."""
        index = 0
        while index < len(self._lines):
            index = self._take(index)
        self._close()

    def _take(self, index: int) -> int:
        line = self._lines[index]
        if self._role == "references" and not self._ends_references(line):
            return self._extend(index, index + 1)
        if line.form == "heading":
            return self._take_heading(index, line)
        if line.form == "run_in":
            return self._take_run_in(index, line)
        if (behind := self._behind_numbered_references(index)) > index:
            return self._aside(index, behind, "references", line.start)
        if line.form == "line" and line.kind is not None:
            return self._take_standing(index, line, line.kind)
        if self._interrupts_references and line.after_blank and _LOOKS_CITED.search(line.text):
            self._close()
            self._role = self._outline.current = "references"
        if self._one_paragraph_only and line.after_blank and self._start is not None:
            self._leave_front()
        return self._extend(index, index + 1)

    def _ends_references(self, line: Line) -> bool:
        if line.form == "line":
            return line.kind in CAPTIONS or line.kind in ("how_to_cite", "back_matter")
        if line.form != "heading":
            return False
        rule = heading_rule(line.heading or "")
        return line.depth is not None or (line.after_blank and rule is not None and rule.level == "main")

    def _take_heading(self, index: int, line: Line) -> int:
        heading = line.heading or ""
        rule = heading_rule(heading)
        was_abstract = self._role == "abstract"
        was_references = self._role == "references" or self._interrupts_references
        self._close()
        if was_abstract and self._stays_in_abstract(index, rule):
            self._heading, self._end = heading, line.end
            return index + 1
        self._role = self._role_of(heading, line.depth)
        self._heading, self._end = heading, line.end
        # What stands above an article has a heading only for itself.
        self._one_paragraph_only = self._role == "other" and not (self._seen & _BODY)
        # On a printed page the address of the authors stands in the middle of the references.
        self._interrupts_references = was_references and self._role == "other"
        return index + 1

    def _role_of(self, heading: str, depth: int | None) -> Role:
        if depth is None:
            return self._outline.enter(heading)
        while self._nested and self._nested[-1][0] >= depth:
            self._nested.pop()
        role = (
            role_inside(heading, self._nested[-1][1])
            if self._nested
            else self._outline.enter(heading, level_known=True)
        )
        self._nested.append((depth, role))
        return role

    def _take_run_in(self, index: int, line: Line) -> int:
        heading = line.heading or ""
        rule = heading_rule(heading)
        behind = paragraph_end(self._lines, index)
        if rule is not None and rule.role not in ("case", "abstract", "introduction", "discussion", "references"):
            return self._aside(index, behind, rule.role, line.body, heading)
        was_abstract = self._role == "abstract"
        self._close()
        if not (was_abstract and rule is not None and rule.role != "references"):
            self._role = self._outline.enter(heading)
        self._heading = heading
        self._start, self._end = line.body, line.end
        return index + 1

    def _take_standing(self, index: int, line: Line, kind: LineKind) -> int:
        behind = paragraph_end(self._lines, index)
        words = " ".join(each.text for each in self._lines[index:behind])
        if kind not in CAPTIONS:
            self._read_standing(words, kind)
        behind = self._aside(index, behind, _ROLE_OF_LINE.get(kind, "other"), line.start)
        if kind == "keywords" and self._role == "abstract":
            self._leave_front()
        return behind

    def _read_standing(self, words: str, kind: LineKind) -> None:
        metadata = self._metadata
        read_standing_line(words, metadata)
        if kind == "how_to_cite":
            read_how_to_cite(words, metadata)
        elif kind == "journal_line":
            read_journal_line(words, metadata)
        elif kind == "back_matter":
            metadata.country = metadata.country or country_in(words)
            metadata.year = metadata.year or year_in(words)

    def _aside(self, index: int, behind: int, role: Role, start: int, heading: str | None = None) -> int:
        """A paragraph that stands in a section without belonging to it."""
        self._close()
        self.sections.append(Section(role, heading, start, self._lines[behind - 1].end))
        return behind

    def _leave_front(self) -> None:
        self._close()
        self._role = self._outline.current = "case"
        self._one_paragraph_only = False

    def _stays_in_abstract(self, index: int, rule: HeadingRule | None) -> bool:
        """Whether a heading is of a structured abstract: keywords, or a heading of its kind, come later."""
        if rule is None or rule.role in ("references", "abstract") or rule.level == "part":
            return rule is not None and rule.level == "part"
        heading = self._lines[index].heading or ""
        for later in self._lines[index + 1 :]:
            if later.kind == "keywords":
                return True
            if later.heading and (other := heading_rule(later.heading)) is not None:
                if other.is_keywords:
                    return True
                # "Case 1" is followed by "Case 2", and neither is in an abstract.
                if other.role == rule.role and not any(map(str.isdigit, heading)):
                    return True
        return False

    def _behind_numbered_references(self, index: int) -> int:
        """Index behind a list of references that has no heading, or `index` where none begins."""
        first = _NUMBERED_ITEM.match(self._lines[index].text)
        if first is None or first["number"] != "1" or not self._lines[index].after_blank:
            return index
        items = cited = 0
        position = index
        while position < len(self._lines):
            line = self._lines[position]
            item = _NUMBERED_ITEM.match(line.text)
            if item is not None and int(item["number"]) == items + 1:
                items += 1
            elif line.after_blank or line.form in ("heading", "run_in") or line.kind not in (None, "journal_line"):
                break
            cited += _LOOKS_CITED.search(line.text) is not None
            position += 1
        return position if items >= _MIN_ITEMS and cited * 3 >= items * 2 else index

    def _extend(self, index: int, behind: int) -> int:
        self._seen.add(self._role)
        if self._start is None:
            self._start = self._lines[index].start
        self._end = self._lines[behind - 1].end
        return behind

    def _close(self) -> None:
        if self._start is not None:
            self.sections.append(Section(self._role, self._heading, self._start, self._end))
        elif self._heading is not None:
            self.sections.append(Section(self._role, self._heading, self._end, self._end))
        self._heading = self._start = None
