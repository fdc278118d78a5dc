"""Histology and imaging: whether a section showed the calcification, and which modalities showed it.

Both need a calcified lesion (`flows.extract.lesions`) or words that stand for calcium ("basophilic deposits",
"radio-opaque") in the sentence that speaks of the examination. Cues are data/rules/examination_cues.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary
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
        "calcium_word",
        "refers_back",
        "shows_calcium",
        "small_vessels",
        "diagnosis",
        "inconclusive",
        "not_done",
        "asked",
        "dense",
        "shown",
        "tracer",
        "guides",
        "other_organ",
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
_CALCIPHYLAXIS = "calciphylaxis"
_NUCLEAR = "nuclear_imaging"
# Bone or muscle beside a calcification that a section showed does not make it that of an organ.
_BESIDE_LESION = frozenset({"other_organ", "muscle"})
# What a reviewer types into the cell; the quote holds the author's words.
_CONFIRMED = "histologically confirmed"
_NOT_CONFIRMED = "no calcification"
_NOT_DONE = "no biopsy"
_INCONCLUSIVE = "inconclusive"


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
            if known is not None and _RANK[finding.rule] >= _RANK[known.rule]:
                continue
            derived = _derived(reading, sentence, finding)
            if derived is not None:
                best[finding.patient] = derived
    return [best[patient] for patient in sorted(best)]


def find_imaging(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The modalities that showed the calcification, in the order of the text."""
    findings: list[Finding] = []
    mentions = _by_sentence(reading, contexts)
    for index in terms_by_sentence(reading, "imaging"):
        sentence = reading.sentences[index]
        if is_of_a_patient(sentence):
            findings += _imaging(reading, contexts, sentence, _shown(reading, contexts, sentence, mentions))
    return findings


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    return only_roles("examination_cues", ROLES)


def _by_sentence(reading: Reading, contexts: Contexts) -> dict[int, list[LesionMention]]:
    found: dict[int, list[LesionMention]] = {}
    for mention in lesion_mentions(reading, contexts):
        found.setdefault(mention.sentence.index, []).append(mention)
    return found


def _derived(reading: Reading, sentence: Sentence, finding: Finding) -> Finding | None:
    """The finding with a quote that gives its code again: its own words, else the sentence; None where neither does."""
    wanted = code_text(finding.name, finding.value)[0]
    for start, end in ((finding.start, finding.end), (sentence.start, sentence.end)):
        again = code_text(finding.name, reading.document.text[start:end])
        if any(item.code == wanted.code for item in again):
            return replace(finding, start=start, end=end)
    return None


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
    strong = context is not None
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
        yield finding(vague.start(), vague.end(), "histology_inconclusive", _INCONCLUSIVE)
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
    told = False
    for mention in mentions:
        if not _is_calcium_of_section(text, sentence, mention) or not mention.qualifiers.is_of_patient:
            continue
        start, end = min(context.start(), mention.start), max(context.end(), mention.end)
        if mention.qualifiers.possible or cues["asked"].search(text, start, end):
            continue
        told = True
        if mention.qualifiers.negated:
            yield finding(start, end, "histology_not_confirmed", _NOT_CONFIRMED)
        else:
            yield finding(start, end, "histology_confirmed", _CONFIRMED)
    word = None if told or not strong else cues["calcium_word"].search(text, sentence.start, sentence.end)
    if word is not None and not any(mention.start <= word.start() < mention.end for mention in mentions):
        start, end = min(context.start(), word.start()), max(context.end(), word.end())
        qualifiers = contexts.qualify(sentence, word.start(), word.end())
        is_said = qualifiers.is_of_patient and not (qualifiers.negated or qualifiers.possible)
        if is_said and cues["asked"].search(text, start, end) is None:
            yield finding(start, end, "histology_confirmed", _CONFIRMED)


