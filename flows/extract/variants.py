"""The variant and the subtype of calcinosis that the authors name for a patient.

A variant's word ("dystrophic", "idiopathic") counts only beside a word for the calcinosis; sentences that list the
variants, and those of other patients, count for nothing. Words are data: data/rules/variant_cues.csv.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary, normalise
from flows.extract.abbreviations import find_abbreviations, occurrences
from flows.extract.context import Contexts
from flows.extract.diseases import within
from flows.extract.model import Finding, Role, Sentence
from flows.extract.patients import number_of_patients
from flows.extract.reading import Lexicon, Reading, TermMatch
from flows.extract.site_heads import is_of_patient
from flows.rules import read_rules

STATED, SUBTYPE = "variant_stated", "variant_subtype"

_COLUMNS = ["cue", "kind", "variant", "matches", "must_not_match", "source"]
CUE_KINDS = frozenset(
    {
        "adjective",
        "noun",
        "filler",
        "stop",
        "link",
        "suffix",
        "cause",
        "organ",
        "contrast",
        "diagnosis",
        "own",
        "suspected",
        "differential",
        "listing",
        "not_subtype",
        "subtype",
        "descriptive",
    }
)
"""adjective: word of a variant (column `variant`).   noun: word for the calcinosis.   filler: may stand between
the two, as may any word of one noun phrase but those of the kinds stop and organ.   link: joins noun and adjective
behind it ("was classified as").   suffix: makes an adjective behind a noun a variant ("type").   cause: joins the
noun and what gives the subtype its name ("due to").   organ: calcification there is none of the skin.   contrast:
what follows is what it was not.   diagnosis: the sentence states the diagnosis. own: the sentence is about this
patient, wherever it stands.   suspected: before a variant, a suspicion that still counts.   differential: before
a variant, one of several that do not.   listing: the sentence tells what variants there are.   not_subtype: words
of the vocabulary that name no subtype in prose; subtype: words that do without naming calcification; descriptive:
words that count only where no other subtype is named."""

_CALCIFIED = re.compile(r"calcin|calcif|calciphyl|calcul|calzin", re.IGNORECASE)
# What a sentence must hold to be looked at.
_CALCIUM = re.compile(r"calci|calzi|calcul|exoskel|weissenbach", re.IGNORECASE)
_WEIGHT: Mapping[Role, float] = {
    "title": 1.0,
    "figure_caption": 0.95,
    "abstract": 0.9,
    "case": 0.9,
    "table": 0.6,
    "discussion": 0.55,
    "introduction": 0.45,
    "other": 0.45,
}
_OF_THE_CASE = frozenset({"title", "figure_caption", "abstract", "case", "table"})
_ADDED_BY_DIAGNOSIS = 0.3
_LOST_BY_SUSPICION = 0.4
_LOST_BY_COMPANY = 0.4
_LOST_BY_DESCRIPTION = 0.6
_LEAST = 0.25
# How far into the first sentence its subject may begin.
_OPENING = 5
_LISTED = 3
_MOST_FILLERS = 6
_LONGEST_PHRASE = 120


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A variant or subtype named in a sentence. score: how much the place and its words speak for it."""

    code: str
    start: int
    end: int
    patient: int
    score: float
    is_suspected: bool


