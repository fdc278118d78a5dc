"""Autoantibodies of the patient with their results: "ANA=positive (1:640)", "anti-Scl-70=negative".

Names are data/vocabulary/autoantibody.csv, the words around them data/rules/lab_cues.csv. A stain of a section and a
test that was only asked for are no results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.coding.vocabulary import load_vocabulary
from flows.extract.context import Contexts
from flows.extract.lab_cues import lab_cues
from flows.extract.laboratory import merged
from flows.extract.measurements import is_printed, judgements_in, reference_ranges
from flows.extract.model import Finding, FindingState, Sentence
from flows.extract.reading import Reading
from flows.extract.results import Assignment, Named, Reported, Said
from flows.extract.term_places import is_of_a_patient, terms_by_sentence

_TITRE = re.compile(r"(?:[<>\u2264\u2265]\s*)?(?<![\d.:/])1\s*[:/]\s*\d[\d,.]*\d|\b1\s*:\s*\d")
_NUMBER = re.compile(
    r"(?:[<>\u2264\u2265]\s*)?(?<![\w.,:/-])\d+(?:[.,]\d+)?\s*(?:k?[IU]?U|units?|U\.?I\.?|RU|AU|IE|CU)\s*/\s*(?:ml|l)\b",
    re.IGNORECASE,
)
_SIGN = re.compile("\\s*(?:\\((?P<in>\\s*(?:\\++|[-\u2010-\u2015\u2212]+)\\s*)\\)|(?P<plus>\\++)(?!\\d))")
_ANTI = re.compile("(?<!\\w)anti[-\u2010\u2011\u2013 ]$", re.IGNORECASE)
_LOOKED_BACK = 90
_IN_FAVOUR = frozenset({"positive", "high", "abnormal", "borderline"})
_AGAINST = frozenset({"negative", "normal", "low"})


def find_autoantibodies(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Autoantibodies in the order of the text; a negative one has the state absent."""
    findings: list[Finding] = []
    for index in terms_by_sentence(reading, "autoantibody"):
        sentence = reading.sentences[index]
        names = _names(reading, sentence) if is_of_a_patient(sentence) else []
        if names:
            for report in _reports(reading, sentence, names):
                findings += _finding(reading, contexts, sentence, report)
    return findings


def _names(reading: Reading, sentence: Sentence) -> list[Named]:
    text = reading.document.text
    vocabulary = load_vocabulary("autoantibody").terms
    found: list[Named] = []
    for term in terms_by_sentence(reading, "autoantibody")[sentence.index]:
        words = text[term.start : term.end]
        level = vocabulary[term.code].level
        if level == "absent" or lab_cues()["vague"].fullmatch(words) or not is_printed("autoantibody", words):
            continue
        # "anti-NXP2 autoantibodies" is one name.
        if level == "panel" and found and not text[found[-1].end : term.start].strip(" -\u2010\u2011"):
            continue
        behind = text[term.end : sentence.end].lstrip(" -\u2010\u2011")
        if lab_cues()["names_disease"].match(behind):
            continue
        prefix = _ANTI.search(text, max(sentence.start, term.start - 5), term.start)
        found.append(
            Named(term.code, prefix.start() if prefix else term.start, term.end, takes_values=level != "panel")
        )
    if found and not lab_cues()["serology"].search(sentence.text):
        return []
    if found and lab_cues()["not_serum"].search(sentence.text) and not lab_cues()["in_serum"].search(sentence.text):
        return []
    return merged(text, found)


def _reports(reading: Reading, sentence: Sentence, names: list[Named]) -> list[Reported]:
    text = reading.document.text
    ranges = list(reference_ranges(text, sentence.start, sentence.end))
    taken = [(name.start, name.end) for name in names] + ranges
    values = [
        Said(match.start(), match.end())
        for pattern in (_TITRE, _NUMBER)
        for match in pattern.finditer(text, sentence.start, sentence.end)
        if not any(low < match.end() and match.start() < high for low, high in taken)
    ]
    values.sort(key=lambda value: value.start)
    taken += [(value.start, value.end) for value in values]
    judgements = [one for one in judgements_in(reading, sentence, taken) if one.code in _IN_FAVOUR | _AGAINST]
    judgements = sorted([*judgements, *_signs(text, names)], key=lambda one: one.start)
    assignment = Assignment(text, names, values, judgements, lab_cues(), ranges)
    assignment.run()
    return assignment.reported


def _signs(text: str, names: list[Named]) -> Iterator[Said]:
    """Signs right behind a name: "ANA+", "ANA (-)"."""
    for name in names:
        match = _SIGN.match(text, name.end)
        if match:
            sign = (match["in"] or match["plus"]).strip()
            yield Said(match.start(), match.end(), "positive" if sign.startswith("+") else "negative")


def _finding(reading: Reading, contexts: Contexts, sentence: Sentence, report: Reported) -> Iterator[Finding]:
    text, name = reading.document.text, report.name
    qualifiers = contexts.qualify(sentence, name.start, name.end)
    if not qualifiers.is_of_patient or qualifiers.possible or sentence.patient is None:
        return
    words = " ".join(text[name.start : name.end].split())
    value = text[report.value.start : report.value.end] if report.value else None
    judged = report.judgement.code if report.judgement else None
    start, end, state, said, rule = report.start, report.end, "present", words, "antibody_named"
    denied = judged in _IN_FAVOUR and (qualifiers.negated or _is_negated(contexts, sentence, report))
    if judged is not None and not denied:
        state = "absent" if judged in _AGAINST else "present"
        reaction = "negative" if judged in _AGAINST else "positive"
        said = f"{words}={reaction}" + (f" ({value})" if value else "")
        rule = "antibody_result"
    elif denied or qualifiers.negated:
        before = _denial(text, sentence, name)
        if before is None:
            return
        start, state, said, rule = before, "absent", f"no {words}", "antibody_denied"
    elif value is not None:
        said, rule = f"{words}={value}", "antibody_titre"
    elif not _is_found(text, sentence, name):
        return
    confidence = 0.9 if judged or value else 0.75
    yield Finding(
        "autoantibodies",
        said,
        start,
        _closed(text, start, end, sentence.end),
        rule,
        sentence.patient,
        _state(state),
        confidence,
    )


def _is_negated(contexts: Contexts, sentence: Sentence, report: Reported) -> bool:
    said = report.judgement
    return said is not None and contexts.qualify(sentence, said.start, said.end).negated


def _state(state: str) -> FindingState:
    return "absent" if state == "absent" else "present"


def _closed(text: str, start: int, end: int, limit: int) -> int:
    """End of a quote with the bracket that closes right behind it."""
    opened = text.count("(", start, end) > text.count(")", start, end)
    return end + 1 if opened and end < limit and text[end] == ")" else end


def _denial(text: str, sentence: Sentence, name: Named) -> int | None:
    """Where the words begin that deny an antibody ("no antibodies to …")."""
    matches = list(lab_cues()["denial"].finditer(text, max(sentence.start, name.start - _LOOKED_BACK), name.start))
    return matches[-1].start() if matches else None


def _is_found(text: str, sentence: Sentence, name: Named) -> bool:
    """Whether an antibody is named as found, without a word for positive ("revealed anti-centromere antibodies")."""
    before = text[sentence.start : name.start]
    after = text[name.end : sentence.end]
    if lab_cues()["asked"].search(before[-_LOOKED_BACK:]) or lab_cues()["asked"].search(after[:40]):
        return False
    return lab_cues()["presence"].search(before[-_LOOKED_BACK:]) is not None