def _is_calcium_of_section(text: str, sentence: Sentence, mention: LesionMention) -> bool:
    if mention.kind in _CALCIFIED:
        return True
    if mention.kind != "lookalike" or mention.explains:
        return False
    if mention.reason in _BESIDE_LESION:
        return _cues()["other_organ"].search(text, sentence.start, sentence.end) is None
    small = _cues()["small_vessels"].search(text, max(sentence.start, mention.start - _NEAR), mention.end + _NEAR)
    return mention.reason == "vascular" and small is not None


def _shown(
    reading: Reading, contexts: Contexts, sentence: Sentence, mentions: Mapping[int, Sequence[LesionMention]]
) -> list[tuple[int, int]]:
    """Offsets of the words that say what an examination showed, in its sentence or one that refers back to it."""
    cues, text = _cues(), reading.document.text
    here = mentions.get(sentence.index, [])
    kinds = [one for one in here if one.kind in _CALCIFIED or _is_calciphylaxis_vessel(text, one, mentions)]
    shown = [(one.start, one.end) for one in kinds if one.qualifiers.is_of_patient and not one.qualifiers.negated]
    if shown:
        return shown
    nuclear = any(_is_nuclear(term.code) for term in terms_by_sentence(reading, "imaging")[sentence.index])
    for role in ("dense", "tracer") if nuclear else ("dense",):
        dense = cues[role].search(text, sentence.start, sentence.end)
        if dense is not None and not contexts.qualify(sentence, dense.start(), dense.end()).negated:
            return [(dense.start(), dense.end())]
    following = sentence.index + 1
    if following < len(reading.sentences) and _names_it(mentions, following):
        back = cues["refers_back"].match(reading.sentences[following].text)
        if back is not None:
            return [(sentence.end, sentence.end)]
    return []


def _is_calciphylaxis_vessel(
    text: str, mention: LesionMention, mentions: Mapping[int, Sequence[LesionMention]]
) -> bool:
    """Whether calcified vessels are those of the patient's calciphylaxis, which lie in skin and soft tissue."""
    if mention.kind != "lookalike" or mention.reason != "vascular":
        return False
    around = text[max(0, mention.start - _NEAR) : mention.end + _NEAR]
    has_it = any(
        one.reason == _CALCIPHYLAXIS and one.qualifiers.is_of_patient and not one.qualifiers.negated
        for found in mentions.values()
        for one in found
    )
    return has_it and _cues()["large_vessel"].search(around) is None


def _imaging(
    reading: Reading, contexts: Contexts, sentence: Sentence, shown: Sequence[tuple[int, int]]
) -> Iterator[Finding]:
    cues, text = _cues(), reading.document.text
    if not shown or sentence.patient is None:
        return
    terms = [
        term
        for term in terms_by_sentence(reading, "imaging").get(sentence.index, [])
        if term.code not in _NOT_MODALITIES and is_printed("imaging", text[term.start : term.end])
    ]
    named = {term.code for term in terms}
    for term in terms:
        if term.code == _UNSPECIFIED and len(named) > 1:
            continue
        if cues["guides"].match(text, term.end + 1, sentence.end) is not None:
            continue
        qualifiers = contexts.qualify(sentence, term.start, term.end)
        if not qualifiers.is_of_patient or (qualifiers.negated and not _is_free(text, term.start)):
            continue
        low, high = min(shown, key=lambda span: abs(span[0] - term.start))
        between = text[min(term.end, high) : max(term.start, low)]
        referred = low >= sentence.end
        if not referred and cues["shown"].search(between) is None and ":" not in between and len(between.split()) > 1:
            continue
        yield Finding(
            "imaging",
            " ".join(text[term.start : term.end].split()),
            term.start,
            term.end,
            "imaging_showed_calcification",
            sentence.patient,
        )


def _is_nuclear(code: str) -> bool:
    return _NUCLEAR in (code, *load_vocabulary("imaging").ancestors(code))


def _is_free(text: str, start: int) -> bool:
    """Whether no denial stands right in front of a modality, whatever the sentence denies elsewhere."""
    return re.search(r"(?:no|not|without)\W+(?:\w+\W+){0,1}$", text[max(0, start - 25) : start], re.IGNORECASE) is None
