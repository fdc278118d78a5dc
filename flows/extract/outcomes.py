"""Outcome of the calcinosis at the last follow-up, at most one a patient; the patient's death counts before all else.

Words for an outcome are data/vocabulary/outcome.csv. They count where a sentence speaks of what came after treatment
or time (data/rules/outcome_cues.csv), and of the lesions rather than of something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flows.coding.vocabulary import load_vocabulary
from flows.extract.clinical_cues import only_roles
from flows.extract.context import Contexts
from flows.extract.measurements import is_printed
from flows.extract.model import Finding, Sentence
from flows.extract.reading import Reading, TermMatch
from flows.extract.term_places import is_of_a_patient, terms_by_sentence
from flows.extract.treatments import aims

ROLES = frozenset(
    {
        "after",
        "subject",
        "lesion",
        "other_subject",
        "not_outcome",
        "onset",
        "begun",
        "in_general",
        "died",
        "someone",
        "relative",
    }
)
_DIED, _STABLE = "died", "stable"
_FAILED = re.compile(
    r"without|no\b|not\b|did not|fail|ineffect|refract|unrespons|resist|unsuccess|minimal|little", re.IGNORECASE
)
_CLAUSE = re.compile(r"[,;:]|\b(?:and|but|while|whereas|although|however|with|without)\b", re.IGNORECASE)
_BLANKED = "\0"
_NEAR = 120
_FOLLOWING = 3
# What a report ends with stands in the case itself; the abstract and the title only repeat it.
_ROLES_IN_ORDER = {"case": 3, "other": 3, "discussion": 2, "abstract": 2, "figure_caption": 1, "title": 0}


@dataclass(frozen=True, slots=True)
class _Candidate:
    weight: tuple[int, int, int, int]
    finding: Finding


def find_outcome(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The last outcome that each patient's story names; a death wins over it. In the order of the patients."""
    best: dict[int, _Candidate] = {}
    vocabulary = load_vocabulary("outcome")
    order = {code: position for position, code in enumerate(vocabulary.terms)}
    after: dict[int, bool] = {}
    for index in terms_by_sentence(reading, "outcome"):
        sentence = reading.sentences[index]
        terms = _terms(reading, sentence) if is_of_a_patient(sentence) else []
        if not terms or sentence.patient is None:
            continue
        own = _is_after(reading, index, after)
        near = own or any(_is_after(reading, before, after) for before in range(max(0, index - _FOLLOWING), index))
        told = [term for term in terms if _counts(reading, contexts, sentence, term, own=own, after=near)]
        for term in told:
            role = _ROLES_IN_ORDER.get(sentence.role, 1)
            weight = (int(term.code == _DIED), role, sentence.index, -order[term.code])
            finding = _finding(reading, sentence, term)
            known = best.get(sentence.patient)
            if known is None or weight > known.weight:
                best[sentence.patient] = _Candidate(weight, finding)
    return [
        one.finding for one in (best[patient] for patient in sorted(best)) if not _is_followed_up(reading, one, order)
    ]


def _is_followed_up(reading: Reading, candidate: _Candidate, order: Mapping[str, int]) -> bool:
    """Whether what did not help gave way to another treatment, of whose success the report says nothing."""
    finding, said = candidate.finding, reading.sentence_at(candidate.finding.start)
    if said is None or -candidate.weight[-1] != order[_STABLE] or _FAILED.match(finding.value) is None:
        return False
    return any(
        reading.sentences[index].patient == said.patient
        and reading.sentences[index].role == said.role
        and any(aims()[term.code] == "calcinosis" for term in terms)
        and _cues()["begun"].search(reading.sentences[index].text) is not None
        for index, terms in terms_by_sentence(reading, "treatment").items()
        if index > said.index
    )


def _is_after(reading: Reading, index: int, known: dict[int, bool]) -> bool:
    """Whether a sentence speaks of what came after treatment or time; looked up once."""
    if index not in known:
        known[index] = _cues()["after"].search(reading.sentences[index].text) is not None
    return known[index]


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    return only_roles("outcome_cues", ROLES)


def _terms(reading: Reading, sentence: Sentence) -> list[TermMatch]:
    text = reading.document.text
    return [
        term
        for term in terms_by_sentence(reading, "outcome")[sentence.index]
        if is_printed("outcome", text[term.start : term.end])
    ]


def _counts(
    reading: Reading,
    contexts: Contexts,
    sentence: Sentence,
    term: TermMatch,
    *,
    own: bool,
    after: bool,
) -> bool:
    """Whether words for an outcome tell this patient's outcome of the calcinosis."""
    cues, text = _cues(), reading.document.text
    qualifiers = contexts.qualify(sentence, term.start, term.end)
    if not qualifiers.is_of_patient or qualifiers.possible or (qualifiers.negated and not _denies_itself(text, term)):
        return False
    around = text[max(sentence.start, term.start - 30) : min(sentence.end, term.end + 40)]
    if any(match.start() <= 30 + len(text[term.start : term.end]) for match in cues["not_outcome"].finditer(around)):
        return False
    before = text[max(sentence.start, term.start - _NEAR) : term.start]
    if term.code == _DIED:
        relative = cues["relative"].search(before[-40:])
        if relative is not None or cues["in_general"].search(before) is not None:
            return False
        return cues["someone"].search(sentence.text) is not None
    if term.code == "lost_to_follow_up":
        return True
    if not after or cues["onset"].search(before):
        return False
    start, end = _clause(text, sentence, term)
    if cues["subject"].search(text, start, term.start) is None:
        # "Fever came up but resolved" has its subject before the clause.
        start = _clause_before(text, sentence, start)
    clause = cues["other_subject"].sub(_blank, text[start:end])
    if cues["lesion"].search(clause):
        return True
    if _BLANKED in clause:
        return False
    return own or cues["subject"].search(clause) is not None


def _blank(match: re.Match[str]) -> str:
    return _BLANKED * len(match.group())


def _denies_itself(text: str, term: TermMatch) -> bool:
    """Whether a denial is part of the words ("no recurrence", "did not improve")."""
    return (
        re.match(r"no|not|without|did not|non|free|failed|un", text[term.start : term.end], re.IGNORECASE) is not None
    )


def _clause(text: str, sentence: Sentence, term: TermMatch) -> tuple[int, int]:
    start, end = sentence.start, sentence.end
    for match in _CLAUSE.finditer(text, sentence.start, sentence.end):
        if match.end() <= term.start:
            start = match.end()
        elif match.start() >= term.end:
            return start, match.start()
    return start, end


def _clause_before(text: str, sentence: Sentence, end: int) -> int:
    """Where the clause begins that ends with the word that opens the one at an offset."""
    borders = [match for match in _CLAUSE.finditer(text, sentence.start, end) if match.end() < end]
    return borders[-1].end() if borders else sentence.start


def _finding(reading: Reading, sentence: Sentence, term: TermMatch) -> Finding:
    words = " ".join(reading.document.text[term.start : term.end].split())
    rule = "outcome_death" if term.code == _DIED else "outcome_last_follow_up"
    return Finding("outcome", words, term.start, term.end, rule, sentence.patient or 0)
