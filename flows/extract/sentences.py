"""Where sentences end in the prose of case reports, with their abbreviations, decimals and initials."""

from __future__ import annotations

import csv
import re
from functools import cache

from flows.resources import resource

# A mark that may end a sentence, what may close behind it, and white space; or a blank line.
_END = re.compile(r"[.!?](?:[\"'”’)\]]|\[\d[\d,\s–-]*\])*(?=\s)|\n\s*\n|[•;]\s*\n")
_NEXT = re.compile(r"\s*[\"'“‘(\[]*\s*([^\W_])")
_WORD_BEFORE = re.compile(r"([^\s(\[]+)$")


@cache
def abbreviations() -> frozenset[str]:
    """Words that keep their full stop (data/rules/abbreviations.csv), lower case, without it."""
    with resource("data", "rules", "abbreviations.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["abbreviation"].casefold().rstrip(".") for row in csv.DictReader(file))


def split_sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Offsets of the sentences between two offsets, without the white space around them; empty ones are left out."""
    found: list[tuple[int, int]] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if _ends_here(text, begin, match, end):
            _add(found, text, begin, match.end())
            begin = match.end()
    _add(found, text, begin, end)
    return found


def _ends_here(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    if match.group()[0] not in ".!?":
        return True
    if match.group()[0] != ".":
        return True
    following = _NEXT.match(text, match.end(), end)
    if following is None:
        return True
    before = _WORD_BEFORE.search(text[max(begin, match.start() - 40) : match.start()])
    word = before.group(1) if before else ""
    letter = following.group(1)
    if letter.islower():
        # A sentence begins with a capital, but for names such as "pH"; a stop before a small letter is an abbreviation.
        return False
    if len(word) == 1 and word.isalpha() and word.isupper():
        return False
    return word.casefold() not in abbreviations()


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append((start, end))
