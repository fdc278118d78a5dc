"""Laboratory results of the patient: which test, which value, how judged, and when.

Tests and judgements are vocabularies, conditions that state a result ("hypercalcaemia") stand in
data/rules/laboratory_conditions.csv, the words around them in data/rules/lab_cues.csv. A reference range and a target
are no results; calcium in urine, in other fluids, and as a drug is not calcium in serum.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache

from flows.coding.units import conversion
from flows.coding.vocabulary import load_vocabulary
from flows.extract.clinical_cues import ending_pattern, only_roles
from flows.extract.context import Contexts
from flows.extract.model import Finding, Sentence, Timing
from flows.extract.reading import Lexicon, Reading, TermMatch, without_overlaps
from flows.extract.results import Assignment, Named, Reported, Said
from flows.resources import resource

ROLES = frozenset(
    {
        "in_front",
        "join",
        "link",
        "copula",
        "plural",
        "stop",
        "next",
        "from",
        "no_test_behind",
        "no_test_front",
        "other_fluid_behind",
        "other_fluid_front",
        "target",
        "range",
        "before",
        "presentation",
        "during",
        "after",
        "presence",
        "asked",
        "not_serum",
        "in_serum",
        "serology",
        "vague",
        "denial",
        "likewise",
        "carries",
        "not_laboratory",
    }
)
_NUMBER = "\\d+(?:[.,\u00b7\u2219\u22c5]\\d+)*"
_VALUE = re.compile(
    f"(?:[<>\u2264\u2265~\u2248]=?\\s*)?(?<![\\w.,:/^-])(?P<low>{_NUMBER})"
    f"(?:\\s*(?:[-\u2010-\u2015\u2212]|to)\\s*(?P<high>{_NUMBER}))?(?![\\d:])"
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
_LONGEST_UNIT = 34
_WORDS_OF_A_UNIT = 6
_PRINTED_EXACTLY = 4
_BRACKET_LEVELS = frozenset({"low", "normal", "high", "abnormal", "borderline"})
_SERUM: Mapping[str, str] = {"calcium": "serum_calcium", "phosphate": "serum_phosphate"}
_AUTOANTIBODIES = "autoantibody_panel"
_CONDITION = "condition"
_AFTER_A_NAME = 60
_CARRIES = 2
_FRONT = 16
_HEAD = 60
_TIMES: Mapping[str, Timing] = {
    "before": "before",
    "presentation": "presentation",
    "during": "during_treatment",
    "after": "after_treatment",
}


def find_laboratory_values(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Laboratory results in the order of the text, each with its timing.

    Total calcium and phosphate in serum give `serum_calcium`, `serum_phosphate` (the judgement) and
    `serum_calcium_value`, `serum_phosphate_value` ("10.2 mg/dL"); every other test gives `other_labs`
    ("PTH=120 pg/mL (elevated)"). Results of autoantibodies are left to `flows.extract.autoantibodies`.
    """
    findings: list[Finding] = []
    fronted: tuple[Timing, int, int] | None = None
    by_sentence = _names(reading)
    for sentence in reading.sentences:
        if sentence.patient is None or sentence.role == "references":
            continue
        own = _fronted(sentence)
        if own is not None:
            fronted = (own, sentence.index + _CARRIES, sentence.patient)
        names = by_sentence.get(sentence.index)
        if not names:
            continue
        carried = fronted[0] if fronted and sentence.index <= fronted[1] and fronted[2] == sentence.patient else None
        for report in _reports(reading, sentence, names):
            findings += _findings(reading, contexts, sentence, report, carried)
    return findings


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    return only_roles("lab_cues", ROLES)


@cache
def _conditions() -> tuple[Lexicon, Mapping[str, tuple[str, str]]]:
    with resource("data", "rules", "laboratory_conditions.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return Lexicon((row["words"], row["words"]) for row in rows), {
        row["words"]: (row["test_code"], row["interpretation"]) for row in rows
    }


@cache
def printed_forms(vocabulary: str) -> frozenset[str]:
    """Label and synonyms of a vocabulary as they are printed, with capitals."""
    terms = load_vocabulary(vocabulary).terms.values()
    return frozenset(words for term in terms for words in (term.label, *term.synonyms))


