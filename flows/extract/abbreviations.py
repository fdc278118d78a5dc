"""Abbreviations that a document defines itself: "uraemic tumoral calcinosis (UTC)".

Source of the method: Schwartz AS, Hearst MA. A simple algorithm for identifying abbreviation definitions in biomedical
text. Pac Symp Biocomput 2003:451-62.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFINED = re.compile(r"\(\s*(?P<short>[A-Za-z][A-Za-z0-9-]{1,7})\s*[);,]")
_BOUNDARY = re.compile(r"[.;:!?()\n]")
_MOST_EXTRA_WORDS = 5


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form with the offsets of the words that it stands for, where the text defines it."""

    short: str
    start: int
    end: int


def find_abbreviations(text: str) -> list[Abbreviation]:
    """The abbreviations that a text defines, in its order; the first definition of a short form holds."""
    found: dict[str, Abbreviation] = {}
    for match in _DEFINED.finditer(text):
        short = match["short"]
        if sum(letter.isupper() for letter in short) < 2 or short in found:
            continue
        start = _long_form(text, match.start(), short)
        if start is not None:
            found[short] = Abbreviation(short, start, len(text[: match.start()].rstrip()))
    return list(found.values())


def _long_form(text: str, bracket: int, short: str) -> int | None:
    """Where the words before a bracket begin that a short form stands for: its letters in order, the first at a word's head."""
    end = len(text[:bracket].rstrip())
    floor = max((match.end() for match in _BOUNDARY.finditer(text, max(0, end - 200), end)), default=max(0, end - 200))
    letters = [letter for letter in short.lower() if letter.isalnum()]
    if short.endswith("s") and len(letters) > 2:
        letters.pop()
    place = end
    for index in range(len(letters) - 1, -1, -1):
        place -= 1
        while place >= floor and not (
            text[place].lower() == letters[index] and (index > 0 or place == floor or not text[place - 1].isalnum())
        ):
            place -= 1
        if place < floor:
            return None
    n_words = len(text[place:end].split())
    return place if n_words <= min(len(letters) + _MOST_EXTRA_WORDS, 2 * len(letters)) else None


def occurrences(text: str, short: str) -> list[tuple[int, int]]:
    """Where a short form stands in a text, also in the plural."""
    return [match.span() for match in re.finditer(rf"(?<![\w-]){re.escape(short)}s?(?![\w-])", text)]
