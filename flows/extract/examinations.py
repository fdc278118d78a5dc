"""Histology and imaging: whether a section showed the calcification, and which modalities showed it.

Both need a calcified lesion (`flows.extract.lesions`) or words that stand for calcium ("basophilic deposits",
"radio-opaque") in the sentence that speaks of the examination. Cues are data/rules/examination_cues.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from flows.extract.clinical_cues import only_roles
from flows.extract.context import Contexts
from flows.extract.lesions import LesionMention, lesion_mentions
from flows.extract.measurements import is_printed
from flows.extract.model import Finding, Sentence
from flows.extract.reading import Reading
from flows.extract.term_places import is_of_a_patient, terms_by_sentence

ROLES = frozenset(
    {
        "histology",
        "tissue",
        "large_vessel",
        "shows_calcium",
        "small_vessels",
        "diagnosis",
        "inconclusive",
        "not_done",
        "asked",
        "dense",
        "shown",
        "tracer",
        "not_seen_on",
    }
)
_CALCIFIED = frozenset({"calcinosis", "calcification", "deposit"})
# Of several statements on one patient's histology the one that says most is kept.
_RANK = {
    "histology_confirmed": 0,
    "histology_stain": 0,
    "histology_not_confirmed": 1,
    "histology_inconclusive": 2,
    "histology_not_done": 3,
}
_NOT_MODALITIES = frozenset({"none", "endoscopy", "capillaroscopy", "echocardiography", "dual_energy_absorptiometry"})
_UNSPECIFIED = "imaging_unspecified"
_NEAR = 60
# What a reviewer types into the cell; the quote holds the author's words.
_CONFIRMED = "histologically confirmed"
_NOT_CONFIRMED = "no calcification"
_NOT_DONE = "no biopsy"


def find_histology(reading: Reading, contexts: Contexts) -> list[Finding]:
    """What histology says on the calcification, at most one finding a patient, in the order of the patients."""
    best: dict[int, Finding] = {}
    mentions = _by_sentence(reading, contexts)
    for index in sorted(mentions.keys() | terms_by_sentence(reading, "histology").keys()):
        sentence = reading.sentences[index]
        if not is_of_a_patient(sentence):
            continue
        for finding in _histology(
            reading,
            contexts,
            sentence,
            mentions.get(sentence.index, []),
            previous=_names_it(mentions, sentence.index - 1),
        ):
            known = best.get(finding.patient)
            if known is None or _RANK[finding.rule] < _RANK[known.rule]:
                best[finding.patient] = finding
    return [best[patient] for patient in sorted(best)]


def find_imaging(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The modalities that showed the calcification, in the order of the text."""
    findings: list[Finding] = []
    mentions = _by_sentence(reading, contexts)
    for index in terms_by_sentence(reading, "imaging"):
        sentence = reading.sentences[index]
        if is_of_a_patient(sentence):
            findings += _imaging(reading, contexts, sentence, mentions.get(sentence.index, []))
    return findings


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    return only_roles("examination_cues", ROLES)


def _by_sentence(reading: Reading, contexts: Contexts) -> dict[int, list[LesionMention]]:
    found: dict[int, list[LesionMention]] = {}
    for mention in lesion_mentions(reading, contexts):
        found.setdefault(mention.sentence.index, []).append(mention)
    return found


def _names_it(mentions: Mapping[int, Sequence[LesionMention]], index: int) -> bool:
    return any(
        mention.kind in _CALCIFIED and mention.qualifiers.is_of_patient and not mention.qualifiers.negated
        for mention in mentions.get(index, [])
    )


