"""Treatments that the patient was given, and whether they were aimed at the calcinosis.

Names are data/vocabulary/treatment.csv, what each is usually aimed at data/rules/treatment_targets.csv, the words
around them data/rules/treatment_cues.csv. A treatment that was only planned, offered, refused, or that caused the
calcinosis, is none; giving up a drug that caused it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, cast, get_args

from flows.coding.vocabulary import load_vocabulary
from flows.extract.clinical_cues import only_roles
from flows.extract.context import Contexts
from flows.extract.lesions import LesionMention, lesion_mentions
from flows.extract.measurements import is_printed
from flows.extract.model import Finding, Sentence, Target
from flows.extract.reading import Reading, TermMatch
from flows.extract.term_places import is_of_a_patient, terms_by_sentence
from flows.rules import read_rules

Aim = Literal["calcinosis", "lesion", "other", "supplement", "trigger", "none"]
"""What a treatment is usually aimed at.

calcinosis: it, unless the sentence says otherwise.   lesion: it only where the sentence says so.   other: something
else.   supplement: something else, unless it is given up.   trigger: a drug that can cause calcinosis, so that only giving
it up is a treatment.   none: no treatment at all.
"""

ROLES = frozenset(
    {
        "given",
        "in_front",
        "action",
        "not_given",
        "withdrawn",
        "cause",
        "onset",
        "past",
        "better",
        "long_term",
        "for",
        "lesion_word",
        "other_object",
        "not_in_prose",
        "named_by",
        "named_behind",
        "treats",
        "treats_cause",
        "tried",
        "cause_behind",
        "given_up",
    }
)
_COLUMNS = ["code", "target", "source"]
_LESIONS = frozenset({"calcinosis", "calcification", "deposit", "lesion"})
_CLAUSE = re.compile(
    r"[;:]|,\s*(?:but|and|who|while|whereas|although)\b|\b(?:but|while|whereas|although|however)\b", re.IGNORECASE
)
_MEANS = re.compile(r"\W+(?:by|with|using|through|via)\W+(?:\w+\W+){0,2}", re.IGNORECASE)
_LISTED = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|plus)\s+", re.IGNORECASE)
_BEHIND = 70
_BEFORE = 60
_IN_FRONT = 30


def find_treatments(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Treatments in the order of the text, each with its target."""
    findings: list[Finding] = []
    mentions: dict[int, list[LesionMention]] = {}
    for mention in lesion_mentions(reading, contexts):
        mentions.setdefault(mention.sentence.index, []).append(mention)
    for index in terms_by_sentence(reading, "treatment"):
        sentence = reading.sentences[index]
        terms = _terms(reading, sentence) if is_of_a_patient(sentence) else []
        if terms:
            findings += _treatments(reading, contexts, sentence, terms, mentions.get(index, []))
    return findings


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    return only_roles("treatment_cues", ROLES)


@cache
def aims() -> Mapping[str, Aim]:
    """Code of every treatment -> what it is usually aimed at; a code without a row takes that of its parent."""
    vocabulary = load_vocabulary("treatment")
    rows = {row["code"]: row["target"] for row in read_rules("treatment_targets.csv", _COLUMNS)}
    for code, aim in rows.items():
        if code not in vocabulary.terms or aim not in get_args(Aim):
            raise ValueError(f"treatment_targets.csv: '{code}' with '{aim}' is unknown")
    found: dict[str, Aim] = {}
    for code in vocabulary.terms:
        nearest = next((one for one in (code, *vocabulary.ancestors(code)) if one in rows), None)
        if nearest is None:
            raise ValueError(f"treatment_targets.csv: no row for '{code}' or what holds it")
        found[code] = cast(Aim, rows[nearest])
    return found


def _terms(reading: Reading, sentence: Sentence) -> list[TermMatch]:
    text = reading.document.text
    found: list[TermMatch] = []
    bare: list[TermMatch] = []
    for term in terms_by_sentence(reading, "treatment").get(sentence.index, []):
        words = text[term.start : term.end]
        if aims()[term.code] == "none" or not is_printed("treatment", words):
            continue
        is_bare = _cues()["not_in_prose"].fullmatch(words) is not None and aims()[term.code] != "supplement"
        (bare if is_bare and not _is_named_treatment(text, sentence, term) else found).append(term)
    # "calcitonin, saline and zoledronate": a word of many meanings is a treatment among treatments.
    found += [term for term in bare if any(_is_listed_with(text, term, other) for other in found)]
    return sorted(found, key=lambda term: term.start)


