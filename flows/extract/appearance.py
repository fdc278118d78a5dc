"""What a patient's calcified lesions look like, and how large the largest is.

Words are those of data/vocabulary/morphology.csv; which of them describe a lesion, and which measures are none of its
size, stands in data/rules/appearance_cues.csv.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary
from flows.extract.clinical_cues import cue_patterns
from flows.extract.context import Contexts
from flows.extract.lesions import LesionMention, lesion_mentions
from flows.extract.model import Finding, FindingState, Qualifiers, Sentence
from flows.extract.patients import patient_at
from flows.extract.reading import Lexicon, Reading, TermMatch
from flows.extract.site_heads import is_of_patient
from flows.extract.site_phrases import read_sites
from flows.extract.sites import is_of_report, lesion_sites_of
from flows.extract.term_places import terms_by_sentence
from flows.resources import resource

_COLUMNS = ["kind", "cue", "matches", "must_not_match", "source"]
_PHRASES = frozenset({"no_size", "size_subject", "no_look", "look_subject"})
_LISTS = frozenset({"level", "noun_level", "denied_level"})
# Words between a lesion and an adjective that describes it.
_NEAR = 6
_NUMBER = r"\d+(?:[.,]\d+)?"
_UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?|inch(?:es)?)"
_SIZE = re.compile(
    rf"(?<![\w.,/])(?:(?:up\s+to|about|approximately|almost|nearly|around|over|more\s+than|less\s+than)\s+)?"
    rf"{_NUMBER}(?:\s*{_UNIT})?(?:\s*(?:[x×*–-]|by|to|and)\s*{_NUMBER}(?:\s*{_UNIT})?){{0,2}}\s*-?{_UNIT}"
    # Pressures, rates and counts have the same letters.
    rf"(?![\w³²])(?!\s*(?:hg|h2o|of\s+(?:mercury|water)|/|per\b|\^|[23]\b))",
    re.IGNORECASE,
)
_DENIED = re.compile(r"(?<!\w)(?:non|not?|never)[\s\u2010-\u2015-]+$", re.IGNORECASE)
_UNSPECIFIED = "lesion"


class AppearanceCueError(ValueError):
    """data/rules/appearance_cues.csv breaks its contract; the message says where."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One row: phrases of a kind, a sentence that holds one of them, and one that holds none."""

    kind: str
    phrases: tuple[str, ...]
    matches: str
    must_not_match: str


@cache
def appearance_cues() -> tuple[Cue, ...]:
    """The rows of data/rules/appearance_cues.csv. Raises AppearanceCueError for other columns or an unknown kind."""
    path = resource("data", "rules", "appearance_cues.csv")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if reader.fieldnames != _COLUMNS:
            raise AppearanceCueError(f"{path.name} must have the columns {', '.join(_COLUMNS)}")
        cues = []
        for row in reader:
            if row["kind"] not in _PHRASES | _LISTS:
                raise AppearanceCueError(f"{path.name}, line {reader.line_num}: the kind {row['kind']!r} is unknown")
            cues.append(Cue(row["kind"], tuple(row["cue"].split("|")), row["matches"], row["must_not_match"]))
    return tuple(cues)


@cache
def cue_lexicon() -> Lexicon:
    """The phrases of the cues under their kinds."""
    return Lexicon((cue.kind, phrase) for cue in appearance_cues() if cue.kind in _PHRASES for phrase in cue.phrases)


@cache
def _levels(kind: str) -> frozenset[str]:
    return frozenset(level for cue in appearance_cues() if cue.kind == kind for level in cue.phrases)


@lru_cache(maxsize=4096)
def _size_mm(text: str) -> float | None:
    """The largest diameter in a text in millimetres, None where there is none."""
    item = code_text("largest_size_mm", text)[0]
    return None if item.problem is not None else item.value_high


@dataclass(frozen=True, slots=True)
class _Described:
    """A sentence with the words (half-open ranges) of the patient's lesions in it; none where it goes on about them.

    is_sure: whether they are tied to a place, named as calcified, or those of the sentence before.
    places: the words of the places that the sentence ties lesions to.
    """

    sentence: Sentence
    lesions: Sequence[tuple[int, int]]
    is_sure: bool
    places: Sequence[tuple[int, int]]


