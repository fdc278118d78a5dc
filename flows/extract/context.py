"""ConText over the words of a sentence: negated, possible, hypothetical, historical, family, other person, general."""

from __future__ import annotations

from flows.extract.model import Qualifiers, Sentence
from flows.extract.reading import Reading


class SentenceContext:
    """The cues of one sentence with their scopes, found once, asked for every mention in it."""

    def __init__(self, reading: Reading, sentence: Sentence) -> None:
        self._reading = reading
        self._sentence = sentence

    def qualify(self, start: int, end: int) -> Qualifiers:
        """What the sentence says of the words between two offsets of the document."""
        return Qualifiers()


class Contexts:
    """The contexts of a document's sentences, made when first asked for."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._contexts: dict[int, SentenceContext] = {}

    def qualify(self, sentence: Sentence, start: int, end: int) -> Qualifiers:
        """What a sentence says of the words between two offsets of the document that lie in it."""
        if sentence.index not in self._contexts:
            self._contexts[sentence.index] = SentenceContext(self._reading, sentence)
        return self._contexts[sentence.index].qualify(start, end)