def _is_listed_with(text: str, one: TermMatch, other: TermMatch) -> bool:
    low, high = (one.end, other.start) if one.start < other.start else (other.end, one.start)
    return _LISTED.fullmatch(text, low, high) is not None


def _is_named_treatment(text: str, sentence: Sentence, term: TermMatch) -> bool:
    """Whether a word of many meanings is the treatment here: it is said to have been given ("was managed with …")."""
    before = text[max(sentence.start, term.start - _IN_FRONT) : term.start]
    behind = text[term.end : min(sentence.end, term.end + _IN_FRONT)]
    return _cues()["named_by"].search(before) is not None or _cues()["named_behind"].match(behind.lstrip()) is not None


def _treatments(
    reading: Reading,
    contexts: Contexts,
    sentence: Sentence,
    terms: Sequence[TermMatch],
    mentions: Sequence[LesionMention],
) -> Iterator[Finding]:
    text = reading.document.text
    for index, term in enumerate(terms):
        aim = aims()[term.code]
        if index + 1 < len(terms) and _is_its_means(text, term, terms[index + 1]):
            continue
        qualifiers = contexts.qualify(sentence, term.start, term.end)
        start, end = _clause(text, sentence, term)
        # What was not tolerated was given before.
        negated = qualifiers.negated and _cues()["given_up"].search(text, start, end) is None
        if not qualifiers.is_of_patient or negated or qualifiers.possible or sentence.patient is None:
            continue
        if aim in ("trigger", "supplement"):
            withdrawn = _withdrawal(text, term, start, end)
            if withdrawn is not None:
                words = " ".join(text[withdrawn[0] : withdrawn[1]].split())
                yield _finding(words, *withdrawn, "treatment_withdrawn", sentence.patient, "calcinosis")
                continue
            if (aim == "trigger" and not _is_tried(text, sentence)) or not _is_a_drug(text, sentence, term):
                continue
        if not _is_given(text, sentence, term, start, end):
            continue
        target = _target(reading, sentence, term, aim, mentions)
        words = " ".join(text[term.start : term.end].split())
        yield _finding(words, term.start, term.end, "treatment_given", sentence.patient, target)


def _is_its_means(text: str, term: TermMatch, following: TermMatch) -> bool:
    """Whether the next treatment is how this one was done: "removed by laser"."""
    between = text[term.end : following.start]
    return (
        _MEANS.fullmatch(between) is not None and _cues()["action"].fullmatch(text[term.start : term.end]) is not None
    )


def _is_tried(text: str, sentence: Sentence) -> bool:
    """Whether the sentence tells of attempts at treatment, which an anticoagulant may be among."""
    return _cues()["tried"].search(text, sentence.start, sentence.end) is not None


def _is_a_drug(text: str, sentence: Sentence, term: TermMatch) -> bool:
    """Whether calcium or vitamin D is what was given here, not what was measured."""
    bare = _cues()["not_in_prose"].fullmatch(text[term.start : term.end]) is not None
    return not bare or _is_named_treatment(text, sentence, term)


def _finding(words: str, start: int, end: int, rule: str, patient: int, target: Target) -> Finding:
    return Finding("treatments", words, start, end, rule, patient, target=target)


def _clause(text: str, sentence: Sentence, term: TermMatch) -> tuple[int, int]:
    """The part of the sentence that the term stands in, between words that begin a new statement."""
    start, end = sentence.start, sentence.end
    for match in _CLAUSE.finditer(text, sentence.start, sentence.end):
        if match.end() <= term.start:
            start = match.end()
        elif match.start() >= term.end:
            return start, match.start()
    return start, end


