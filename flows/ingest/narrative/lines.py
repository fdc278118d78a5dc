"""The lines of a text, and what each is by itself: a heading, a caption, a line around the article, or prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from flows.ingest.narrative.rules import LineKind, heading_rule, line_kind

Form = Literal["heading", "run_in", "line", "prose"]

CAPTIONS = frozenset({"figure_caption", "table_caption"})
# Lines longer than this were not broken by hand or by a page: each is a paragraph.
MAX_WRAPPED_CHARS = 130
ENDS_SENTENCE = re.compile(r"[.!?][\"'\u201d\u2019)\]]*$")

# Lines that interrupt a section and are no section of their own, even where they look like a heading.
_BESIDE_THE_ARTICLE = frozenset({"how_to_cite", "back_matter", "keywords"})
_LABEL = re.compile(r"[^:]{4,60}:$")
_MAX_HEADING_CHARS = 100
_MIN_WRAPPED_CHARS = 40
_MAX_JOURNAL_LINE_CHARS = 200
_RUN_IN = re.compile(r"(?P<heading>[A-Z\u00c0-\u00de][^:.;\n]{2,60}?)\s?[:\u2014]\s*(?=\S)")


@dataclass(slots=True)
class Line:
    """A line that is not empty.

    start, end: without the white space around it.   after_blank: whether an empty line or the begin stands before.
    heading: of a heading, or of text that follows its heading on the same line from `body` on.   depth: of a heading
    that the source marks as one; 1 is the title.
    """

    start: int
    end: int
    text: str
    after_blank: bool
    form: Form = "prose"
    kind: LineKind | None = None
    heading: str | None = None
    body: int = 0
    depth: int | None = None


def lines_of(text: str, begin: int, marked: Mapping[int, int]) -> list[Line]:
    """The lines of a text from an offset on.   marked: offsets of lines marked as headings, with their depth."""
    lines = list(_split(text, begin))
    for index, line in enumerate(lines):
        before = lines[index - 1] if index and not line.after_blank else None
        if line.start in marked:
            line.form, line.heading, line.depth = "heading", line.text.strip("# "), marked[line.start]
        elif (kind := line_kind(line.text)) in _BESIDE_THE_ARTICLE:
            line.form, line.kind = "line", kind
        elif _is_heading(line.text, before):
            line.form, line.heading = "heading", line.text
        elif kind is not None and _stands_alone(line, before, kind):
            line.form, line.kind = "line", kind
        elif may_follow(before) and (run_in := _RUN_IN.match(line.text)):
            rule = heading_rule(run_in["heading"])
            if rule is not None and rule.level != "part":
                line.form, line.heading, line.body = "run_in", run_in["heading"], line.start + run_in.end()
    return lines


def may_follow(before: Line | None) -> bool:
    """Whether something new can begin after a line that no empty line follows (None: an empty line does)."""
    if before is None or before.form in ("heading", "line") or len(before.text) > MAX_WRAPPED_CHARS:
        return True
    return ENDS_SENTENCE.search(before.text) is not None or len(before.text) < _MIN_WRAPPED_CHARS


def paragraph_end(lines: list[Line], first: int) -> int:
    """Index behind the last line of the paragraph that a line begins."""
    index = first + 1
    if index < len(lines) and lines[index].kind in (None, "journal_line") and _is_label(lines[first]):
        index += 1
    while index < len(lines):
        before, line = lines[index - 1], lines[index]
        if line.after_blank or line.form != "prose" or len(before.text) > MAX_WRAPPED_CHARS:
            break
        if not lines[first].after_blank and may_follow(before):
            break
        index += 1
    return index


def _is_label(line: Line) -> bool:
    """Whether a line only says what the next one is ("Corresponding author:")."""
    return line.kind in _BESIDE_THE_ARTICLE and _LABEL.match(line.text) is not None


def _split(text: str, begin: int) -> Iterator[Line]:
    after_blank = True
    position = begin
    for raw in text[begin:].split("\n"):
        stripped = raw.strip()
        if stripped:
            start = position + len(raw) - len(raw.lstrip())
            yield Line(start, start + len(stripped), stripped, after_blank)
        after_blank = not stripped
        position += len(raw) + 1


def _is_heading(text: str, before: Line | None) -> bool:
    if len(text) > _MAX_HEADING_CHARS or text[-1] in ",;" or text[0].islower():
        return False
    # "Case 1: A girl of two years fell." tells the case itself.
    if ENDS_SENTENCE.search(text) and _RUN_IN.match(text):
        return False
    if before is not None and (text[-1] == "." or not may_follow(before)):
        return False
    return heading_rule(text) is not None


def _stands_alone(line: Line, before: Line | None, kind: LineKind) -> bool:
    if kind == "journal_line":
        return len(line.text) < _MAX_JOURNAL_LINE_CHARS
    return kind not in CAPTIONS or may_follow(before)