def is_printed(vocabulary: str, words: str) -> bool:
    """Whether words may stand for a term: an abbreviation only with its own capitals ("US", but not "us")."""
    if len(words) > _PRINTED_EXACTLY or not words.isascii():
        return True
    forms = printed_forms(vocabulary)
    return words in forms or (words[-1:] == "s" and words[:-1] in forms and words[:-1].isupper())


def _names(reading: Reading) -> dict[int, list[Named]]:
    """Tests and conditions by the number of their sentence."""
    text, words = reading.document.text, reading.words
    lexicon, meanings = _conditions()
    tests = [(f"{term.code}", term.first_word, term.last_word) for term in reading.terms("laboratory_test")]
    stated = [(f"{_CONDITION} {key}", first, last) for key, first, last in lexicon.find(words)]
    vocabulary = load_vocabulary("laboratory_test").terms
    found: dict[int, list[Named]] = {}
    for key, first, last in without_overlaps([*tests, *stated]):
        start, end = words.starts[first], words.ends[last - 1]
        if key.startswith(_CONDITION):
            if _cues()["not_laboratory"].fullmatch(text, start, end):
                continue
            code, interpretation = meanings[key.removeprefix(f"{_CONDITION} ")]
            name = Named(code, start, end, interpretation)
        else:
            term = vocabulary[key]
            printed = text[start:end]
            if _AUTOANTIBODIES in (key, term.parent) or not is_printed("laboratory_test", printed):
                continue
            if len(printed) == 1 and text[end : end + 1] not in (" ", ":", "=", "\u00a0"):
                continue
            name = Named(key, start, end, takes_values=term.level != "panel")
        sentence = reading.sentence_at(start)
        if sentence is not None:
            found.setdefault(sentence.index, []).append(name)
    return {index: merged(text, names) for index, names in found.items()}


def merged(text: str, names: list[Named]) -> list[Named]:
    """The names, with a name and its abbreviation in brackets as one: "C-reactive protein (CRP)"."""
    kept: list[Named] = []
    for name in names:
        last = kept[-1] if kept else None
        if last is not None and last.code == name.code and text[last.end : name.start].strip() in ("(", "["):
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
    return Assignment(text, kept, values, judgements, _cues(), ranges).run()


def _in_serum(text: str, sentence: Sentence, name: Named) -> Named | None:
    """The name where it stands for a test in blood (or, by its own words, in urine), else None."""
    cues = _cues()
    before = text[max(sentence.start, name.start - _AFTER_A_NAME) : name.start]
    after = text[name.end : min(sentence.end, name.end + _AFTER_A_NAME)]
    lead = re.match(r"[\s\-\u2010-\u2015]+", after)
    if lead and cues["no_test_behind"].match(after, lead.end()):
        return None
    if _ends_with("no_test_front", before) or _ends_with("other_fluid_front", before):
        return None
    if lead and cues["other_fluid_behind"].match(after, lead.end()):
        return None
    return name


def _ends_with(role: str, text: str) -> bool:
    """Whether a cue of this role is the last thing in a text."""
    return ending_pattern("lab_cues", role).search(text) is not None


