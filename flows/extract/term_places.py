"""The terms of a vocabulary by the sentence that they stand in."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from flows.extract.model import Sentence
from flows.extract.reading import Reading, TermMatch

_PLACES: WeakKeyDictionary[Reading, dict[str, dict[int, list[TermMatch]]]] = WeakKeyDictionary()


def terms_by_sentence(reading: Reading, vocabulary: str) -> dict[int, list[TermMatch]]:
    """Number of each sentence that holds terms of a vocabulary -> its terms, both in order; found once."""
    places = _PLACES.setdefault(reading, {})
    if vocabulary not in places:
        places[vocabulary] = _placed(reading, vocabulary)
    return places[vocabulary]


def _placed(reading: Reading, vocabulary: str) -> dict[int, list[TermMatch]]:
    found: dict[int, list[TermMatch]] = {}
    sentences = iter(reading.sentences)
    sentence = next(sentences, None)
    for term in reading.terms(vocabulary):
        while sentence is not None and sentence.end < term.end:
            sentence = next(sentences, None)
        if sentence is None:
            break
        if sentence.start <= term.start:
            found.setdefault(sentence.index, []).append(term)
    return found


def is_of_a_patient(sentence: Sentence) -> bool:
    """Whether a sentence speaks of a patient of the report, outside its list of references."""
    return sentence.patient is not None and sentence.role != "references"
