"""Where sentences end in the prose of case reports, with their abbreviations, decimals and initials.

A full stop ends a sentence where white space and a capital, a digit or a bracket follow, unless the word before it is an
abbreviation or an initial. Scanned and pasted text often lacks the space ("painful.The"): there a stop between a word in
small letters and a capitalised word ends a sentence too. Question and exclamation marks, blank lines and the items of
lists end a sentence whatever follows.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import Literal, get_args

from flows.resources import resource

# A mark that may end a sentence and what may close behind it, before white space or (a stop) a capitalised word; a
# blank line; a line break, which may stand before an item of a list or behind a heading.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++(?:[\"'”’)\]]|\[\d[\d,\s–-]*\]|\^?\{[\d,\s–-]+\}|[¹²³⁰⁴-⁹]+)*+(?=\s)"
    r"|(?<=[a-z)\]%])[.?!](?:\[\d[\d,\s–-]*\])?(?=[A-Z][a-z]*[\s,])"
    r"|(?<=[a-z)\]%])\.\d{1,3}(?:[,–-]\d{1,3})*(?=\s+[A-Z][a-z]*\s)"
    r"|\n[^\S\n]*\n"
    r"|[•;:]\s*\n"
    r"|\n"
)
# A line of cells, as tables are written in plain text.
_ROW = re.compile(r"[^\n|\t]*(?:\|[^\n|]*\||\t[^\n\t]*\t)")
_ITEM = re.compile(r"[^\S\n]*(?:[•▪●■◦*–—-]|\(?(?:\d{1,2}|[ivx]{1,4})[.)]|\(?[a-h]\))[^\S\n]+\S")
_NEXT = re.compile(r"\s*+[\"'“‘(\[]*+\s*+(\S)")
_FIRST_WORD = re.compile(r"\w+")
_COLUMNS = ("abbreviation", "meaning", "kind", "source")
_WORD_BEFORE = re.compile(r"([^\s(\[]+)$")
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?)*[^\W\d_]")
_MARKER = re.compile(r"\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)?", re.IGNORECASE)
_LOOK_BACK = 40  # characters in which the word before a stop begins
_LONGEST_HEADING = 60  # characters; lines of running text are longer

Kind = Literal["inside", "number", "name", "either", "opener"]
"""What stands behind an abbreviation that does not end the sentence: anything, a number, a name, or small letters and numbers.

opener: no abbreviation but a word that begins a sentence even behind a single letter ("vitamin D. The …").
"""


class AbbreviationError(ValueError):
    """The table of abbreviations breaks its contract."""


@cache
def abbreviations() -> dict[str, Kind]:
    """Words that keep their full stop (data/rules/abbreviations.csv), lower case, without it, with their kind.

    Raises AbbreviationError for unknown columns or kinds and for a word that stands there twice.
    """
    with resource("data", "rules", "abbreviations.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise AbbreviationError(f"abbreviations.csv has the columns {reader.fieldnames}: expected {_COLUMNS}")
        kinds: dict[str, Kind] = {}
        for row in reader:
            if row["kind"] not in get_args(Kind):
                raise AbbreviationError(f"abbreviation {row['abbreviation']!r}: unknown kind {row['kind']!r}")
            key = row["abbreviation"].casefold().rstrip(".")
            if key in kinds:
                raise AbbreviationError(f"abbreviation {row['abbreviation']!r} stands in two rows")
            kinds[key] = row["kind"]  # type: ignore[assignment]
        return kinds


def split_sentences(text: str, start: int, end: int, *, by_line: bool = False) -> list[tuple[int, int]]:
    """Offsets of the sentences between two offsets, without the white space around them; empty ones are left out.

    by_line: every line ends a sentence, as each row of a table does.
    """
    found: list[tuple[int, int]] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if (by_line and match.group() == "\n") or _ends_here(text, begin, match, end):
            _add(found, text, begin, match.end())
            begin = match.end()
    _add(found, text, begin, end)
    return found


def _ends_here(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    mark = match.group()
    if mark == "\n":
        is_row = _ROW.match(text, match.end(), end) is not None
        return is_row or _is_item(text, match.end()) or _is_heading(text, begin, match, end)
    if mark[0] not in ".!?…":
        return True
    following = _NEXT.match(text, match.end(), end)
    if following is None:
        return True
    letter = following.group(1)
    if mark[0] != ".":
        # "lupus (?) was", "really … nothing"
        return not (letter.islower() and (")" in mark or mark[0] == "…"))
    if letter.islower() or letter in ",;:)]":
        # A sentence begins with a capital; a stop before a small letter is an abbreviation.
        return False
    if _MARKER.fullmatch(text, _skip_space(text, begin, match.start()), match.start()):
        # "1. The lesion": the number belongs to the item of the list.
        return False
    before = _WORD_BEFORE.search(text, max(begin, match.start() - _LOOK_BACK), match.start())
    return before is None or not _keeps_stop(text, begin, before, following, end)


def _keeps_stop(text: str, begin: int, before: re.Match[str], following: re.Match[str], end: int) -> bool:
    """Whether the word before a stop is an abbreviation that goes on with what follows."""
    word = before.group(1)
    kind = abbreviations().get(word.casefold())
    letter = following.group(1)
    if kind == "inside":
        return True
    if kind == "number":
        return letter.isdigit()
    if kind == "name":
        return letter.isalpha()
    if kind == "either":
        return letter.isdigit()
    if not _INITIAL.fullmatch(word) or not word[-1].isupper():
        return False
    opening = _FIRST_WORD.match(text, following.start(1), end)
    opens = opening is not None and abbreviations().get(opening.group().casefold()) == "opener"
    # The name behind an initial is no word that begins sentences; "vitamin D. The patient …" is none.
    return not opens and letter.isalpha()


def _is_item(text: str, start: int) -> bool:
    return _ITEM.match(text, start) is not None


def _is_heading(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    """Whether the line before a break is a heading: short, a sentence of its own, and a capital begins the next line."""
    first = _skip_space(text, begin, match.start())
    if match.start() - first > _LONGEST_HEADING:
        return False
    line = text[first : match.start()].rstrip()
    following = _NEXT.match(text, match.end(), end)
    return (
        0 < len(line) <= _LONGEST_HEADING
        and "\n" not in line
        and line[0].isupper()
        and line[-1].isalnum()
        and following is not None
        and following.group(1).isupper()
    )


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    start = _skip_space(text, start, end)
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append((start, end))
