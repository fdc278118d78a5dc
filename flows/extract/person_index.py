"""The words of each sentence that speak of persons, found in one pass so that slow cues are tried only where they may be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from flows.extract.model import Sentence
from flows.extract.person_words import (
    SexCue,
    listed_words,
    number_words,
    patient_cue,
    patient_cues,
    sex_pattern,
    sex_words,
)
from flows.extract.reading import Reading

_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class PersonWord:
    """A word for a person, or one that tells the sex. start, end: offsets in its sentence.

    cue: what it tells of the sex; None for a word of kin or of somebody else (donor, physician).
    """

    start: int
    end: int
    cue: SexCue | None


@dataclass(frozen=True, slots=True)
class SentenceWords:
    """words: all of a sentence in lower case; persons: those for persons, in order; numbers: offsets in the sentence of
    the words that a number may begin with."""

    words: frozenset[str]
    persons: Sequence[PersonWord]
    numbers: Sequence[int]


@lru_cache(maxsize=16)
def sentence_words(reading: Reading) -> tuple[SentenceWords, ...]:
    """The words of every sentence of a document, by the index of the sentence."""
    return tuple(_read(sentence.text) for sentence in reading.sentences)


def find_cue(reading: Reading, sentence: Sentence, kind: str) -> re.Match[str] | None:
    """The first words of a sentence that are a cue of a kind (data/rules/patient_cues.csv)."""
    needed = patient_cues()[kind][0]
    if needed and needed.isdisjoint(sentence_words(reading)[sentence.index].words):
        return None
    return patient_cue(kind).search(sentence.text)


def _read(text: str) -> SentenceWords:
    starts = _starts()
    words: set[str] = set()
    persons: list[PersonWord] = []
    numbers: list[int] = []
    end = 0
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        words.add(word)
        known = starts.get(word, _UNKNOWN)
        if known is _UNKNOWN:
            continue
        if known is _NUMBER:
            numbers.append(match.start())
            continue
        if match.start() < end:
            continue
        longer = sex_pattern().match(text, match.start()) if known is not None or word in _longer() else None
        if longer is not None:
            cue = sex_words()[longer.group().casefold()]
            persons.append(PersonWord(longer.start(), longer.end(), cue if cue.kind != "kin" else None))
            end = longer.end()
        elif word in _others():
            persons.append(PersonWord(match.start(), match.end(), None))
    return SentenceWords(frozenset(words), persons, numbers)


_UNKNOWN = SexCue("unknown", "", 0.0)
_NUMBER = SexCue("number", "", 0.0)


@cache
def _others() -> frozenset[str]:
    return listed_words("relative") | listed_words("other_person")


@cache
def _longer() -> frozenset[str]:
    """First words of the words for a sex."""
    return frozenset(match.group() for word in sex_words() if (match := _TOKEN.match(word)))


@cache
def _starts() -> Mapping[str, SexCue | None]:
    """Words in lower case at which a word for a person may begin; with what the word alone tells."""
    persons = {word: sex_words().get(word) for word in (*_others(), *_longer())}
    return {**dict.fromkeys(number_words(), _NUMBER), **persons}
