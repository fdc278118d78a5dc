"""Where a report speaks of calcified lesions of skin and soft tissue, and where of something that only looks like them.

Words are data (data/rules/lesion_terms.csv, data/rules/scope_sites.csv). A word of calcification is judged by what
stands nearest to it in its sentence: skin, soft tissue or a place on the body make it a lesion of the registry, an organ
or a tumour makes it a look-alike.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal, NamedTuple, cast, get_args
from weakref import WeakKeyDictionary

from flows.coding.vocabulary import normalise
from flows.extract.abbreviations import find_abbreviations, occurrences
from flows.extract.context import Contexts
from flows.extract.model import Qualifiers, Sentence
from flows.extract.reading import Lexicon, Reading, TermMatch, without_overlaps
from flows.resources import resource
from flows.rules import read_rules

MentionKind = Literal["calcinosis", "calcification", "deposit", "lesion", "lookalike"]
TermKind = Literal[
    "calcinosis", "bare", "skin_calcium", "calcium", "lesion", "skin", "soft", "place", "organ", "lookalike", "none"
]
Tissue = Literal["skin", "soft", "place"]
# How far apart two words of one statement may stand, in words; a comma, semicolon or colon between them counts as more.
_REACH = 14
_PAUSE = 4
# Words of one noun phrase, or of a noun and what a preposition hangs on it ("calcification of the basal ganglia").
_ATTACHED = 3
_AROUND = 8
# A lump and the place that it is said of ("nodules on the skin of his scrotum").
_BESIDE = 5
# Reasons that stand for organs in which no lump is one of the skin.
_INNER: Final = frozenset({"other_organ", "brain"})
_TISSUES: Final = ("skin", "soft", "place")
_MARKS = ",;:"


@dataclass(frozen=True, slots=True)
class LesionMention:
    """Words that name a calcified lesion, or a look-alike.

    kind: "calcinosis" names the disease ("calcinosis cutis", "calciphylaxis"); "calcification" is calcification said of
    skin, soft tissue or a place on the body ("calcified nodules of the scrotum"); "deposit" is calcification of which
    the sentence does not say where; "lesion" is a nodule, plaque, ulcer, … that only counts beside the others;
    "lookalike" is calcification of organs, vessels and tumours, bone formation, and calcium as a drug.
    start, end: offsets of the words in the document.
    tissue: where: "skin", "soft" (soft tissue, around a joint) or "place" (a region whose name does not say how deep).
    reason: code in data/rules/scope_reasons.csv: of a named disease and of a look-alike.
    explains: whether the look-alike is a diagnosis that accounts for a calcified lump ("pilomatricoma").
    """

    kind: MentionKind
    start: int
    end: int
    sentence: Sentence
    qualifiers: Qualifiers
    tissue: Tissue | None = None
    reason: str | None = None
    explains: bool = False


class _Row(NamedTuple):
    kind: TermKind
    reason: str
    explains: bool


@dataclass(frozen=True, slots=True)
class _Term:
    """A term in the text. first, last: half-open range of words."""

    kind: TermKind
    reason: str
    explains: bool
    first: int
    last: int


@cache
def lesion_terms() -> dict[str, _Row]:
    """What each term of data/rules/lesion_terms.csv stands for. Raises ValueError for an unknown kind."""
    terms: dict[str, _Row] = {}
    for row in read_rules("lesion_terms.csv", ("term", "kind", "reason", "explains", "source")):
        if row["kind"] not in get_args(TermKind):
            raise ValueError(f"lesion_terms.csv: {row['term']!r} has the unknown kind {row['kind']!r}")
        if row["term"] in terms:
            raise ValueError(f"lesion_terms.csv: {row['term']!r} stands twice")
        terms[row["term"]] = _Row(cast(TermKind, row["kind"]), row["reason"], row["explains"] == "yes")
    return terms


@cache
def _lexicon() -> Lexicon:
    return Lexicon(
        ("/".join((row.kind, row.reason, "yes" if row.explains else "")), term) for term, row in lesion_terms().items()
    )


@cache
def site_kinds() -> dict[str, tuple[TermKind, str]]:
    """Kind (skin, soft, place, organ; none for words like "multiple") and reason of each code of
    data/vocabulary/lesion_site.csv."""
    rows = read_rules("scope_sites.csv", ("code", "kind", "reason", "source"))
    return {row["code"]: (cast(TermKind, row["kind"]), row["reason"]) for row in rows}


_MENTIONS: WeakKeyDictionary[Reading, list[LesionMention]] = WeakKeyDictionary()


def lesion_mentions(reading: Reading, contexts: Contexts) -> list[LesionMention]:
    """Every mention of a document in the order of the text, with what its sentence says of it; found once."""
    if reading not in _MENTIONS:
        _MENTIONS[reading] = _find(reading, contexts)
    return _MENTIONS[reading]


def _find(reading: Reading, contexts: Contexts) -> list[LesionMention]:
    terms = []
    for key, first, last in without_overlaps(_lexicon().find(reading.words)):
        kind, reason, explains = key.split("/")
        terms.append(_Term(cast(TermKind, kind), reason, bool(explains), first, last))
    terms = _with_short_forms(reading, terms)
    firsts = [term.first for term in terms]
    mentions: list[LesionMention] = []
    for sentence in reading.sentences:
        inside = terms[bisect_left(firsts, sentence.first_word) : bisect_left(firsts, sentence.last_word)]
        if any(term.kind not in _TISSUES for term in inside):
            mentions.extend(_mentions_in(reading, contexts, sentence, inside))
    return mentions


def _with_short_forms(reading: Reading, terms: Sequence[_Term]) -> list[_Term]:
    """The terms, and the abbreviations that the document itself defines for words that end in one of them."""
    words, text = reading.words, reading.document.text
    by_end = {words.ends[term.last - 1]: term for term in terms if term.kind not in _TISSUES}
    taken = {word for term in terms for word in range(term.first, term.last)}
    more = list(terms)
    for defined in find_abbreviations(text):
        term = by_end.get(defined.end)
        if term is None or words.starts[term.first] < defined.start:
            continue
        for start, end in occurrences(text, defined.short):
            first, last = words.between(start, end)
            if first < last and taken.isdisjoint(range(first, last)):
                taken.update(range(first, last))
                more.append(replace(term, first=first, last=last))
    return sorted(more, key=lambda term: term.first)


def _mentions_in(
    reading: Reading, contexts: Contexts, sentence: Sentence, terms: Sequence[_Term]
) -> list[LesionMention]:
    words = reading.words
    places = _places(reading, terms, reading.terms_in("lesion_site", sentence))
    mentions: list[LesionMention] = []
    for term in terms:
        if term.kind in _TISSUES or (term.kind == "organ" and not term.explains):
            continue
        kind, tissue, reason = _judge(reading, term, places)
        start, end = words.starts[term.first], words.ends[term.last - 1]
        qualifiers = contexts.qualify(sentence, start, end)
        mentions.append(LesionMention(kind, start, end, sentence, qualifiers, tissue, reason, term.explains))
    return mentions


def _places(reading: Reading, terms: Sequence[_Term], sites: Sequence[TermMatch]) -> list[_Term]:
    """Skin, soft tissue and organs of a sentence: terms, and the lesion sites that share no word with any term."""
    taken = {word for term in terms for word in range(term.first, term.last)}
    places = [term for term in terms if term.kind == "organ" or term.kind in _TISSUES]
    for site in sites:
        if taken.isdisjoint(range(site.first_word, site.last_word)):
            kind, reason = site_kinds().get(site.code, ("place", ""))
            if kind != "none":
                places.append(_Term(kind, reason, False, site.first_word, site.last_word))
    return _without_adjectives(reading, places)


def _without_adjectives(reading: Reading, places: Sequence[_Term]) -> list[_Term]:
    """The places without those that only say which organ: "neck lymph node", "femoral and tibial arteries"."""
    kept: list[_Term] = []
    organs: set[int] = set()
    for place in sorted(places, key=lambda place: place.first, reverse=True):
        follower = place.last
        # In "the skin and the kidneys" each is a noun of its own.
        may_join = place.kind not in ("skin", "soft") and follower < len(reading.words)
        if may_join and follower not in organs and _is_joint(reading, follower):
            follower += 1
        if place.kind == "organ":
            organs.add(place.first)
        elif follower in organs:
            organs.add(place.first)
            continue
        kept.append(place)
    return kept


def _is_joint(reading: Reading, word: int) -> bool:
    return reading.words.doc[word].norm_ in _joints()


@cache
def _joints() -> frozenset[str]:
    """Words that join the items of a list (data/vocabulary/conjunctions.csv), and the comma."""
    path = resource("data", "vocabulary", "conjunctions.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(normalise(row[0]) or row[0] for row in csv.reader(file)) | {","}


def _judge(reading: Reading, term: _Term, places: Sequence[_Term]) -> tuple[MentionKind, Tissue | None, str | None]:
    """Kind, tissue and reason of a term that is no mere place."""
    if term.kind == "skin_calcium":
        return "calcification", "skin", None
    if term.kind in ("lookalike", "organ"):
        return "lookalike", None, term.reason
    near = sorted(
        ((_distance(reading, term, place), place.kind != "organ", place) for place in places),
        key=lambda entry: entry[:2],
    )
    near = [entry for entry in near if entry[0] <= _REACH]
    nearest = near[0][2] if near else None
    # Small vessels of the skin calcify in calciphylaxis: the skin beside them says where they are.
    if nearest is not None and nearest.reason == "vascular" and not nearest.explains:
        nearest = next((place for distance, _, place in near if place.kind == "skin" and distance <= _AROUND), nearest)
    tissue = _tissue(near, nearest)
    if term.kind == "lesion":
        # A lung mass, a liver lesion or a cyst of the liver.
        organ = next((place for place in places if _is_of_organ(reading, term, place)), None)
        if organ is not None:
            return "lookalike", None, organ.reason
        return "lesion", tissue if near and near[0][0] <= _BESIDE else None, None
    if term.kind == "calcinosis":
        return "calcinosis", tissue, term.reason
    if term.kind == "bare":
        is_organ = nearest is not None and nearest.kind == "organ" and near[0][0] <= _ATTACHED
        return ("lookalike", None, nearest.reason) if is_organ and nearest else ("calcinosis", tissue, term.reason)
    if nearest is None:
        return "deposit", None, None
    return ("calcification", tissue, None) if tissue else ("lookalike", None, nearest.reason)


def _is_of_organ(reading: Reading, lump: _Term, place: _Term) -> bool:
    """Whether an organ stands right before a lump, or behind it with "of" between."""
    if place.kind != "organ" or place.reason not in _INNER:
        return place.kind == "organ" and place.last == lump.first
    between = [reading.words.doc[index].norm_ for index in range(lump.last, place.first)]
    return place.last == lump.first or between in (["of"], ["of", "the"])


def _tissue(near: Sequence[tuple[int, bool, _Term]], nearest: _Term | None) -> Tissue | None:
    """What says most of the tissue among the places that are nearer than any organ."""
    if nearest is None or nearest.kind == "organ":
        return None
    kinds = {nearest.kind}
    for _, _, place in near:
        if place.kind == "organ":
            break
        kinds.add(place.kind)
    return next((tissue for tissue in _TISSUES if tissue in kinds), None)


def _distance(reading: Reading, one: _Term, other: _Term) -> int:
    """Words between two terms, a mark counted as several."""
    low, high = (one.last, other.first) if one.first <= other.first else (other.last, one.first)
    doc = reading.words.doc
    return sum(_PAUSE if doc[index].text in _MARKS else 1 for index in range(low, high))
