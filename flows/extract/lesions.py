"""Where a report speaks of calcified lesions of skin and soft tissue, and where of something that only looks like them.

Words are data (data/rules/lesion_terms.csv). A word of calcification is judged by what stands nearest to it in its
sentence: skin or a place on the body surface make it a lesion of the registry, an organ or tumour a look-alike.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args
from weakref import WeakKeyDictionary

from flows.extract.context import Contexts
from flows.extract.model import Qualifiers, Sentence
from flows.extract.reading import Lexicon, Reading, without_overlaps
from flows.resources import resource

MentionKind = Literal["calcinosis", "calcification", "deposit", "lesion", "lookalike"]
TermKind = Literal["calcinosis", "calcium", "lesion", "skin", "organ", "lookalike"]
_COLUMNS = ["term", "kind", "reason", "source"]
_SITE_COLUMNS = ["code", "kind", "reason", "note"]
# How far apart two words of one statement may stand, in words; a comma or semicolon between them counts as several.
_REACH = 14
_PAUSE = 4


@dataclass(frozen=True, slots=True)
class LesionMention:
    """Words that name a calcified lesion, or a look-alike.

    kind: "calcinosis" names the disease ("calcinosis cutis", "calciphylaxis"); "calcification" is calcification said of
    skin, soft tissue or a place on the body ("calcified nodules of the scrotum"); "deposit" is calcification of which
    the sentence does not say where; "lesion" is a nodule, plaque, ulcer, … that only counts beside the others;
    "lookalike" is calcification of organs, vessels and tumours, bone formation, and calcium as a drug.
    start, end: offsets of the words in the document.   reason: of a look-alike, code in data/rules/scope_reasons.csv.
    """

    kind: MentionKind
    start: int
    end: int
    sentence: Sentence
    qualifiers: Qualifiers
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Term:
    """A term in the text. first, last: half-open range of words."""

    kind: TermKind
    reason: str
    first: int
    last: int


@cache
def _lexicon() -> Lexicon:
    with resource("data", "rules", "lesion_terms.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != _COLUMNS:
            raise ValueError(f"lesion_terms.csv must have the columns {', '.join(_COLUMNS)}")
        rows = list(reader)
    for row in rows:
        if row["kind"] not in get_args(TermKind):
            raise ValueError(f"lesion_terms.csv: {row['term']!r} has the unknown kind {row['kind']!r}")
    return Lexicon((f"{row['kind']}/{row['reason']}", row["term"]) for row in rows)


@cache
def site_kinds() -> dict[str, tuple[str, str]]:
    """Kind (skin or organ) and reason of every code of the vocabulary of lesion sites (data/rules/scope_sites.csv)."""
    with resource("data", "rules", "scope_sites.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != _SITE_COLUMNS:
            raise ValueError(f"scope_sites.csv must have the columns {', '.join(_SITE_COLUMNS)}")
        return {row["code"]: (row["kind"], row["reason"]) for row in reader}


_MENTIONS: WeakKeyDictionary[Reading, list[LesionMention]] = WeakKeyDictionary()


def lesion_mentions(reading: Reading, contexts: Contexts) -> list[LesionMention]:
    """Every mention of a document in the order of the text, with what its sentence says of it; found once."""
    if reading not in _MENTIONS:
        _MENTIONS[reading] = _find(reading, contexts)
    return _MENTIONS[reading]


def _find(reading: Reading, contexts: Contexts) -> list[LesionMention]:
    words = reading.words
    terms = []
    for key, first, last in without_overlaps(_lexicon().find(words)):
        kind, reason = key.split("/")
        terms.append(_Term(kind, reason, first, last))  # type: ignore[arg-type]
    firsts = [term.first for term in terms]
    mentions: list[LesionMention] = []
    for sentence in reading.sentences:
        inside = terms[bisect_left(firsts, sentence.first_word) : bisect_left(firsts, sentence.last_word)]
        if not inside:
            continue
        places = _places(reading, sentence, inside)
        for term in inside:
            kind, reason = _judge(reading, term, inside, places)
            if kind is not None:
                start, end = words.starts[term.first], words.ends[term.last - 1]
                qualifiers = contexts.qualify(sentence, start, end)
                mentions.append(LesionMention(kind, start, end, sentence, qualifiers, reason or None))
    return mentions


def _places(reading: Reading, sentence: Sentence, terms: Sequence[_Term]) -> list[_Term]:
    """Skin and organs of a sentence: the terms of this module, and the sites that do not share words with them."""
    taken = {word for term in terms for word in range(term.first, term.last)}
    places = [term for term in terms if term.kind in ("skin", "organ")]
    for site in reading.terms_in("lesion_site", sentence):
        kind, reason = site_kinds().get(site.code, ("skin", ""))
        if taken.isdisjoint(range(site.first_word, site.last_word)):
            places.append(_Term(kind, reason, site.first_word, site.last_word))  # type: ignore[arg-type]
    return places


def _judge(
    reading: Reading, term: _Term, terms: Sequence[_Term], places: Sequence[_Term]
) -> tuple[MentionKind | None, str]:
    if term.kind == "lookalike":
        return "lookalike", term.reason
    if term.kind == "lesion":
        return "lesion", ""
    if term.kind not in ("calcinosis", "calcium"):
        return None, ""
    near = sorted((_distance(reading, term, place), place.kind == "skin", place.reason) for place in places)
    if term.kind == "calcinosis":
        return "calcinosis", ""
    if not near or near[0][0] > _REACH:
        return "deposit", ""
    _, is_skin, reason = near[0]
    return ("calcification", "") if is_skin else ("lookalike", reason)


def _distance(reading: Reading, one: _Term, other: _Term) -> int:
    """Words between two terms, a comma or semicolon counted as several."""
    low, high = (one.last, other.first) if one.first <= other.first else (other.last, one.first)
    doc = reading.words.doc
    return sum(_PAUSE if doc[index].text in ",;:" else 1 for index in range(low, high))
