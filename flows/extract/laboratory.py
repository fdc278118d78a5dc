"""Laboratory results of the patient: which test, which value, how judged, and when.

Tests and judgements are vocabularies, conditions that state a result ("hypercalcaemia") stand in
data/rules/laboratory_conditions.csv, the words around them in data/rules/lab_cues.csv. A reference range and a target
are no results; calcium in urine, in other fluids, and as a drug is not calcium in serum.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary
from flows.extract.context import Contexts
from flows.extract.lab_cues import ends_with, lab_cues
from flows.extract.lab_times import SentenceTimes
from flows.extract.measurements import is_printed, judgements_in, plain, reference_ranges, values_in, with_unit
from flows.extract.model import Finding, Sentence
from flows.extract.reading import Lexicon, Reading, without_overlaps
from flows.extract.results import Assignment, Named, Reported, Said
from flows.extract.term_places import is_of_a_patient
from flows.resources import resource

_BRACKET_LEVELS = frozenset({"low", "normal", "high", "abnormal", "borderline"})
_SERUM: Mapping[str, str] = {"calcium": "serum_calcium", "phosphate": "serum_phosphate"}
_AUTOANTIBODIES = "autoantibody_panel"
_CONDITION = "condition"
_AFTER_A_NAME = 60
_BESIDE = 36


def find_laboratory_values(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Laboratory results in the order of the text, each with its timing.

    Total calcium and phosphate in serum give `serum_calcium`, `serum_phosphate` (the judgement) and
    `serum_calcium_value`, `serum_phosphate_value` ("10.2 mg/dL"); every other test gives `other_labs`
    ("PTH=120 pg/mL (elevated)"). Results of autoantibodies are left to `flows.extract.autoantibodies`.
    """
    findings: list[Finding] = []
    by_sentence = _names(reading)
    for index in sorted(by_sentence):
        sentence = reading.sentences[index]
        if not is_of_a_patient(sentence):
            continue
        times = SentenceTimes(reading, sentence)
        reports = _reports(reading, sentence, by_sentence[index])
        for report in reports:
            found = list(_findings(reading, contexts, sentence, report, times))
            if _is_crowded(reading.document.text, report, reports):
                found = [one for one in found if _derives(reading.document.text, one)]
                # "Ca 9.4, PTH 44: all normal" gives no value by the words up to "normal", but by those up to the number.
                alone = list(_findings(reading, contexts, sentence, _without_judgement(report), times))
                fields = {one.name for one in found}
                found += [one for one in alone if one.name not in fields and _derives(reading.document.text, one)]
            findings += found
    return findings


def _without_judgement(report: Reported) -> Reported:
    alone = Reported(report.name, report.value, is_later=report.is_later)
    if report.value is not None:
        alone.reach(report.value.start, report.value.end)
    return alone


@cache
def _conditions() -> tuple[Lexicon, Mapping[str, tuple[str, str]]]:
    with resource("data", "rules", "laboratory_conditions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return Lexicon((row["words"], row["words"]) for row in rows), {
        row["words"]: (row["test_code"], row["interpretation"]) for row in rows
    }


def _names(reading: Reading) -> dict[int, list[Named]]:
    """Tests and conditions by the number of their sentence."""
    text, words = reading.document.text, reading.words
    lexicon, meanings = _conditions()
    tests = [(f"{term.code}", term.first_word, term.last_word) for term in reading.terms("laboratory_test")]
    stated = [(f"{_CONDITION} {key}", first, last) for key, first, last in lexicon.find(words)]
    vocabulary = load_vocabulary("laboratory_test").terms
    found: dict[int, list[Named]] = {}
    starts = [sentence.start for sentence in reading.sentences]
    for key, first, last in without_overlaps([*tests, *stated]):
        start, end = words.starts[first], words.ends[last - 1]
        if key.startswith(_CONDITION):
            if lab_cues()["not_laboratory"].fullmatch(text, start, end):
                continue
            code, interpretation = meanings[key.removeprefix(f"{_CONDITION} ")]
            name = Named(code, start, end, interpretation)
        else:
            term = vocabulary[key]
            printed = text[start:end]
            if lab_cues()["no_test"].fullmatch(printed):
                continue
            if _AUTOANTIBODIES in (key, term.parent) or not is_printed("laboratory_test", printed):
                continue
            if len(printed) == 1 and text[end : end + 1] not in (" ", ":", "=", "\u00a0"):
                continue
            name = Named(key, start, end, takes_values=term.level != "panel")
        index = bisect_right(starts, start) - 1
        if index >= 0 and start < reading.sentences[index].end:
            found.setdefault(index, []).append(name)
    return {index: merged(text, names) for index, names in found.items()}


def merged(text: str, names: list[Named]) -> list[Named]:
    """The names, with a name and its abbreviation in brackets as one: "C-reactive protein (CRP)"."""
    kept: list[Named] = []
    for name in names:
        last = kept[-1] if kept else None
        if (
            last is not None
            and last.code == name.code
            and not last.stated
            and text[last.end : name.start].strip() in ("(", "[")
        ):
            closes = text[name.end : name.end + 1] in (")", "]")
            kept[-1] = replace(last, end=name.end + closes)
        else:
            kept.append(name)
    return kept


