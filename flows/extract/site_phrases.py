"""The phrases of a sentence that name places on the body: "the medial aspects of both thighs", "ring and index fingers"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from spacy.attrs import NORM  # type: ignore[import-not-found]
from spacy.tokens import Doc

from flows.coding.coder import code_text
from flows.coding.items import CodedItem
from flows.coding.site_grammar import grammar
from flows.extract.model import Sentence
from flows.extract.reading import Reading, TermMatch
from flows.extract.site_cues import cue_table

# One letter for each kind of word, so that a phrase is a regular expression over the letters of a sentence.
_LETTERS = {
    "side": "m",
    "surface": "m",
    "position": "m",
    "part": "m",
    "tissue": "t",
    "ordinal": "m",
    "digit_name": "n",
    "name_part": "m",
    "prefix": "m",
    "of": "f",
    "determiner": "d",
    "join": "j",
    "preposition": "p",
    "shows": "v",
}
_SITE, _COMMA, _OPEN, _CLOSE, _OTHER, _SLASH = "s", ",", "(", ")", "x", "/"
_MARKS = {",": _COMMA, "(": _OPEN, ")": _CLOSE, "[": _OPEN, "]": _CLOSE, "/": _SLASH, "&": "j", "+": "j"}
_UNIT = r"[mnt]*s[smt]*"
_LEAD = r"(?:[mnt]+(?:fd*|,?jd*|,d*|/|(?=[mnts])))*"
_PHRASE = re.compile(rf"{_LEAD}{_UNIT}(?:fd*{_LEAD}{_UNIT}|(?:,j?|j|/)d*{_LEAD}{_UNIT}|\(m+\)|pd*m+(?![mnts]))*")
_LAST_OF_LIST = re.compile(rf"(?:,j?|j|/)d*{_LEAD}{_UNIT}$")
_EDGE = frozenset("tfd")


@dataclass(frozen=True, slots=True)
class SitePhrase:
    """Words first to last (half-open) of a document, the text between its offsets, and what the words are coded as."""

    first: int
    last: int
    start: int
    end: int
    text: str
    items: tuple[CodedItem, ...]
    is_adjective: bool


@dataclass(frozen=True, slots=True)
class SentenceWords:
    """The words of one sentence: their normal forms, their kinds, and the phrases that name sites.

    present: the kinds of all phrases of cues that stand in the sentence, those within longer phrases included.
    """

    sentence: Sentence
    norms: Sequence[str]
    kinds: Sequence[str]
    present: frozenset[str]
    phrases: Sequence[SitePhrase]


_READ: WeakKeyDictionary[Reading, tuple[list[str], dict[int, SentenceWords]]] = WeakKeyDictionary()
_NORMS: dict[int, str] = {}


def read_sites(reading: Reading, sentence: Sentence) -> SentenceWords:
    """The words and site phrases of a sentence, found once. Tissues and organs are no places on the body."""
    if reading not in _READ:
        _READ[reading] = _norms(reading.words.doc), {}
    norms, done = _READ[reading]
    if sentence.index not in done:
        done[sentence.index] = _read(reading, sentence, norms[sentence.first_word : sentence.last_word])
    return done[sentence.index]


def _read(reading: Reading, sentence: Sentence, norms: list[str]) -> SentenceWords:
    first = sentence.first_word
    kinds, present = cue_table().scan(norms)
    phrases: list[SitePhrase] = []
    terms = reading.terms_in("lesion_site", sentence)
    if terms or "kept_words" in present:
        letters = _letters(first, norms, kinds, terms)
        for match in _PHRASE.finditer(letters) if _SITE in letters else ():
            phrases += _phrases(reading, first, match.start(), match.end(), letters, norms, kinds)
    return SentenceWords(sentence, norms, kinds, present, phrases)


def _norms(doc: Doc) -> list[str]:
    """The normal forms of all words of a document."""
    strings = doc.vocab.strings
    norms = []
    for key in map(int, doc.to_array([NORM]).ravel()):
        if key not in _NORMS:
            _NORMS[key] = strings[key]
        norms.append(_NORMS[key])
    return norms


def _letters(first: int, norms: Sequence[str], kinds: Sequence[str], terms: Sequence[TermMatch]) -> str:
    letters = [_LETTERS.get(kind) or _MARKS.get(norm, _OTHER) for norm, kind in zip(norms, kinds, strict=True)]
    excluded = cue_table().lists["excluded_code"]
    for term in terms:
        low, high = term.first_word - first, term.last_word - first
        if "not_a_site" in kinds[low:high]:
            continue
        kept = "kept_words" in kinds[low:high]
        letter = _SITE if kept or term.code not in excluded else "t" if _is_tissue(norms[low:high]) else _OTHER
        if letter != _OTHER or letters[low] == _OTHER:
            letters[low:high] = [letter] * (high - low)
    for index, kind in enumerate(kinds):
        if kind == "kept_words":
            letters[index] = _SITE
    return "".join(letters)


@lru_cache(maxsize=4096)
def _is_tissue_word(word: str) -> bool:
    found = grammar().phrases.get((word,))
    return found is not None and found[0] in ("tissue", "part", "position")


def _is_tissue(words: Sequence[str]) -> bool:
    return all(map(_is_tissue_word, words))


def _phrases(
    reading: Reading,
    offset: int,
    begin: int,
    end: int,
    letters: str,
    norms: Sequence[str],
    kinds: Sequence[str],
) -> list[SitePhrase]:
    """The phrase between two words, without what another noun claims: "knee" in "elbows and knee pain"."""
    claimed = end < len(kinds) and kinds[end] == "other_finding"
    if claimed and (last := _LAST_OF_LIST.search(letters, begin, end)) is not None and last.start() > begin:
        tail = last.end() - len(last.group().lstrip(",j/d"))
        head = _phrase(reading, offset, begin, last.start(), letters, norms)
        claimed_part = _phrase(reading, offset, tail, end, letters, norms)
        return [phrase for phrase in (head, claimed_part) if phrase is not None]
    phrase = _phrase(reading, offset, begin, end, letters, norms)
    return [phrase] if phrase is not None else []


def _phrase(
    reading: Reading, offset: int, begin: int, end: int, letters: str, norms: Sequence[str]
) -> SitePhrase | None:
    while begin < end and letters[begin] in _EDGE:
        begin += 1
    while end > begin and letters[end - 1] in _EDGE:
        end -= 1
    begin = _behind_surface(reading, offset, begin, end, letters, norms)
    if _SITE not in letters[begin:end]:
        return None
    words = reading.words
    start, stop = words.starts[offset + begin], words.ends[offset + end - 1]
    text = reading.document.text[start:stop]
    excluded = cue_table().lists["excluded_code"]
    items = tuple(item for item in code_site_text(text) if item.code is not None)
    if not items or all(item.code in excluded - {"generalised"} for item in items):
        return None
    last_site = norms[max(index for index in range(begin, end) if letters[index] == _SITE)]
    endings = tuple(cue_table().lists["adjective_ending"])
    # "Gluteal plaques", but "the auditory canal.", "the lesions were gluteal." and "gluteal skin".
    goes_on = end < len(norms) and norms[end][0].isalnum() and letters[end] != "t"
    is_adjective = goes_on and letters[end - 1] == _SITE and len(last_site) > 4 and last_site.endswith(endings)
    return SitePhrase(offset + begin, offset + end, start, stop, text, items, is_adjective)


def _behind_surface(reading: Reading, offset: int, begin: int, end: int, letters: str, norms: Sequence[str]) -> int:
    """Where a phrase begins without a noun that is no place of its own: "back" in "back of the right calf"."""
    if "f" not in letters[begin:end] or not cue_table().holds(norms[begin : begin + 1], "surface_noun"):
        return begin
    of = letters.index("f", begin)
    words = reading.words
    text = reading.document.text[words.starts[offset + begin] : words.ends[offset + end - 1]]
    alone = {item.code for item in code_site_text(norms[begin])}
    if of != begin + 1 or not any(item.code in alone for item in code_site_text(text)):
        return begin
    rest = of + 1
    while rest < end and letters[rest] == "d":
        rest += 1
    return rest


@lru_cache(maxsize=16_384)
def code_site_text(text: str) -> tuple[CodedItem, ...]:
    """What the words of a site phrase are coded as."""
    return tuple(code_text("lesion_sites", text))
