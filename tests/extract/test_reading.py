from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.extract.model import Document, Section
from flows.extract.reading import Lexicon, Reading, split_words, without_overlaps


def _reading(text: str) -> Reading:
    return Reading(Document("d", text, (Section("case", None, 0, len(text)),)))


def test_a_lexicon_counts_words_from_the_beginning_of_the_text_wherever_it_begins_to_look() -> None:
    words = split_words("one two foo bar three foo bar")
    lexicon = Lexicon([("key", "foo bar")])
    assert lexicon.find(words) == [("key", 2, 4), ("key", 5, 7)]
    assert lexicon.find(words, 1) == [("key", 2, 4), ("key", 5, 7)]
    assert lexicon.find(words, 3) == [("key", 5, 7)]
    assert lexicon.find(words, 0, 5) == [("key", 2, 4)]


def test_words_are_compared_as_the_vocabularies_compare_them() -> None:
    reading = _reading("Pre-auricular masses and both axillae; Raynaud's phenomenon.")
    found = [reading.document.text[term.start : term.end] for term in reading.terms("lesion_site")]
    assert "Pre-auricular" in found
    assert "axillae" in found


def test_of_matches_that_share_words_the_longest_is_kept() -> None:
    assert without_overlaps([("a", 0, 2), ("b", 0, 3), ("c", 3, 4)]) == [("b", 0, 3), ("c", 3, 4)]


@given(st.text(max_size=300))
def test_sentences_and_words_lie_where_they_say(text: str) -> None:
    reading = _reading(text)
    for sentence in reading.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip()
        found = reading.sentence_at(sentence.start)
        assert found is sentence
    ends = [0, *(sentence.end for sentence in reading.sentences)]
    assert all(sentence.start >= end for sentence, end in zip(reading.sentences, ends, strict=False))
    assert all(start < end for start, end in zip(reading.words.starts, reading.words.ends, strict=True))
