"""Values, reference ranges and judgements in the text of a sentence, before it is known to which test they belong.

A number is a result where a unit follows it that its test can have, or where it stands close behind the test and no
word of another kind follows. Reference ranges, targets, citations and years are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from flows.coding.units import conversion
from flows.coding.vocabulary import load_vocabulary
from flows.extract.lab_cues import ends_with, lab_cues
from flows.extract.model import Sentence
from flows.extract.reading import Reading, TermMatch
from flows.extract.results import Named, Said
from flows.extract.term_places import terms_by_sentence

# Taken whole or not at all: of "0.7:" the 0 alone is no number.
_NUMBER = "\\d++(?:[.,\u00b7\u2219\u22c5]\\d++)*+"
_VALUE = re.compile(
    f"(?:[<>\u2264\u2265~\u2248]=?\\s*)?(?<![\\w.,:/^-])(?P<low>{_NUMBER})"
    f"(?:\\s*(?:[-\u2010-\u2015\u2212]|to)\\s*(?P<high>{_NUMBER}))?(?!\\d|:\\d)"
)
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_LIMIT = re.compile(
    f"[\\s:=,.;(]*(?:(?:is|are|was|of|from|between|up to|less than|below|above|under|over|being|being between)\\s+)?"
    f"[<>\u2264\u2265]?=?\\s*{_NUMBER}(?:\\s*(?:[{_DASHES}]|to|and)\\s*{_NUMBER})?",
    re.IGNORECASE,
)
_A_RANGE = re.compile(f"{_NUMBER}\\s*(?:[{_DASHES}]|to|and)\\s*{_NUMBER}|[<>\u2264\u2265]")
_BARE_RANGE = re.compile(f"\\s*{_NUMBER}\\s*(?:[{_DASHES}]|to)\\s*{_NUMBER}[^()\\[\\]\\d]*")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ENDS_A_NUMBER = re.compile(r"\s*(?:$|[.,;:)\]|/(]|and\b|or\b|with\b|but\b|on\b|at\b|which\b|before\b|after\b|to\b)")
_CITATION = re.compile(
    r"\[\s*\d[\d\s,\u2013-]*\]|\b(?:fig(?:ure)?s?|tables?|case|patient|day|grade|stage|type|week|no)\.?\s*$", re.I
)
_SHARED_UNIT = re.compile(f"(?:\\s*(?:,|and|to|or|/|[{_DASHES}])+\\s*{_NUMBER})+", re.IGNORECASE)
_POWER = re.compile(r"[x\u00d7*]\s*(?:10\s*\^?\s*)?$", re.IGNORECASE)
_LONGEST_UNIT = 34
_WORDS_OF_A_UNIT = 6
_PRINTED_EXACTLY = 4
_SHORTEST_WORD = 3
_NEAR = 60


@cache
def _printed_forms(vocabulary: str) -> tuple[frozenset[str], frozenset[str]]:
    """Label and synonyms of a vocabulary as they are printed, and those that are words rather than abbreviations."""
    terms = load_vocabulary(vocabulary).terms.values()
    forms = frozenset(words for term in terms for words in (term.label, *term.synonyms))
    plain_words = frozenset(form.casefold() for form in forms if len(form) >= _SHORTEST_WORD and form[1:].islower())
    return forms, plain_words


def is_printed(vocabulary: str, words: str) -> bool:
    """Whether words may stand for a term: an abbreviation only with its own capitals ("US", but not "us")."""
    if len(words) > _PRINTED_EXACTLY or not words.isascii():
        return True
    forms, plain_words = _printed_forms(vocabulary)
    if words in forms or (words[1:].islower() and words.casefold() in plain_words):
        return True
    return words[-1:] == "s" and words[:-1] in forms and words[:-1].isupper()


def reference_ranges(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Reference ranges between two offsets: behind a word that announces one, or a bare range in a bracket."""
    for match in lab_cues()["range"].finditer(text, start, end):
        limit = _LIMIT.match(text, match.end(), end)
        if limit is None:
            continue
        inside = text.rfind("(", start, match.start()) > text.rfind(")", start, match.start())
        inside |= text.rfind("[", start, match.start()) > text.rfind("]", start, match.start())
        if inside or _A_RANGE.search(limit.group()):
            yield match.start(), limit.end()
    for match in _BRACKET.finditer(text, start, end):
        inside_of = match.group()[1:-1]
        value = re.search(r"\d", text[max(start, match.start() - 30) : match.start()])
        for part in re.finditer(r"[^,;]+", inside_of):
            if _BARE_RANGE.fullmatch(part.group()) and (value or part.start() > 0):
                yield match.start() + 1 + part.start(), match.start() + 1 + part.end()


