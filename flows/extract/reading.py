"""A document made ready to be searched: its words, its sentences, and the vocabulary terms in it.

Words are compared as the vocabularies compare them (`flows.coding.vocabulary.normalise_word`): a term matches whatever
its case, accents, hyphens, plural and British or American spelling.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import spacy
from spacy.attrs import NORM  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from flows.coding.vocabulary import load_vocabulary, normalise
from flows.extract.model import Document, Sentence
from flows.extract.sentences import split_sentences

# A possessive s belongs to the word before it; hyphens and apostrophes inside a word are left out, as in `normalise`.
_WORD = re.compile(r"[^\W_]+(?:['\u2019]s\b)?|[^\w\s]")
_UNSEEN = frozenset("-\u2010\u2011'\u2019\u00ad")


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    return normalise(word) or word


@cache
def language() -> Language:
    """Blank English whose words are compared in their normalised form; no model, no network."""
    nlp = spacy.blank("en")
    nlp.vocab.lex_attr_getters[NORM] = _fold  # type: ignore[attr-defined]
    return nlp


class TermMatch(NamedTuple):
    """Words of the document that stand for a term. first_word, last_word: half-open range of words."""

    vocabulary: str
    code: str
    start: int
    end: int
    first_word: int
    last_word: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words and punctuation marks of a text, with the offsets of each."""

    doc: Doc
    starts: Sequence[int]
    ends: Sequence[int]

    def __len__(self) -> int:
        return len(self.starts)

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Half-open range of the words that lie within two offsets."""
        return bisect_left(self.starts, start), bisect_right(self.ends, end)


def split_words(text: str) -> Words:
    """The words of a text, without hyphens and apostrophes inside words; other marks stand as words of their own."""
    words, starts, ends = [], [], []
    for match in _WORD.finditer(text):
        word = match.group()
        if word not in _UNSEEN:
            words.append(word)
            starts.append(match.start())
            ends.append(match.end())
    return Words(Doc(language().vocab, words=words), starts, ends)


class Lexicon:
    """Phrases to be found, each under a key; one pass over the words finds all of them."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        """phrases: key and words."""
        by_key: dict[str, list[Doc]] = {}
        for key, phrase in phrases:
            doc = split_words(phrase).doc
            if len(doc):
                by_key.setdefault(key, []).append(doc)
        self._matcher = PhraseMatcher(language().vocab, attr="NORM")
        for key, docs in by_key.items():
            self._matcher.add(key, docs)

    def find(self, words: Words, first: int = 0, last: int | None = None) -> list[tuple[str, int, int]]:
        """Key and half-open range of words of every match, overlapping ones included, in order of the text."""
        span = words.doc[first : len(words) if last is None else last]
        strings = words.doc.vocab.strings
        # The matcher counts from the beginning of the document, also within a span of it.
        found = [(strings[key], begin, end) for key, begin, end in self._matcher(span)]
        return sorted(found, key=lambda match: (match[1], -match[2], match[0]))


def without_overlaps(matches: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Of matches that share words the longest, then the leftmost; in order of the text."""
    kept: list[tuple[str, int, int]] = []
    taken: set[int] = set()
    for key, first, last in sorted(matches, key=lambda match: (match[1] - match[2], match[1], match[0])):
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            kept.append((key, first, last))
    return sorted(kept, key=lambda match: match[1])


@cache
def vocabulary_lexicon(name: str) -> Lexicon:
    """The labels and synonyms of a vocabulary under their codes. A code itself is no word that authors write."""
    return Lexicon(
        (term.code, words) for term in load_vocabulary(name).terms.values() for words in (term.label, *term.synonyms)
    )


class Reading:
    """A document with its words and sentences; what several steps need is found once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._terms: dict[str, list[TermMatch]] = {}

    @cached_property
    def words(self) -> Words:
        """Words of the whole text."""
        return split_words(self.document.text)

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Sentences of all sections, in order; `Sentence.patient` is 1 until `flows.extract.patients` has looked."""
        sentences: list[Sentence] = []
        for section in self.document.sections:
            places = split_sentences(self.document.text, section.start, section.end, by_line=section.role == "table")
            for start, end in places:
                first, last = self.words.between(start, end)
                text = self.document.text[start:end]
                sentences.append(Sentence(len(sentences), start, end, text, section.role, first, last))
        return sentences

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    def sentence_at(self, offset: int) -> Sentence | None:
        """The sentence that holds an offset."""
        index = bisect_right(self._sentence_starts, offset) - 1
        if index >= 0 and offset < self.sentences[index].end:
            return self.sentences[index]
        return None

    def terms(self, vocabulary: str) -> list[TermMatch]:
        """The terms of a vocabulary in the text, in order; of those that share words the longest."""
        if vocabulary not in self._terms:
            words = self.words
            self._terms[vocabulary] = [
                TermMatch(vocabulary, code, words.starts[first], words.ends[last - 1], first, last)
                for code, first, last in without_overlaps(vocabulary_lexicon(vocabulary).find(words))
            ]
        return self._terms[vocabulary]

    def terms_in(self, vocabulary: str, sentence: Sentence) -> list[TermMatch]:
        """The terms of a vocabulary within one sentence."""
        terms = self.terms(vocabulary)
        first = bisect_left(terms, sentence.start, key=lambda term: term.start)
        last = bisect_right(terms, sentence.end, key=lambda term: term.end)
        return terms[first:last]