def find_morphology(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Words for what the calcified lesions look and feel like, each code once a patient, in the order of the text.

    name "morphology"; value as printed ("plaques", "firm", "non-tender"), with "no " in front and the state absent where
    the sentence denies it. Kinds of lesion count wherever they are the lesion, all else where it stands beside one. What
    a section or a film showed is not what the lesion looks like. A title is believed where the text below it is silent,
    the bare word "lesion" where no better one was found.
    """
    told: dict[int, dict[str, Finding]] = {}
    titled: dict[int, dict[str, Finding]] = {}
    for described in _described(reading, contexts):
        found = titled if described.sentence.role == "title" else told
        for finding in _look(reading, contexts, described) if described.is_sure else ():
            code = code_text("morphology", finding.value)[0].code
            if code is not None:
                found.setdefault(finding.patient, {}).setdefault(code, finding)
    if told:
        # Patient 0 stands for all of them.
        titled.pop(0, None)
    kept: list[Finding] = []
    for findings in (titled | told).values():
        kept += [one for code, one in findings.items() if code != _UNSPECIFIED or findings.keys().isdisjoint(_kinds())]
    return sorted(kept, key=lambda finding: finding.start)


def _look(reading: Reading, contexts: Contexts, described: _Described) -> Iterator[Finding]:
    """What one sentence says of the look and feel of its lesions."""
    sentence, text = described.sentence, reading.document.text
    terms = load_vocabulary("morphology").terms
    matches = [one for one in reading.terms_in("morphology", sentence) if terms[one.code].level in _levels("level")]
    if not matches:
        return
    kinds = read_sites(reading, sentence).kinds
    cues = cue_lexicon().find(reading.words, sentence.first_word, sentence.last_word)
    aside = [(first, last) for kind, first, last in cues if kind == "no_look"]
    lesions = [*described.lesions, *((first, last) for kind, first, last in cues if kind == "look_subject")]
    if not described.lesions:
        lesions += described.places
    nouns = [one for one in matches if described.places and terms[one.code].level in _levels("noun_level")]
    lesions += [(one.first_word, one.last_word) for one in nouns]
    examined = _examined_from(reading, sentence)
    for match in matches:
        inside = kinds[match.first_word - sentence.first_word : match.last_word - sentence.first_word]
        is_other = all(kind == "other_finding" for kind in inside)
        if match.start > examined or is_other or not _describes(match, lesions, terms[match.code].level):
            continue
        if any(first < match.last_word and match.first_word < last for first, last in aside):
            continue
        # "hard, whitish and fixed": what stands beside an adjective of the lesion describes it too.
        lesions.append((match.first_word, match.last_word))
        said, patient = contexts.qualify(sentence, match.start, match.end), patient_at(reading, match.start)
        if patient is None or not is_of_patient(sentence, said) or said.historical or said.possible:
            continue
        denied = _DENIED.search(text, sentence.start, match.start)
        start = match.start if denied is None else denied.start()
        value = text[start : match.end]
        if said.negated and denied is None:
            value = f"no {value}"
        state: FindingState = "absent" if code_text("morphology", value)[0].state == "absent" else "present"
        if state == "absent" and terms[match.code].level not in _levels("denied_level"):
            continue
        yield Finding("morphology", value, start, match.end, "morphology_of_lesion", patient, state, 0.85)


def find_largest_size(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The largest diameter said of a calcified lesion of each patient.

    name "largest_size_mm"; value as printed with its unit ("3 x 2 cm", "up to 5 mm"). Measures of organs, margins,
    incisions and distances do not count.
    """
    # A lesion that is tied to a place or named as calcified comes before one that is only called a nodule.
    best: dict[int, tuple[bool, float, Finding]] = {}
    for described in _described(reading, contexts):
        sentence = described.sentence
        text = reading.document.text
        for match in _SIZE.finditer(text, sentence.start, sentence.end):
            size = _size_mm(match.group())
            said = contexts.qualify(sentence, match.start(), match.end())
            if size is None or size <= 0 or not _is_told(sentence, said):
                continue
            if not _is_of_lesion(reading, described, match.start(), match.end()):
                continue
            patient = patient_at(reading, match.start())
            if patient is None:
                continue
            rank = (described.is_sure, size)
            if patient not in best or rank > best[patient][:2]:
                rule = "size_of_lesion"
                finding = Finding("largest_size_mm", match.group(), match.start(), match.end(), rule, patient)
                best[patient] = (*rank, finding)
    return sorted((finding for *_, finding in best.values()), key=lambda finding: finding.start)


def _described(reading: Reading, contexts: Contexts) -> Iterator[_Described]:
    """The sentences of the report that speak of the patient's calcified lesions, and those that go on about them."""
    mentions = lesion_mentions(reading, contexts)
    starts = [mention.start for mention in mentions]
    placed: dict[int, list[tuple[int, int]]] = {}
    for site in lesion_sites_of(reading, contexts):
        if site.state == "present":
            placed.setdefault(site.sentence.index, []).append((site.phrase.first, site.phrase.last))
    told = False
    for sentence in reading.sentences:
        if sentence.patient is None or sentence.role == "references":
            told = False
            continue
        inside = mentions[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        own = [mention for mention in inside if _is_own(mention)]
        places = placed.get(sentence.index, ())
        is_ours = bool(places) or told or any(mention.kind != "lesion" for mention in own)
        if (own or places or (told and not inside)) and is_of_report(read_sites(reading, sentence)):
            ranges = [reading.words.between(mention.start, mention.end) for mention in own]
            yield _Described(sentence, ranges, is_ours, places)
        told = is_ours and (bool(own) or (told and not inside))


def _is_own(mention: LesionMention) -> bool:
    said = mention.qualifiers
    return mention.kind != "lookalike" and not said.negated and is_of_patient(mention.sentence, said)


def _is_told(sentence: Sentence, said: Qualifiers) -> bool:
    return is_of_patient(sentence, said) and not said.negated and not said.historical


@cache
def _kinds() -> frozenset[str]:
    """Codes of the kinds of lesion that say more than that there is one."""
    terms = load_vocabulary("morphology").terms
    return frozenset(code for code, term in terms.items() if term.level in _levels("noun_level")) - {_UNSPECIFIED}


def _examined_from(reading: Reading, sentence: Sentence) -> int:
    """Where a sentence begins to tell what was seen in a section or on a film; its end where it does not."""
    section = cue_patterns("examination_cues")["histology"].search(reading.document.text, sentence.start, sentence.end)
    begins = [term.start for term in terms_by_sentence(reading, "imaging").get(sentence.index, [])]
    return min([sentence.end, *begins, *([section.start()] if section else [])])


def _describes(match: TermMatch, lesions: Sequence[tuple[int, int]], level: str) -> bool:
    """Whether a term is the lesion itself, or stands beside one."""
    gap = min((_gap(first, last, match.first_word, match.last_word) for first, last in lesions), default=_NEAR + 1)
    return gap == 0 or (gap <= _NEAR and level not in _levels("noun_level"))


def _is_of_lesion(reading: Reading, described: _Described, start: int, end: int) -> bool:
    """Whether a measure is that of a lesion: nothing else that is measured stands nearer to it."""
    sentence = described.sentence
    low, high = reading.words.between(start, end)
    cues = cue_lexicon().find(reading.words, sentence.first_word, sentence.last_word)
    if not described.lesions and not any(kind == "size_subject" for kind, _, _ in cues):
        return False
    others = [_gap(first, last, low, high) for kind, first, last in cues if kind == "no_size"]
    kinds = read_sites(reading, sentence).kinds
    offset = sentence.first_word
    others += [_gap(offset + n, offset + n + 1, low, high) for n, kind in enumerate(kinds) if kind == "other_finding"]
    own = [_gap(first, last, low, high) for first, last in described.lesions]
    own += [_gap(first, last, low, high) for kind, first, last in cues if kind == "size_subject"]
    return not others or min(own) <= min(others)


def _gap(first: int, last: int, low: int, high: int) -> int:
    return max(low - last, first - high, 0)