def values_in(
    text: str, sentence: Sentence, taken: Sequence[tuple[int, int]], names: Sequence[Named]
) -> Iterator[Said]:
    """Numbers that may be results, with their units; those of names, reference ranges and targets left out."""
    first = min(name.end for name in names)
    last = first
    for match in _VALUE.finditer(text, first, sentence.end):
        start, end = match.span()
        if start < last or any(low < end and start < high for low, high in taken):
            continue
        if _POWER.search(text, max(first, start - 8), start):
            continue
        name = max((one for one in names if one.end <= start), key=lambda one: one.end)
        if _CITATION.search(text[max(sentence.start, start - 12) : start]) or _is_citation(text, start, end):
            continue
        if _is_target(text, sentence, name, start):
            continue
        unit = _unit_behind(text, end, sentence.end, name.code)
        if unit is not None and match["high"] and ends_with("from", text[max(name.end, start - 12) : start]):
            yield Said(start, match.end("low"))
            yield Said(match.start("high"), unit)
        elif unit is not None:
            last = unit
            yield Said(start, unit)
        elif _ENDS_A_NUMBER.match(text, end, sentence.end) and _is_plain(text, match, name):
            yield Said(start, end)


def _is_citation(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start] == "[" and text[end : end + 1] in "],-\u2013"


def _is_plain(text: str, match: re.Match[str], name: Named) -> bool:
    """Whether a number without a unit may be a result: it stands close behind the name, and is no year."""
    low = match["low"]
    if len(low) == 4 and low[:2] in ("19", "20") and low.isdigit():
        return False
    return match.start() - name.end <= _NEAR


def _is_target(text: str, sentence: Sentence, name: Named, start: int) -> bool:
    """Whether the number is what somebody wants to reach."""
    limit = ends_with("limit_of", text[max(name.end, start - 20) : start])
    if limit and lab_cues()["modal"].search(sentence.text):
        return True
    clause = max(text.rfind(mark, sentence.start, name.start) for mark in ",;")
    return lab_cues()["target"].search(text, max(clause, sentence.start), start) is not None


@lru_cache(maxsize=16_384)
def _unit_of(words: str, code: str | None) -> bool:
    return any(letter.isalpha() or letter in "%/" for letter in words) and conversion(code, words) is not None


def _unit_behind(text: str, end: int, limit: int, code: str | None) -> int | None:
    """End of the unit that follows a number, None where none does that the test can have."""
    rest = re.split(r"[,;(\[]|\.(?=\s|$)", text[end : min(limit, end + _LONGEST_UNIT)], maxsplit=1)[0]
    ends = [match.end() for match in re.finditer(r"[^\s)\]]+", rest)][:_WORDS_OF_A_UNIT]
    for length in reversed(ends):
        words = rest[:length].strip().rstrip(".")
        if words and _unit_of(words, code):
            return end + len(rest[:length].rstrip("."))
    return None


def plain(text: str, said: Said) -> str:
    """The words between two offsets, with single spaces."""
    return " ".join(text[said.start : said.end].split())


def with_unit(text: str, value: Said, limit: int, code: str) -> str:
    """A value as printed; of several values with one unit behind the last, each with that unit.

    A unit that would have to be converted is left out there: the quote, which ends before it, could not give it again.
    """
    words = plain(text, value)
    if re.search(r"[^\W\d_]|%", words):
        return words
    shared = _SHARED_UNIT.match(text, value.end, limit)
    if shared is None:
        return words
    end = _unit_behind(text, shared.end(), limit, code)
    unit = "" if end is None else " ".join(text[shared.end() : end].split())
    converted = conversion(code, unit)
    return words if converted is None or converted.factor != 1 else f"{words} {unit}"


def judgements_in(reading: Reading, sentence: Sentence, taken: Sequence[tuple[int, int]]) -> list[Said]:
    """Judgements of a sentence outside the taken stretches; one letter, or two capitals, only as a flag in brackets."""
    text = reading.document.text
    found: list[Said] = []
    for term in terms_by_sentence(reading, "interpretation").get(sentence.index, []):
        if any(low < term.end and term.start < high for low, high in taken):
            continue
        printed = text[term.start : term.end]
        is_short = len(printed) == 1 or (len(printed) == 2 and printed.isupper())
        if is_short and printed.isalpha() and not _is_flag(text, term):
            continue
        found.append(Said(term.start, term.end, term.code))
    return found


def _is_flag(text: str, term: TermMatch) -> bool:
    return text[term.start : term.end].isupper() and text[term.start - 1 : term.start] in ("(", "[")