def _histology(
    reading: Reading, contexts: Contexts, sentence: Sentence, mentions: Sequence[LesionMention], *, previous: bool
) -> Iterator[Finding]:
    """previous: whether the sentence before names the patient's calcinosis, which "the diagnosis" then means."""
    cues, text = _cues(), reading.document.text
    context = cues["histology"].search(text, sentence.start, sentence.end)
    if context is None and not terms_by_sentence(reading, "imaging").get(sentence.index, []):
        context = cues["tissue"].search(text, sentence.start, sentence.end)
    if context is None:
        return

    def finding(start: int, end: int, rule: str, value: str | None = None) -> Finding:
        words = value or " ".join(text[start:end].split())
        return Finding("histology", words, start, end, rule, sentence.patient or 0)

    not_done = cues["not_done"].search(text, sentence.start, sentence.end)
    if not_done is not None:
        yield finding(not_done.start(), not_done.end(), "histology_not_done", _NOT_DONE)
        return
    vague = cues["inconclusive"].search(text, sentence.start, sentence.end)
    if vague is not None:
        yield finding(vague.start(), vague.end(), "histology_inconclusive", vague.group().split()[-1])
        return
    stain = cues["shows_calcium"].search(text, sentence.start, sentence.end)
    if stain is not None:
        qualifiers = contexts.qualify(sentence, stain.start(), stain.end())
        if qualifiers.is_of_patient and not qualifiers.negated:
            start, end = min(context.start(), stain.start()), max(context.end(), stain.end())
            yield finding(start, end, "histology_stain", _CONFIRMED)
            return
    diagnosis = cues["diagnosis"].search(text, sentence.start, sentence.end)
    if diagnosis is not None and not mentions and previous:
        qualifiers = contexts.qualify(sentence, diagnosis.start(), diagnosis.end())
        if qualifiers.is_of_patient and not qualifiers.negated:
            yield finding(diagnosis.start(), diagnosis.end(), "histology_confirmed", _CONFIRMED)
    for mention in mentions:
        if not _is_calcium_of_section(text, sentence, mention) or not mention.qualifiers.is_of_patient:
            continue
        start, end = min(context.start(), mention.start), max(context.end(), mention.end)
        if mention.qualifiers.possible or cues["asked"].search(text, start, end):
            continue
        if mention.qualifiers.negated:
            yield finding(start, end, "histology_not_confirmed", _NOT_CONFIRMED)
        else:
            yield finding(start, end, "histology_confirmed", _CONFIRMED)


def _is_calcium_of_section(text: str, sentence: Sentence, mention: LesionMention) -> bool:
    if mention.kind in _CALCIFIED:
        return True
    small = _cues()["small_vessels"].search(text, max(sentence.start, mention.start - _NEAR), mention.end + _NEAR)
    return mention.kind == "lookalike" and mention.reason == "vascular" and small is not None


def _imaging(
    reading: Reading, contexts: Contexts, sentence: Sentence, mentions: Sequence[LesionMention]
) -> Iterator[Finding]:
    cues, text = _cues(), reading.document.text
    terms = [
        term
        for term in terms_by_sentence(reading, "imaging").get(sentence.index, [])
        if term.code not in _NOT_MODALITIES and is_printed("imaging", text[term.start : term.end])
    ]
    if not terms or sentence.patient is None:
        return
    shown = [
        (mention.start, mention.end)
        for mention in mentions
        if mention.kind in _CALCIFIED and mention.qualifiers.is_of_patient and not mention.qualifiers.negated
    ]
    dense = cues["dense"].search(text, sentence.start, sentence.end)
    if not shown and dense is not None and not contexts.qualify(sentence, dense.start(), dense.end()).negated:
        shown = [(dense.start(), dense.end())]
    if not shown:
        return
    named = {term.code for term in terms}
    for term in terms:
        if term.code == _UNSPECIFIED and len(named) > 1:
            continue
        qualifiers = contexts.qualify(sentence, term.start, term.end)
        if not qualifiers.is_of_patient or (qualifiers.negated and not _is_free(text, term.start)):
            continue
        low, high = min(shown, key=lambda span: abs(span[0] - term.start))
        between = text[min(term.end, high) : max(term.start, low)]
        if cues["shown"].search(between) is None and ":" not in between and len(between.split()) > 1:
            continue
        yield Finding(
            "imaging",
            " ".join(text[term.start : term.end].split()),
            term.start,
            term.end,
            "imaging_showed_calcification",
            sentence.patient,
        )


def _is_free(text: str, start: int) -> bool:
    """Whether no denial stands right in front of a modality, whatever the sentence denies elsewhere."""
    return re.search(r"(?:no|not|without)\W+(?:\w+\W+){0,1}$", text[max(0, start - 25) : start], re.IGNORECASE) is None
