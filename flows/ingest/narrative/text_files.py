"""Plain text and Markdown files: one document each."""

from __future__ import annotations

import re
from pathlib import Path

from flows.extract.model import Document, Section
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.front_matter import read_front_matter
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.parts import make_document
from flows.ingest.narrative.plain import coverage_of, sections_of
from flows.ingest.narrative.stable import stabilise

_HEADING = re.compile(r"(?P<marks>#{1,6})[ ]+(?P<words>.*?)[ #]*$")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})\s*$")
_RULE = re.compile(r"\s*(?:[-*_]\s*){3,}$")
_BULLET = re.compile(r"^(?P<indent>\s{0,12})[-*+]\s+(?=\S)")
_QUOTED = re.compile(r"\s{0,3}>\s?")
_IMAGE = re.compile(r"!\[(?P<words>[^\]\n]*)\]\([^()\s]*(?:\s+\"[^\"\n]*\")?\)")
_LINK = re.compile(r"(?<!!)\[(?P<words>[^\[\]\n]+)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)")
_EMPHASIS = re.compile(r"(?<![\w*_\\])(?P<mark>\*{1,3}|_{1,3})(?=[^\s*_])(?P<words>[^*_\n]*[^\s*_])(?P=mark)(?![\w*_])")
_INSIDE_WORD = re.compile(r"(?<=\w)\*{1,2}(?=\w[^*\n]*\*)|(?<=\w)\*\*(?=\W)")
_CODE = re.compile(r"`([^`\n]+)`")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!<>~^-])")
_TABLE_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?\s*$")


def read_text(path: Path, name: str, limits: NarrativeLimits, markdown: bool) -> Document:
    """Read a UTF-8 file as one document.   name: of the file, for messages.

    Raises UnreadableFileError: too_large, line_too_long, no_text, too_many_sections.
    """
    n_bytes = path.stat().st_size
    if n_bytes > limits.document_bytes:
        raise UnreadableFileError(
            "too_large",
            f"{name} is one text of {n_bytes:,} bytes, more than the {limits.document_bytes:,} that are read",
            "Give each article as a file of its own",
        )
    return document_of_text(path.read_bytes().decode("utf-8-sig"), name, limits, markdown)


def document_of_text(raw: str, place: str, limits: NarrativeLimits, markdown: bool = False) -> Document:
    """The document of a whole text, with its front matter if it has any. Raises as `read_text`."""
    text = stabilise(raw)
    longest = max(map(len, text.split("\n")))
    if longest > limits.line_chars:
        raise UnreadableFileError(
            "line_too_long",
            f"{place} holds a line of {longest:,} characters, more than the {limits.line_chars:,} that are read",
            "Give a text with its paragraphs, or NDJSON with one article a line",
        )
    metadata, begin, title = read_front_matter(text)
    marked: dict[int, int] = {}
    if markdown:
        body, marked = plain_of_markdown(text[begin:])
        marked = {begin + offset: depth for offset, depth in marked.items()}
        text = text[:begin] + body
    sections = sections_of(text, metadata, marked, begin)
    if title is not None:
        sections = (Section("title", None, *title), *_without_title(sections))
    return make_document(metadata, text, sections, place, limits, coverage_of(sections))


def _without_title(sections: tuple[Section, ...]) -> list[Section]:
    """The title stands in the front matter; printed again above the text it is no second one."""
    return [section for section in sections if section.role != "title"]


def plain_of_markdown(text: str) -> tuple[str, dict[int, int]]:
    """The text without the marks of Markdown, and the offsets of its headings with their depth."""
    lines: list[str] = []
    marked: dict[int, int] = {}
    position = 0
    raw_lines = text.split("\n")
    for index, raw in enumerate(raw_lines):
        heading = _HEADING.match(raw)
        before = lines[-1] if lines else ""
        if heading is not None:
            line = _without_marks(heading["words"])
            if line:
                marked[position] = len(heading["marks"])
        elif _UNDERLINE.match(raw) and before.strip() and (index < 2 or not raw_lines[index - 2].strip()):
            marked[position - len(before) - 1] = 1 if raw.startswith("=") else 2
            line = ""
        elif _RULE.match(raw) or _TABLE_RULE.match(raw):
            line = ""
        else:
            line = _without_marks(raw)
        lines.append(line)
        position += len(line) + 1
    return "\n".join(lines), marked


def _without_marks(line: str) -> str:
    line = _QUOTED.sub("", line, count=1) if line.lstrip().startswith(">") else line
    line = _BULLET.sub(lambda match: match["indent"] + "\u2022 ", line, count=1)
    if "](" in line:
        line = _LINK.sub(lambda match: match["words"], _IMAGE.sub(lambda match: match["words"], line))
    if "*" in line or "_" in line:
        for _ in range(3):
            shorter = _EMPHASIS.sub(lambda match: match["words"], line)
            if shorter == line:
                break
            line = shorter
        line = _INSIDE_WORD.sub("", line)
    if "`" in line:
        line = _CODE.sub(r"\1", line)
    if line.lstrip().startswith("|"):
        line = " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    return _ESCAPED.sub(r"\1", line) if "\\" in line else line