def _withdrawal(text: str, term: TermMatch, start: int, end: int) -> tuple[int, int] | None:
    """The words that say that a drug was given up."""
    behind = _cues()["withdrawn"].search(text, term.end, min(end, term.end + _IN_FRONT))
    if behind is not None:
        return term.start, behind.end()
    before = list(_cues()["withdrawn"].finditer(text, max(start, term.start - _IN_FRONT), term.start))
    return (before[-1].start(), term.end) if before else None


def _is_given(text: str, sentence: Sentence, term: TermMatch, start: int, end: int) -> bool:
    """Whether the patient had this treatment, and it is not what the lesions came from."""
    cues = _cues()
    near = text[max(start, term.start - _BEFORE) : min(end, term.end + _BEFORE)]
    if cues["not_given"].search(near):
        return False
    before = text[start : term.start]
    close = before[-_IN_FRONT:]
    if cues["cause"].search(close) or cues["cause_behind"].match(text[term.end : end].lstrip(" -\u2010\u2011")):
        return False
    if re.search(r"\b(?:after|following|since|during)\W+(?:\w+\W+){0,4}$", before[-_BEFORE:], re.IGNORECASE):
        return cues["onset"].search(before) is None or cues["better"].search(before) is not None
    words = text[term.start : term.end]
    if cues["action"].search(words) or cues["action"].search(text, term.start, min(end, term.end + _IN_FRONT)):
        return True
    if cues["given"].search(text, start, end) or cues["given_up"].search(text, start, end):
        return True
    if cues["withdrawn"].match(text, term.end + 1, end) is not None:
        return False
    if cues["given"].search(text, sentence.start, sentence.end):
        return True
    if "surgery" in (term.code, *load_vocabulary("treatment").ancestors(term.code)):
        return True
    return re.search(r"\b(?:by|with|via)\W+(?:\w+\W+){0,2}$", close, re.IGNORECASE) is not None


def _target(
    reading: Reading,
    sentence: Sentence,
    term: TermMatch,
    aim: Aim,
    mentions: Sequence[LesionMention],
) -> Target:
    text, cues = reading.document.text, _cues()
    after = text[term.end : min(sentence.end, term.end + _BEHIND)]
    lesions = [one for one in mentions if one.kind in _LESIONS]
    has_lesion = bool(lesions) or cues["lesion_word"].search(sentence.text) is not None
    if cues["treats_cause"].search(sentence.text):
        return "calcinosis"
    # "not tolerated because of diarrhoea" says why it ended.
    has_purpose = aim not in ("other", "supplement") and cues["given_up"].search(after) is None
    purpose = cues["for"].search(after) if has_purpose else None
    diseases = [
        one.start for one in terms_by_sentence(reading, "disease").get(sentence.index, []) if one.code != "none"
    ]
    if purpose is not None:
        low, high = term.end + purpose.end(), term.end + len(after)
        lesion = cues["lesion_word"].search(text, low, high)
        disease = min((one for one in diseases if low <= one < high), default=None)
        if lesion is not None and (disease is None or lesion.start() <= disease):
            return "calcinosis"
        if disease is not None and not (aim == "calcinosis" and _has_another(reading, sentence, term, low)):
            return "other"
    if aim == "calcinosis":
        objects = cues["other_object"].search(after[:40]) or cues["other_object"].search(
            text[max(sentence.start, term.start - 25) : term.start]
        )
        past = cues["past"].search(sentence.text) is not None and not _is_tried(text, sentence)
        return "other" if (objects is not None and not lesions) or (past and not has_lesion) else "calcinosis"
    if aim == "trigger" or (aim != "supplement" and cues["treats"].search(text, sentence.start, term.start)):
        return "calcinosis"
    if aim != "lesion":
        return "other"
    beside = any(aims()[one.code] == "calcinosis" and _is_drug_of_calcinosis(one) for one in _terms(reading, sentence))
    return "calcinosis" if beside or (has_lesion and not diseases) else "other"


def _has_another(reading: Reading, sentence: Sentence, term: TermMatch, until: int) -> bool:
    """Whether another treatment stands between a term and a purpose, which is that one's: "…, and morphine for pain"."""
    return any(term.end <= one.start < until for one in _terms(reading, sentence))


def _is_drug_of_calcinosis(term: TermMatch) -> bool:
    return "surgery" not in (term.code, *load_vocabulary("treatment").ancestors(term.code))