def find_variants(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Variant and subtype that the authors name, at most one of each per patient, in the order of the text.

    The words of title, captions, abstract and case count more than those of the discussion, a diagnosis more than
    a remark, an affirmed more than a suspected one; of equals the one named more often, then the first.
    """
    stated: list[_Candidate] = []
    subtypes: list[_Candidate] = []
    matches: list[tuple[str, int, int]] | None = None
    for sentence in reading.sentences:
        if sentence.role == "references" or not _CALCIUM.search(sentence.text):
            continue
        named = _variants_in(reading, sentence)
        forms = _subtypes_in(reading, sentence)
        if not named and not forms:
            continue
        if matches is None:
            matches = _cue_lexicon().find(reading.words)
        cues = _cues(reading, within(matches, sentence))
        if sentence.patient is None and "own" not in cues:
            continue
        if "listing" in cues or len({code for code, _, _ in named}) >= _LISTED:
            continue
        stated += _judged(reading, contexts, sentence, cues, named)
        subtypes += _judged(reading, contexts, sentence, cues, forms)
    stated = stated or _by_short_form(reading, contexts)
    if number_of_patients(reading) == 1 and not (stated and subtypes):
        topic = _topic_of(reading, contexts)
        stated = stated or [one for one in topic if one.code not in _subtype_codes()]
        subtypes = subtypes or [one for one in topic if one.code in _subtype_codes()]
    findings = [*_best(reading, STATED, stated), *_best(reading, SUBTYPE, subtypes)]
    return sorted(findings, key=lambda finding: (finding.start, finding.name))


def _by_short_form(reading: Reading, contexts: Contexts) -> list[_Candidate]:
    """Variants of abbreviations that the text defines and then says of a patient: "idiopathic calcinosis (IC)"."""
    found: list[_Candidate] = []
    for defined in find_abbreviations(reading.document.text):
        where = reading.sentence_at(defined.start)
        named = [one for one in _variants_in(reading, where) if defined.start <= one[1] < defined.end] if where else []
        for first, last in occurrences(reading.document.text, defined.short) if named else ():
            sentence = reading.sentence_at(first)
            if sentence is None or sentence.patient is None or sentence.role == "references":
                continue
            said = contexts.qualify(sentence, first, last)
            if not said.negated and is_of_patient(sentence, said):
                code, start, end = named[0]
                found.append(_Candidate(code, start, end, sentence.patient, _LEAST, said.possible))
    return found


def _topic_of(reading: Reading, contexts: Contexts) -> list[_Candidate]:
    """What a report on one patient begins with: "Scrotal calcinosis is a rare …" says what the patient has."""
    sentence = next((one for one in reading.sentences if one.role != "title"), None)
    if sentence is None or sentence.role in ("discussion", "references") or not _CALCIUM.search(sentence.text):
        return []
    named = [*_variants_in(reading, sentence), *_subtypes_in(reading, sentence)]
    if len({code for code, _, _ in named if code not in _subtype_codes()}) > 1:
        return []
    words = reading.document.text
    return [
        _Candidate(code, start, end, 1, _LEAST, is_suspected=False)
        for code, start, end in named
        if start - sentence.start <= _OPENING
        and not _is_descriptive(words[start:end])
        and (said := contexts.qualify(sentence, start, end)).general
        and not said.negated
    ]


@cache
def _subtype_codes() -> frozenset[str]:
    terms = load_vocabulary("variant").terms
    return frozenset(code for code, term in terms.items() if term.level == "subtype")


# --- what is named ------------------------------------------------------------------------------------------------


def _variants_in(reading: Reading, sentence: Sentence) -> list[tuple[str, int, int]]:
    """Code and offsets of the variants named in a sentence."""
    patterns = _patterns()
    found: list[tuple[str, int, int]] = []
    for pattern in (patterns.before, patterns.behind):
        for match in pattern.finditer(sentence.text):
            if patterns.organ.match(sentence.text, match.end()):
                continue
            adjective = next(name for name, words in match.groupdict().items() if words)
            code = _stated(match[adjective])
            if code is None:
                continue
            # "Dystrophic penile calcinosis" would be read as two variants.
            group = 0 if _stated(match[0]) == code else adjective
            found.append((code, sentence.start + match.start(group), sentence.start + match.end(group)))
    vocabulary = load_vocabulary("variant")
    for term in reading.terms_in("variant", sentence):
        if vocabulary.is_within(term.code, "calciphylaxis"):
            words = reading.document.text[term.start : term.end]
            if _is_written_out(words) and _stated(words) == "calciphylaxis":
                found.append(("calciphylaxis", term.start, term.end))
    for match in patterns.preferred.finditer(sentence.text):
        words = match["adjective"]
        if (code := _stated(words)) is not None:
            found.append((code, sentence.start + match.start("adjective"), sentence.start + match.end("adjective")))
    kept: list[tuple[str, int, int]] = []
    for code, start, end in sorted(found, key=lambda one: (one[1], -one[2])):
        if not kept or start >= kept[-1][2]:
            kept.append((code, start, end))
    return kept


def _subtypes_in(reading: Reading, sentence: Sentence) -> list[tuple[str, int, int]]:
    """Code and offsets of the subtypes named in a sentence."""
    vocabulary = load_vocabulary("variant")
    found: list[tuple[str, int, int]] = []
    for term in reading.terms_in("variant", sentence):
        if vocabulary.terms[term.code].level != "subtype":
            continue
        start = term.start if _names_a_subtype(reading, term) else _start_of_phrase(reading, sentence, term)
        if start is not None:
            found.append((term.code, start, term.end))
    return found


def _start_of_phrase(reading: Reading, sentence: Sentence, term: TermMatch) -> int | None:
    """Where "calcinosis cutis due to electrode paste" begins, of which the term is only the cause."""
    text = reading.document.text
    if not _is_written_out(text[term.start : term.end]):
        return None
    for match in _patterns().caused.finditer(text, max(sentence.start, term.start - _LONGEST_PHRASE), term.start):
        if match.end() == term.start and _subtype(text[match.start() : term.end]) == term.code:
            return match.start()
    return None


def _names_a_subtype(reading: Reading, term: TermMatch) -> bool:
    words = reading.document.text[term.start : term.end]
    key = normalise(words)
    if key in _keys("not_subtype") or not _is_written_out(words):
        return False
    return (bool(_CALCIFIED.search(words)) or key in _keys("subtype")) and _subtype(words) == term.code


def _is_written_out(words: str) -> bool:
    # An abbreviation of three letters means many things; authors write it out once.
    return not (" " not in words and len(words) <= 5)


@lru_cache(maxsize=4096)
def _stated(words: str) -> str | None:
    """Variant that the words name, one of the first rank ("traumatic" stays below "iatrogenic")."""
    items = code_text(STATED, words)
    return items[0].code if len(items) == 1 and items[0].state == "present" else None


@lru_cache(maxsize=4096)
def _subtype(words: str) -> str | None:
    items = code_text(SUBTYPE, words)
    return items[0].code if len(items) == 1 and items[0].state == "present" else None


# --- what is said of it -------------------------------------------------------------------------------------------


def _cues(reading: Reading, matches: list[tuple[str, int, int]]) -> dict[str, list[tuple[int, int]]]:
    """Offsets of the cues of a sentence by kind."""
    words = reading.words
    found: dict[str, list[tuple[int, int]]] = {}
    for key, first, last in matches:
        for kind in key.split("|"):
            found.setdefault(kind, []).append((words.starts[first], words.ends[last - 1]))
    return found


def _judged(
    reading: Reading,
    contexts: Contexts,
    sentence: Sentence,
    cues: Mapping[str, list[tuple[int, int]]],
    named: list[tuple[str, int, int]],
) -> Iterator[_Candidate]:
    affirmed = [one for one in named if not _comes_before(cues, "contrast", named[0][1], one[1])]
    text = reading.document.text
    company = len({code for code, start, end in affirmed if not _is_descriptive(text[start:end])}) > 1
    for code, start, end in affirmed:
        said = contexts.qualify(sentence, start, end)
        if said.negated or not is_of_patient(sentence, said):
            continue
        if _comes_before(cues, "differential", sentence.start, start):
            continue
        suspected = said.possible or _comes_before(cues, "suspected", sentence.start, start)
        score = _WEIGHT.get(sentence.role, 0.0)
        if "own" in cues and sentence.role not in _OF_THE_CASE:
            score += _ADDED_BY_DIAGNOSIS
        if "diagnosis" in cues:
            score += _ADDED_BY_DIAGNOSIS
        if suspected:
            score -= _LOST_BY_SUSPICION
        if company:
            score -= _LOST_BY_COMPANY
        if _is_descriptive(text[start:end]):
            score -= _LOST_BY_DESCRIPTION
        if score >= _LEAST:
            yield _Candidate(code, start, end, 1 if sentence.patient is None else sentence.patient, score, suspected)


def _is_descriptive(words: str) -> bool:
    return normalise(words) in _keys("descriptive")


def _comes_before(cues: Mapping[str, list[tuple[int, int]]], kind: str, after: int, start: int) -> bool:
    return any(after <= begin and end <= start for begin, end in cues.get(kind, []))


def _best(reading: Reading, name: str, candidates: list[_Candidate]) -> Iterator[Finding]:
    vocabulary = load_vocabulary("variant")
    for patient in sorted({candidate.patient for candidate in candidates}):
        own = [candidate for candidate in candidates if candidate.patient == patient]
        often = {code: sum(one.code == code for one in own) for code in {one.code for one in own}}
        top = max(own, key=lambda one: (one.score, often[one.code], -one.start))
        # A narrower term names the same thing more exactly.
        text = reading.document.text
        narrower = [
            one
            for one in own
            if one.code != top.code
            and (
                vocabulary.is_within(one.code, top.code)
                or normalise(text[top.start : top.end]) in normalise(text[one.start : one.end])
            )
        ]
        if narrower:
            top = max(narrower, key=lambda one: (one.score, often[one.code], -one.start))
        words = text[top.start : top.end]
        rule = f"{name}_suspected" if top.is_suspected else f"{name}_named"
        confidence = round(min(0.95, 0.5 + 0.4 * top.score), 2)
        yield Finding(name, words, top.start, top.end, rule, patient, confidence=confidence)


# --- the rules ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Patterns:
    before: re.Pattern[str]
    behind: re.Pattern[str]
    organ: re.Pattern[str]
    caused: re.Pattern[str]
    preferred: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    adjective, noun = _alternatives("adjective"), _alternatives("noun")
    filler, link, suffix = _alternatives("filler"), _alternatives("link"), _alternatives("suffix")
    organ = _alternatives("organ")
    space = r"[\s,/()-]+"
    word = rf"(?!(?:{_alternatives('stop')}|{organ}|{noun})\b)[^\W\d_][\w-]*"
    before = rf"\b(?P<first>{adjective})(?:{space}(?:{filler})\b|\s+{word}){{0,{_MOST_FILLERS}}}{space}(?:{noun})\b"
    rest = rf"(?:{space}(?:{filler})){{0,{_MOST_FILLERS}}}?"
    behind = (
        rf"\b(?:{noun}){rest}(?:{space}(?:{link})){{1,{_MOST_FILLERS}}}(?:{space}(?:an?|the))?{space}(?P<second>{adjective})\b(?:{space}(?:{suffix})\b)?"
        rf"|\b(?:{noun}){rest}{space}(?P<third>{adjective}){space}(?:{suffix})\b"
        rf"|\b(?:{noun})(?:{space}(?:{filler}))?\s*[,(]\s*(?P<fourth>{adjective})(?=\s*[),.;]|$)"
    )
    return _Patterns(
        re.compile(before, re.IGNORECASE),
        re.compile(behind, re.IGNORECASE),
        re.compile(rf"\s+(?:\w+\s+){{0,3}}(?:{organ})\b", re.IGNORECASE),
        re.compile(
            rf"\b(?:{noun})(?:{space}\w+){{0,2}}?{space}(?:{_alternatives('cause')})\s+(?:\w+\s+){{0,3}}?",
            re.IGNORECASE,
        ),
        re.compile(
            rf"\b(?P<adjective>{adjective})(?:{space}(?:{filler})){{0,2}}{space}(?:{_alternatives('contrast')})"
            rf"{space}(?:an?{space}|the{space})?(?:{adjective})",
            re.IGNORECASE,
        ),
    )


def _alternatives(kind: str) -> str:
    words = sorted((row["cue"] for row in variant_cues() if row["kind"] == kind), key=len, reverse=True)
    return "|".join(r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", cue))) for cue in words)


@cache
def _cue_lexicon() -> Lexicon:
    in_words = {"contrast", "diagnosis", "own", "suspected", "differential", "listing"}
    kinds: dict[str, set[str]] = {}
    for row in variant_cues():
        if row["kind"] in in_words:
            kinds.setdefault(normalise(row["cue"]), set()).add(row["kind"])
    return Lexicon(("|".join(sorted(values)), cue) for cue, values in kinds.items())


@cache
def _keys(kind: str) -> frozenset[str]:
    return frozenset(normalise(row["cue"]) for row in variant_cues() if row["kind"] == kind)


@cache
def variant_cues() -> tuple[dict[str, str], ...]:
    """Rows of data/rules/variant_cues.csv. Raises ValueError for an unknown column, kind or variant."""
    rows = tuple(read_rules("variant_cues.csv", _COLUMNS))
    terms = load_vocabulary("variant").terms
    for row in rows:
        if row["kind"] not in CUE_KINDS or (row["kind"] == "adjective") != (row["variant"] in terms):
            raise ValueError(f"rules/variant_cues.csv: kind or variant of '{row['cue']}' is unknown")
    return rows