def _reports(reading: Reading, sentence: Sentence, names: list[Named]) -> list[Reported]:
    text = reading.document.text
    kept = [named for name in names if (named := _in_serum(text, sentence, name)) is not None]
    if not kept:
        return []
    ranges = list(reference_ranges(text, sentence.start, sentence.end))
    taken = [(name.start, name.end) for name in kept] + ranges
    values = list(values_in(text, sentence, taken, kept))
    judged = judgements_in(reading, sentence, [*taken, *((value.start, value.end) for value in values)])
    judgements = [one for one in judged if one.code in _BRACKET_LEVELS]
    return Assignment(text, kept, values, judgements, lab_cues(), ranges).run()


def _in_serum(text: str, sentence: Sentence, name: Named) -> Named | None:
    """The name where it stands for a test in blood (or, by its own words, in urine), else None."""
    cues = lab_cues()
    before = text[max(sentence.start, name.start - _BESIDE) : name.start]
    after = text[name.end : min(sentence.end, name.end + _AFTER_A_NAME)]
    lead = re.match(r"[\s\-\u2010-\u2015]+", after)
    if lead and cues["not_blood_behind"].match(after, lead.end()):
        return None
    if ends_with("not_blood_front", before):
        return None
    return name


def _findings(
    reading: Reading, contexts: Contexts, sentence: Sentence, report: Reported, times: SentenceTimes
) -> Iterator[Finding]:
    text, name = reading.document.text, report.name
    qualifiers = contexts.qualify(sentence, name.start, name.end)
    if not qualifiers.is_of_patient or sentence.patient is None:
        return
    judgement = report.judgement
    if judgement is None and name.stated and qualifiers.negated:
        return
    if judgement is not None and judgement.code not in (None, "normal"):
        said = contexts.qualify(sentence, judgement.start, judgement.end)
        if said.negated or said.hypothetical or said.general:
            return
    if qualifiers.possible and name.stated:
        return
    timing = times.timing(report, historical=qualifiers.historical)
    report.end = _closed(text, report.start, report.end, sentence.end)
    value = with_unit(text, report.value, sentence.end, name.code) if report.value else None
    judged = plain(text, judgement) if judgement else text[name.start : name.end] if name.stated else None
    patient = sentence.patient

    def finding(field: str, said: str, rule: str, place: Said | None = None) -> Finding:
        start, end = (report.start, report.end) if place is None else (place.start, place.end)
        return Finding(field, said, start, end, rule, patient, timing=timing)

    # The number that a quote begins with is the one that it gives: a later number is quoted alone.
    alone = report.value if report.value and _is_not_first(text, report) else None
    if name.code in _SERUM:
        field = _SERUM[name.code]
        if judged is not None and not (name.stated and report.is_later):
            yield finding(field, judged, "lab_judgement")
        if value is not None:
            yield finding(f"{field}_value", value, "lab_value", alone)
        return
    words = _label(name, text[name.start : name.end])
    if name.stated:
        test = load_vocabulary("laboratory_test").terms[name.code].label
        measured = words if value is None else f"{test}={value} ({name.stated})"
        yield finding("other_labs", measured, "lab_condition")
    elif value is not None and judged is not None:
        yield finding("other_labs", f"{words}={value} ({judged})", "lab_value_and_judgement")
    else:
        yield finding("other_labs", f"{words}={value or judged}", "lab_value" if value else "lab_judgement")


def _is_crowded(text: str, report: Reported, reports: Sequence[Reported]) -> bool:
    """Whether the quote holds other tests or numbers, so that its own might not be read out of it again."""
    others = any(one is not report and report.start <= one.name.start < report.end for one in reports)
    return report.value is not None and (others or _is_not_first(text, report))


def _derives(text: str, finding: Finding) -> bool:
    """Whether the quote alone gives the code and the number of the value."""
    again = code_text(finding.name, text[finding.start : finding.end])
    return all(
        any(one.code == other.code and one.value_low in (None, other.value_low) for other in again)
        for one in code_text(finding.name, finding.value)
    )


def _is_not_first(text: str, report: Reported) -> bool:
    between = text[report.name.end : report.value.start] if report.value else ""
    return re.search(r"\d", between) is not None


def _closed(text: str, start: int, end: int, limit: int) -> int:
    """End of a quote with the bracket that it opens and the text closes right behind it."""
    if text.count("(", start, end) > text.count(")", start, end):
        closing = text.find(")", end, min(limit, end + _AFTER_A_NAME))
        return closing + 1 if closing >= 0 else end
    return end


def _label(name: Named, words: str) -> str:
    """The author's words for the test; the label where they alone mean another (calcium, said of urine)."""
    vocabulary = load_vocabulary("laboratory_test")
    words = " ".join(words.split())
    for form in (words, words.split(" (")[0]):
        if name.stated or vocabulary.lookup(form) == name.code:
            return form
    return vocabulary.terms[name.code].label
