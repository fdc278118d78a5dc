"""Numbers as authors write them: words, fractions, decimal commas, thousands, intervals and what stands before them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flows.coding.items import Bounds
from flows.resources import resource

NUMBER = r"\d+(?:\.\d+)?"

_DOT = re.compile("(?<=\\d)[\u00b7\u2219\u22c5\u2022\u02d9\u2027](?=\\d)")
_DASH = re.compile("[\u2010-\u2015\u2212]")
_EUROPEAN = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+,\d+(?!\d)")
_THOUSANDS = re.compile("(?<![\\d.,])[1-9]\\d{0,2}(?:[, '\u2019\u00a0\u2009\u202f]\\d{3})+(?![\\d,])")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_HALF = re.compile(rf"({NUMBER})[\s-]*and[\s-]*(?:a[\s-]+)?(half|quarter)\b|\b(?:half|quarter)[\s-]+an?\b")
_MIXED = re.compile(r"(?<![\w./])(\d+)[\s-]+(?:and[\s-]+)?(\d{1,2})\s*/\s*(\d{1,2})(?![\d/])")
_FRACTION = re.compile(r"(?<![\w./])(\d{1,2})\s*/\s*(2|3|4|5|6|8|10|12)(?![\d/])")
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Interval:
    """What a number says: low to high with its bounds; None for an open end."""

    low: float | None
    high: float | None
    bounds: Bounds
    comparator: str | None = None


def fold(text: str) -> str:
    """Lower case without accents, with one kind of dash and of decimal point, and fractions written as "1/2"."""
    spaced = "".join(
        f" {unicodedata.normalize('NFKC', letter)}"
        if unicodedata.category(letter) == "No" and "/" in _slash(letter)
        else letter
        for letter in text
    )
    spaced = unicodedata.normalize("NFKC", _DOT.sub(".", spaced)).replace("\u2044", "/")
    folded = unicodedata.normalize("NFKD", spaced.casefold())
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _DASH.sub("-", folded).strip()


def _slash(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter).replace("\u2044", "/")


def read_commas(text: str, *, thousands: bool) -> str:
    """Write decimal commas as points, and numbers without separators of thousands.

    thousands: whether "1,250" is 1250 (laboratory values) or 1.25 (ages and sizes). "0,077" is a decimal either way.
    """
    text = _EUROPEAN.sub(lambda match: match.group().replace(".", "").replace(",", "."), text)
    if thousands:
        text = _THOUSANDS.sub(lambda match: re.sub(r"\D", "", match.group()), text)
    return _DECIMAL_COMMA.sub(".", text)


def write_digits(text: str) -> str:
    """Folded text with number words as digits ("thirty-four" -> "34", "fifth" -> "5th", "seventies" -> "70s")."""
    if _WORD.search(text):
        text = _compounds().sub(_compound, text)
    text = _HALF.sub(_with_half, text)
    text = _MIXED.sub(
        lambda match: _decimal(int(match[1]) + int(match[2]) / int(match[3])) if int(match[3]) else match[0], text
    )
    return _FRACTION.sub(lambda match: _decimal(int(match[1]) / int(match[2])), text)


def interval(low: float, high: float, comparator: str | None = None, *, floor: float | None = None) -> Interval:
    """The interval of a number, a range, or a number behind a comparator; floor is the least possible value."""
    match comparator:
        case "<":
            return Interval(floor, high, "()" if floor is None else "[)", "<")
        case "<=":
            return Interval(floor, high, "(]" if floor is None else "[]", "<=")
        case ">":
            return Interval(low, None, "()", ">")
        case ">=":
            return Interval(low, None, "[)", ">=")
    return Interval(min(low, high), max(low, high), "[]")


def factor_of(cell: str) -> float:
    """A factor of a rules file: "4.008" or "7/365.25". Raises ValueError when it is neither."""
    above, slash, below = cell.partition("/")
    return float(above) / float(below) if slash else float(above)


def _decimal(value: float) -> str:
    return repr(value)


def _with_half(match: re.Match[str]) -> str:
    share = 0.5 if "half" in match.group() else 0.25
    return _decimal(float(match[1]) + share) if match[1] else f"{share} "


@cache
def _words() -> Mapping[str, tuple[float, str]]:
    with resource("data", "rules", "number_words.csv").open(encoding="utf-8-sig", newline="") as file:
        return {fold(row["word"]): (float(row["value"]), row["kind"]) for row in csv.DictReader(file, strict=True)}


@cache
def _compounds() -> re.Pattern[str]:
    kinds: dict[str, list[str]] = {}
    for word, (_, kind) in sorted(_words().items(), key=lambda item: -len(item[0])):
        kinds.setdefault(kind, []).append(word)
    joined = {kind: "|".join(map(re.escape, words)) for kind, words in kinds.items()}
    units = joined["cardinal"]
    return re.compile(
        rf"\b(?:(?P<hundreds>(?:(?:{units}|an?)[\s-]+)?{joined['hundred']})(?:[\s-]+(?:and[\s-]+)?)?)?"
        rf"(?:(?P<tens>{joined['tens']})(?:(?:[\s-]+(?:(?:y|e|et)[\s-]+)?)(?P<unit>{units}|{joined['ordinal']}))?"
        rf"|(?P<alone>{units})|(?P<ordinal>{joined['ordinal']})|(?P<decade>{joined['decade']}))?\b"
    )


def _compound(match: re.Match[str]) -> str:
    words = _words()
    if not match.group().strip():
        return match.group()
    if match["decade"]:
        return f"{words[match['decade']][0]:.0f}s"
    total, ordinal = 0.0, False
    if match["hundreds"]:
        first = match["hundreds"].split()[0].split("-")[0]
        total = 100 * (words[first][0] if first in words and words[first][1] == "cardinal" else 1)
    for group in ("tens", "unit", "alone", "ordinal"):
        if match[group]:
            value, kind = words[match[group]]
            total += value
            ordinal = ordinal or kind == "ordinal"
    tail = match.group()[len(match.group().rstrip(" -")) :]
    return f"{total:.0f}{'th' if ordinal else ''}{tail}"
