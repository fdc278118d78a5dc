"""How long a patient has had the associated disease, from its diagnosis or onset to the presentation.

A length of time counts only where the words join it to a disease that goes with calcinosis by its nature
(data/rules/disease_roles.csv): "systemic sclerosis for 12 years", "a 12-year history of dermatomyositis", "on
haemodialysis for 3 years". The words that may stand between are data (data/rules/duration_patterns.csv), so that the
length of a treatment or of a symptom is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from flows.coding.coder import code_text
from flows.extract.context import Contexts
from flows.extract.diseases import role_of
from flows.extract.model import Finding, Sentence
from flows.extract.patients import patient_at
from flows.extract.person_index import sentence_words
from flows.extract.person_words import fill
from flows.extract.reading import Reading, TermMatch
from flows.rules import read_rules

Order = Literal["length_first", "term_first", "alone"]
_COLUMNS = ["rule", "order", "between", "after", "confidence", "quote", "matches", "must_not_match", "source"]
_REACH = 110
# Words of the forms that name no disease; without one of them and without a disease no length needs to be read.
_ALONE = frozenset({"duration", "vintage", "dialysed", "dialyzed", "dependent"})
_ROLES = frozenset({"title", "abstract", "case", "introduction", "discussion", "figure_caption"})


@dataclass(frozen=True, slots=True)
class _Form:
    """between: what stands between length and disease, all of it; after: what follows the length."""

    rule: str
    order: Order
    between: re.Pattern[str]
    after: re.Pattern[str]
    confidence: float


@cache
def _forms() -> tuple[_Form, ...]:
    """Rows of data/rules/duration_patterns.csv. Raises ValueError for an unknown column or order."""
    forms = []
    for row in read_rules("duration_patterns.csv", _COLUMNS):
        if row["order"] not in get_args(Order):
            raise ValueError(f"duration_patterns.csv: {row['rule']}: unknown order {row['order']!r}")
        between, after = (re.compile(fill(row[column]), re.IGNORECASE) for column in ("between", "after"))
        forms.append(_Form(row["rule"], row["order"], between, after, float(row["confidence"])))  # type: ignore[arg-type]
    return tuple(forms)


@cache
def _length() -> re.Pattern[str]:
    number = fill("{number}")
    return re.compile(
        r"(?<![\w.,/])(?:(?:(?:more|less|longer)\s+than|over|at\s+least|about|approximately|almost|nearly|around|some|[>~\u2248])\s*)?"
        rf"(?:(?:{number}(?:\s*(?:-|\u2013|to|or)\s*{number})?)\+?[\s-]*(?:{fill('{unit}')}|decades?)|an?\s+(?:year|decade))\b"
        rf"(?:\s+and\s+{number}\s+months)?",
        re.IGNORECASE,
    )


def find_disease_durations(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The duration of the associated disease of each patient, at most one each: the first that is said.

    Call `assign_patients` first. The value is the length of time in the author's words ("5-6 years").
    """
    found: dict[int, Finding] = {}
    for sentence in reading.sentences:
        if sentence.patient is None or sentence.role not in _ROLES:
            continue
        for finding in _in_sentence(reading, sentence, contexts):
            found.setdefault(finding.patient, finding)
    return [finding for _, finding in sorted(found.items())]


def _in_sentence(reading: Reading, sentence: Sentence, contexts: Contexts) -> Iterator[Finding]:
    terms = [term for term in reading.terms_in("disease", sentence) if _goes_with_calcinosis(term.code)]
    if not terms and _ALONE.isdisjoint(sentence_words(reading)[sentence.index].words):
        return
    lengths = [match for match in _length().finditer(sentence.text) if _is_length(match.group())]
    for match in lengths:
        form = _form_of(sentence, match, terms, contexts)
        patient = patient_at(reading, sentence.start + match.start())
        if form is None or patient is None:
            continue
        start, end = sentence.start + match.start(), sentence.start + match.end()
        yield Finding(
            "disease_duration_years", match.group(), start, end, form.rule, patient, confidence=form.confidence
        )


def _form_of(sentence: Sentence, match: re.Match[str], terms: list[TermMatch], contexts: Contexts) -> _Form | None:
    text = sentence.text
    for form in _forms():
        if not form.after.match(text, match.end()):
            continue
        if form.order == "alone":
            if form.between.search(text[: match.start()]):
                return form
            continue
        for term in terms:
            start, end = term.start - sentence.start, term.end - sentence.start
            between = text[match.end() : start] if form.order == "length_first" else text[end : match.start()]
            joined = start >= match.end() if form.order == "length_first" else end <= match.start()
            if joined and len(between) <= _REACH and form.between.fullmatch(between):
                qualifiers = contexts.qualify(sentence, term.start, term.end)
                general = qualifiers.general and sentence.role in ("introduction", "discussion")
                if not (general or qualifiers.negated or qualifiers.family or qualifiers.other_person):
                    return form
    return None


@cache
def _goes_with_calcinosis(code: str) -> bool:
    role = role_of(code)
    return role is not None and role.associated == "by_nature"


@cache
def _is_length(words: str) -> bool:
    item = code_text("disease_duration_years", words)[0]
    return item.problem is None and item.state == "present" and (item.value_low or item.value_high or 0) > 0
