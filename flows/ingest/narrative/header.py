"""Title, authors and addresses above the first paragraph of a text that has only its lines."""

from __future__ import annotations

import re

from flows.extract.model import Section
from flows.ingest.narrative.bibliography import authors_in, read_journal_line, read_standing_line
from flows.ingest.narrative.identifiers import country_in
from flows.ingest.narrative.lines import CAPTIONS, ENDS_SENTENCE, MAX_WRAPPED_CHARS, Line
from flows.ingest.narrative.parts import Metadata
from flows.ingest.narrative.rules import affiliation_words, line_kind

_MAX_LINES = 60
_MAX_TITLE_CHARS = 350
_MIN_PROSE_CHARS = 200
_SENTENCE_INSIDE = re.compile(r"[a-z\d)%\]][.!?]\s+[A-Z]")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_TITLE_LABEL = re.compile(r"[# ]*(?:(?i:title)\s*:\s*)?")
_MARKED_NAME = re.compile(r"[\d*\u00b9\u00b2\u00b3\u2020\u2021]|,")


def read_header(lines: list[Line], metadata: Metadata) -> tuple[int, list[Section]]:
    """How many lines the header has, and its sections: the title, the rest in role "other".

    Adds to `metadata` what the header says and is not known yet. A text that begins with its first sentence has none.
    """
    title: list[Line] = []
    rest: list[Line] = []
    closed = False
    marked = any(line.depth == 1 for line in lines[:_MAX_LINES])
    end = len(lines)
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else None
        cites = bool(title) and line.kind == "how_to_cite"
        if cites or _ends_header(line, following, bool(title)) or index >= _MAX_LINES:
            end = index
            break
        if line.depth == 1 and not title:
            title, closed = [line], True
        elif line.form != "prose":
            closed = bool(title)
            rest.append(line)
            _read_standing(line, metadata)
        elif title and _take_authors(line, following, metadata):
            closed = True
            rest.append(line)
        elif title and is_address(line.text):
            closed = True
            rest.append(line)
            metadata.country = metadata.country or country_in(line.text)
        elif _is_prose(lines, index):
            end = index
            break
        elif not title and marked:
            rest.append(line)
        elif not title:
            title = [line]
        elif not closed and not line.after_blank and len(title) < 4:
            title.append(line)
        else:
            end = index
            break
    if not _is_title(title, rest, lines, end):
        title_lines = {line.start for line in title}
        end = next((index for index, line in enumerate(lines) if line.start in title_lines), end)
        rest = [line for line in rest if line.start < lines[end].start] if end < len(lines) else rest
        title = []
    sections = [Section("other", None, line.start, line.end) for line in rest]
    if title:
        label = _TITLE_LABEL.match(title[0].text)
        start = title[0].start + (label.end() if label else 0)
        words = " ".join(line.text for line in title)[start - title[0].start :]
        metadata.title = metadata.title or words.rstrip("# .") or None
        sections.append(Section("title", None, start, title[-1].end))
    return end, sorted(sections, key=lambda section: section.start)


def is_address(text: str) -> bool:
    """Whether a line names an institution and is written as a name is: most longer words with a capital."""
    if not affiliation_words().search(text):
        return False
    words = _LONG_WORD.findall(text)
    n_capital = sum(1 for word in words if word[0].isupper())
    return 2 * n_capital > len(words)


def _ends_header(line: Line, following: Line | None, titled: bool) -> bool:
    if line.form == "run_in" or line.kind in CAPTIONS:
        return True
    if line.form != "heading" or (line.depth == 1 and not titled):
        return False
    # "Case report" above the title says what the article is; above a paragraph it is a heading.
    is_label = not titled and line.depth is None and line_kind(line.text) == "article_type"
    return not (is_label and following is not None and not _reads_on(following))


def _reads_on(line: Line) -> bool:
    return line.form != "prose" or len(line.text) > MAX_WRAPPED_CHARS or ENDS_SENTENCE.search(line.text) is not None


def _read_standing(line: Line, metadata: Metadata) -> None:
    read_standing_line(line.text, metadata)
    if line.kind == "journal_line":
        read_journal_line(line.text, metadata)
    elif line.kind == "article_type" or line.form == "heading":
        metadata.article_type = metadata.article_type or line.text.strip()


def _take_authors(line: Line, following: Line | None, metadata: Metadata) -> bool:
    names = authors_in(line.text)
    if not names:
        return False
    sure = len(names) > 1 or _MARKED_NAME.search(line.text) or (following is not None and is_address(following.text))
    if not sure:
        return False
    metadata.authors = metadata.authors or names
    return True


def _is_prose(lines: list[Line], index: int) -> bool:
    """Whether a paragraph begins here: long, of several sentences, or going on in small letters."""
    line = lines[index]
    if line.text[0].islower():
        return True
    group = line.text
    for following in lines[index + 1 : index + 8]:
        if following.after_blank or following.form != "prose" or len(line.text) > MAX_WRAPPED_CHARS:
            break
        group += " " + following.text
    if len(group) > _MAX_TITLE_CHARS:
        return True
    return (len(group) >= _MIN_PROSE_CHARS or len(line.text) > MAX_WRAPPED_CHARS) and (
        _SENTENCE_INSIDE.search(group) is not None or group.endswith(".")
    )


def _is_title(title: list[Line], rest: list[Line], lines: list[Line], end: int) -> bool:
    if not title or end >= len(lines):
        return False
    if title[0].depth == 1:
        return True
    text = " ".join(line.text for line in title)
    if text.endswith((",", ";", ":")):
        return False
    if text.endswith(".") and not any(line.start > title[0].start for line in rest):
        return False
    behind = next(line for line in lines if line.start > title[-1].start)
    return behind.after_blank or not behind.text[0].islower()
