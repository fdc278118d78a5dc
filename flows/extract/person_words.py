"""The words of case reports for persons: their sex, their kin, and the cues that part one patient from another.

Words are data: data/rules/sex_cues.csv (words, separated by a vertical bar) and data/rules/patient_cues.csv (regular
expressions; `{cardinal}` stands for a number word, see `fill`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flows.rules import read_rules

_SEX_COLUMNS = ["cue", "kind", "sex", "weight", "matches", "must_not_match", "source"]
_PATIENT_COLUMNS = ["kind", "words", "cue", "matches", "must_not_match", "source"]
SEX_KINDS = frozenset(
    {"noun", "plural", "title", "pronoun", "possessive", "spouse", "obstetric", "state", "organ", "kin"},
)
_PLACE = re.compile(r"\{(h|unit|number|person|kin|decade|ordinal|cardinal)\}")
_PLURAL_PERSONS = frozenset({"women", "men", "girls", "boys", "males", "females", "ladies", "gentlemen"})
_GAP = "[\\s\\-\u00ad\u2010-\u2015]*"
_UNIT = r"(?:years?|yrs?|y(?![\w/])|months?|mos?|mths?|weeks?|wks?|days?|hours?|hrs?)"


@dataclass(frozen=True, slots=True)
class SexCue:
    """A word that tells the sex. kind: one of SEX_KINDS; sex: code in data/vocabulary/sex.csv; weight: of one mention."""

    kind: str
    sex: str
    weight: float


@cache
def sex_words() -> Mapping[str, SexCue]:
    """Word in lower case -> what it tells. Raises ValueError for an unknown kind and for a word of two rows."""
    words: dict[str, SexCue] = {}
    for row in read_rules("sex_cues.csv", _SEX_COLUMNS):
        if row["kind"] not in SEX_KINDS:
            raise ValueError(f"sex_cues.csv: unknown kind {row['kind']!r}")
        for word in row["cue"].split("|"):
            if word.casefold() in words:
                raise ValueError(f"sex_cues.csv: {word!r} stands in two rows")
            words[word.casefold()] = SexCue(row["kind"], row["sex"], float(row["weight"]))
    return words


@cache
def sex_pattern() -> re.Pattern[str]:
    """Any word that tells the sex. Titles stand before a name: "MS" and "miss" are no persons."""
    cues = sex_words()
    words = _either(word for word in cues if cues[word].kind != "title")
    titles = _either(word.capitalize() for word in cues if cues[word].kind == "title")
    return re.compile(rf"\b(?:{words}|(?-i:{titles}(?=\.?\s+[A-Z])))\b", re.IGNORECASE)


def derive_sex(quote: str) -> str | None:
    """The code of the sex that a quote tells by its first such word; None where it tells none.

    Also of a bare "F" or "M", and of one beside a number ("F/45", "56M").
    """
    match = sex_pattern().search(quote)
    if match:
        return sex_words()[match.group().casefold()].sex
    title = sex_words().get(quote.strip(" .").casefold())
    if title is not None and quote.strip(" .").istitle():
        return title.sex
    letter = re.search(r"(?<![^\W\d_])[MFmf](?![^\W\d_])|[\u2640\u2642]", quote)
    if letter:
        return "male" if letter[0] in "Mm\u2642" else "female"
    return None


@cache
def patient_cues() -> Mapping[str, tuple[frozenset[str], str]]:
    """Kind of cue -> the words of which one must stand in a sentence before the cue is worth a look, and the cue.

    The cue is a regular expression as written. Raises ValueError where a kind stands twice.
    """
    cues: dict[str, tuple[frozenset[str], str]] = {}
    for row in read_rules("patient_cues.csv", _PATIENT_COLUMNS):
        if row["kind"] in cues:
            raise ValueError(f"patient_cues.csv: kind {row['kind']!r} stands twice")
        cues[row["kind"]] = (frozenset(filter(None, row["words"].split("|"))), row["cue"])
    return cues


def listed_words(kind: str) -> frozenset[str]:
    """The words of a cue that is a plain list of words, "(?:mother|father)"."""
    return frozenset(patient_cues()[kind][1].removeprefix("(?:").removesuffix(")").split("|"))


@cache
def patient_cue(kind: str) -> re.Pattern[str]:
    """The compiled cue of a kind; case counts for nothing."""
    return re.compile(fill(patient_cues()[kind][1]), re.IGNORECASE)


def fill(pattern: str) -> str:
    """A regular expression of a rules file with its places filled.

    {number}: a number in digits or words; {unit}: a unit of time; {h}: hyphens and white space, or nothing; {person}:
    a noun for a person; {kin}: one for a relative; {cardinal}, {ordinal}, {decade}: number words.
    """
    return _PLACE.sub(lambda match: _places()[match[1]], pattern)


@cache
def _places() -> Mapping[str, str]:
    kinds: dict[str, list[str]] = {}
    for row in read_rules("number_words.csv", ["word", "value", "kind", "language"]):
        if row["language"] == "en":
            kinds.setdefault(row["kind"], []).append(row["word"])
    cardinal = _either(word for word in kinds["cardinal"] if word != "zero")
    digit = _either(word for word in kinds["cardinal"][1:10])
    words = rf"(?:{_either(kinds['tens'])}(?:[\s-]*{digit})?|{cardinal})\b"
    half = rf"(?:{_GAP}and{_GAP}(?:a{_GAP})?half\b|\s*(?:\u00bd|\u00bc|\u00be|1/2\b)|\s+\d{{1,2}}/\d{{1,2}}\b)?"
    return {
        "h": _GAP,
        "unit": _UNIT,
        "number": rf"(?:\d{{1,3}}(?:[.,\u00b7]\d{{1,2}})?|{words}){half}",
        "person": _person(),
        "kin": _either(word for word, cue in sex_words().items() if cue.kind == "kin"),
        "cardinal": cardinal,
        "ordinal": _either(kinds["ordinal"]),
        "decade": _either(kinds["decade"]),
    }


@cache
def number_words() -> frozenset[str]:
    """English words that a cardinal number may begin with."""
    rows = read_rules("number_words.csv", ["word", "value", "kind", "language"])
    return frozenset(row["word"] for row in rows if row["language"] == "en" and row["kind"] in ("cardinal", "tens"))


@cache
def ordinals() -> Mapping[str, int]:
    """English ordinals in words -> number."""
    rows = read_rules("number_words.csv", ["word", "value", "kind", "language"])
    return {row["word"]: int(row["value"]) for row in rows if row["kind"] == "ordinal" and row["language"] == "en"}


def _person() -> str:
    # "A 33-year-old women" is a slip that authors make; kin in the plural are no patients by that word alone.
    nouns = [word for word, cue in sex_words().items() if cue.kind == "noun" or word in _PLURAL_PERSONS]
    return rf"(?:{_either(nouns)}|{patient_cues()['person'][1]})"


def _either(words: object) -> str:
    assert not isinstance(words, str)
    listed = sorted(words, key=len, reverse=True)  # type: ignore[call-overload]
    return f"(?:{'|'.join(re.escape(word) for word in listed)})"
