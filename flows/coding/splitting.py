"""Cutting an author's string into the items that it lists, without losing where each of them stood.

Which words join items ("and", "und", "et", …) is data: data/vocabulary/conjunctions.csv.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache

from flows.resources import resource

_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text: text[start:end] without the blanks around it, and the sign or conjunction before it."""

    text: str
    start: int
    end: int
    joint: str


def split_list(text: str, *, commas: bool = True, words: bool = True, slashes: bool = False) -> list[Part]:
    """Cut a text at semicolons, line breaks and bullets, and as asked at commas, conjunctions (words) and slashes.

    What stands in brackets is never cut, nor a comma between digits ("1,25 OH"), and a slash only between letters
    ("L4/5" stays whole). Empty parts are left out, so that text of separators alone gives no part. `joint` is the
    separator in lower case ("," or "and"), "" for the first part.
    """
    separator = _separator(commas, words, slashes)
    inside = _bracketed(text)
    parts: list[Part] = []
    start, joint = 0, ""
    for match in separator.finditer(text):
        if inside[match.start()]:
            continue
        start, joint = _add(parts, text, start, match.start(), joint), match.group().strip().casefold()
        start = match.end()
    _add(parts, text, start, len(text), joint)
    return parts


def _add(parts: list[Part], text: str, start: int, end: int, joint: str) -> int:
    piece = text[start:end]
    if words := piece.strip():
        begin = start + len(piece) - len(piece.lstrip())
        parts.append(Part(words, begin, begin + len(words), joint if parts else ""))
    return end


def _bracketed(text: str) -> list[bool]:
    depth, inside = 0, []
    for letter in text:
        if letter in _OPENING:
            depth += 1
        inside.append(depth > 0)
        if letter in _CLOSING and depth:
            depth -= 1
    # A bracket that is never closed is a slip of the pen, not a reason to keep the whole text together.
    return [False] * len(text) if depth else inside


@cache
def conjunctions() -> tuple[str, ...]:
    """Words that join items of a list, longest first."""
    with resource("data", "vocabulary", "conjunctions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted((row["word"] for row in csv.DictReader(file)), key=lambda word: (-len(word), word)))


@cache
def _separator(commas: bool, words: bool, slashes: bool) -> re.Pattern[str]:
    choices = [r"[;\n\r\u2022|]+|(?<=\s)\u00b7(?=\s)"]
    if commas:
        choices.append(r",(?!\d)|(?<!\d),")
    if words:
        joints = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in conjunctions())
        choices.append(rf"(?<=[\s,)])(?:{joints})(?=[\s(])|\s*&\s*|\s\+\s")
    if slashes:
        choices.append(r"(?<=[^\W\d])\s*/\s*(?=[^\W\d])")
    return re.compile("|".join(choices), re.IGNORECASE)