def reference_ranges(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Reference ranges between two offsets: behind a word that announces one, or a bare range in a bracket."""
    for match in _cues()["range"].finditer(text, start, end):
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


def values_in(text: str, sentence: Sentence, taken: list[tuple[int, int]], names: list[Named]) -> Iterator[Said]:
    """Numbers that may be results, with their units; those of names, reference ranges and targets left out."""
    first = min(name.end for name in names)
    for match in _VALUE.finditer(text, first, sentence.end):
        start, end = match.span()
        if any(low < end and start < high for low, high in taken):
            continue
        name = max((one for one in names if one.end <= start), key=lambda one: one.end)
        if _CITATION.search(text[max(sentence.start, start - 12) : start]) or _is_citation(text, start, end):
            continue
        if _is_target(text, sentence, name, start):
            continue
        unit = _unit_behind(text, end, sentence.end, name.code)
        if unit is not None and match["high"] and _ends_with("from", text[max(name.end, start - 12) : start]):
            yield Said(start, match.end("low"))
            yield Said(match.start("high"), unit)
        elif unit is not None:
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
    return match.start() - name.end <= _AFTER_A_NAME


def _is_target(text: str, sentence: Sentence, name: Named, start: int) -> bool:
    """Whether the number is what somebody wants to reach."""
    clause = max(text.rfind(mark, sentence.start, name.start) for mark in ",;")
    return _cues()["target"].search(text, max(clause, sentence.start), start) is not None


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


def judgements_in(reading: Reading, sentence: Sentence, taken: list[tuple[int, int]]) -> list[Said]:
    """Judgements of a sentence outside the taken stretches; a single letter only as a flag in brackets."""
    text = reading.document.text
    found: list[Said] = []
    for term in reading.terms_in("interpretation", sentence):
        if any(low < term.end and term.start < high for low, high in taken):
            continue
        printed = text[term.start : term.end]
        if len(printed) <= 2 and printed.isalpha() and not _is_flag(text, term):
            continue
        found.append(Said(term.start, term.end, term.code))
    return found


def _is_flag(text: str, term: TermMatch) -> bool:
    return text[term.start : term.end].isupper() and text[term.start - 1 : term.start] in ("(", "[")


def _findings(
    reading: Reading, contexts: Contexts, sentence: Sentence, report: Reported, carried: Timing | None
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
    timing = _timing(text, sentence, report, carried, historical=qualifiers.historical)
    report.end = _closed(text, report.start, report.end, sentence.end)
    value = _with_unit(text, report.value, sentence.end) if report.value else None
    judged = _joined(text, judgement) if judgement else text[name.start : name.end] if name.stated else None
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
        yield finding("other_labs", words if value is None else f"{words} ({value})", "lab_condition")
    elif value is not None and judged is not None:
        yield finding("other_labs", f"{words}={value} ({judged})", "lab_value_and_judgement")
    else:
        yield finding("other_labs", f"{words}={value or judged}", "lab_value" if value else "lab_judgement")


def _is_not_first(text: str, report: Reported) -> bool:
    between = text[report.name.end : report.value.start] if report.value else ""
    return re.search(r"\d", between) is not None


def _with_unit(text: str, value: Said, limit: int) -> str:
    """A value as printed; of several values with one unit behind the last, each with that unit."""
    words = _joined(text, value)
    if re.search(r"[^\W\d_]|%", words):
        return words
    shared = _SHARED_UNIT.match(text, value.end, limit)
    if shared is None:
        return words
    unit = _unit_behind(text, shared.end(), limit, None)
    return words if unit is None else f"{words} {' '.join(text[shared.end() : unit].split())}"


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


def _joined(text: str, said: Said) -> str:
    return " ".join(text[said.start : said.end].split())


def _timing(text: str, sentence: Sentence, report: Reported, carried: Timing | None, *, historical: bool) -> Timing:
    """When a result was found: by the nearest words of time, those of its own clause first."""
    cues = _cues()
    said = report.value or report.judgement
    place = said.start if said is not None else report.name.start
    found: list[tuple[bool, int, Timing]] = []
    for role, timing in _TIMES.items():
        for match in cues[role].finditer(text, sentence.start, sentence.end):
            between = text[match.end() : place] if match.start() < place else text[place : match.start()]
            parted = ";" in between or cues["next"].search(between) is not None
            found.append((parted, abs(match.start() - place), timing))
    if found:
        parted, _, timing = min(found)
        if not parted or (len({one for _, _, one in found}) == 1 and not report.is_later):
            return timing
    if report.is_later:
        return "after_treatment"
    if historical:
        return "before"
    return carried or "presentation"


def _fronted(sentence: Sentence) -> Timing | None:
    """The time that a sentence begins with ("Six months later, …"), which goes on in the next sentences."""
    match = _cues()["carries"].search(sentence.text, 0, _HEAD)
    return "after_treatment" if match and match.start() <= _FRONT else None
