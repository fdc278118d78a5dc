"""Associated diseases and comorbidities: which diseases a report says that the patient has, and which the calcinosis.

What a disease can be to a patient stands in data/rules/disease_roles.csv; the words that link a disease with the
calcinosis, and those that make a disease's name mean something else, in data/rules/disease_cues.csv.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, cast, get_args

from flows.coding.coder import code_text
from flows.coding.items import CodedItem
from flows.coding.vocabulary import load_vocabulary, normalise
from flows.extract.context import Contexts
from flows.extract.model import Finding, FindingState, Sentence
from flows.extract.reading import Lexicon, Reading, TermMatch
from flows.resources import resource
from flows.rules import read_rules

Association = Literal["by_nature", "by_history", "linked", "never"]
Standing = Literal["yes", "not_as_complication", "history", "no"]

ASSOCIATED, COMORBID = "associated_diseases", "comorbidities"

_ROLE_COLUMNS = ["code", "associated", "comorbidity", "only_with", "unless", "covered_by", "source", "note"]
_CODES = ("only_with", "unless", "covered_by")
_CUE_COLUMNS = ["cue", "kind", "matches", "must_not_match", "source"]
CUE_KINDS = frozenset(
    {
        "lesion",
        "link_forward",
        "link_touching",
        "link_back",
        "link_anywhere",
        "describing",
        "barrier",
        "complication",
        "history",
        "denied_in_part",
        "not_before",
        "not_after",
        "elsewhere",
        "of_patient",
        "clinical",
        "specimen",
        "diagnosis",
        "not_in_prose",
        "own_risk",
    }
)
"""lesion: the calcinosis or what is seen of it.   link_forward: between the lesion and its cause; link_touching: the same,
with nothing else between than words that describe the cause (describing); link_back: between the cause and the lesion;
link_anywhere: anywhere in the sentence.   barrier: ends a link.   complication, history: tell when a disease came.   denied_in_part: before a disease, denies its
activity and not the disease.   not_before, not_after: beside a disease's name, which then means no disease.
elsewhere: what follows is no disease of the patient.   of_patient: the sentence is no general statement.
clinical: what follows is a diagnosis, made by looking.   specimen: what follows is what a specimen showed, which is a
disease of the patient only behind a word for a diagnosis.   not_in_prose: words of the vocabulary that mean something
else in prose.   own_risk: what follows are the patient's own risk factors, which the authors link with the calcinosis.
"""

_ROLES = frozenset({"title", "abstract", "case", "figure_caption", "table"})
_LONGEST_LINK = 28
_ABBREVIATION = "abbreviation"
_TAIL = re.compile(
    r"[\s,]*(?:\(\s*)?(?:(?:stage|type|class|grade)[\s-]+(?:[IVX]+|\d)[a-c]?\b|(?:disease|syndrome)\b)\)?",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\b(?:stage|type|class|grade)[\s-]+(?:[IVX]+|\d)[a-c]?[\s-]+$", re.IGNORECASE)
_LONGEST_HEAD = 14
# Words to the left and right of an abbreviation that are tried, until they decide what it stands for.
_WINDOWS = ((0, 0), (1, 0), (0, 1), (2, 0), (3, 0), (0, 2), (0, 3), (4, 0), (3, 3), (6, 0), (0, 5))
_MARK = re.compile(r"[.;:?!]")


@dataclass(frozen=True, slots=True)
class Role:
    """What a disease can be to a patient with calcinosis (a row of data/rules/disease_roles.csv).

    associated: by nature; by nature where it lies in the past; only where the words link it with the calcinosis; never.
    comorbidity: whenever it is named; not where it came as a complication; only where it lies in the past; never.
    only_with, unless: codes of variants or diseases; by nature associated only with one of them, or with none.
    covered_by: codes of diseases beside which it says nothing more.
    """

    associated: Association
    comorbidity: Standing
    only_with: frozenset[str]
    unless: frozenset[str]
    covered_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Mention:
    """A disease named in a sentence, and what the sentence says of it."""

    code: str
    start: int
    end: int
    patient: int
    state: FindingState
    historical: bool
    complication: bool
    specimen: bool
    link: str | None
    sentence: Sentence


def find_diseases(reading: Reading, contexts: Contexts) -> list[Finding]:
    """Associated diseases and comorbidities of every patient of a document, in the order of the text.

    One finding per disease and patient; its value is the author's words for the disease, "no …" where it was ruled
    out. A wider term is left out where a narrower one of the same patient is found.
    """
    mentions = list(_mentions(reading, contexts))
    surroundings = _surroundings(reading, mentions)
    patients = {mention.patient for mention in mentions}
    findings: list[Finding] = []
    for patient in sorted(patients):
        own = [mention for mention in mentions if mention.patient == patient]
        findings += _of_patient(reading, own, surroundings)
    return sorted(findings, key=lambda finding: (finding.start, finding.name))


# --- mentions -----------------------------------------------------------------------------------------------------


def _mentions(reading: Reading, contexts: Contexts) -> Iterator[_Mention]:
    matches = _cue_lexicon().find(reading.words)
    for sentence in reading.sentences:
        if sentence.patient is None or sentence.role == "references":
            continue
        terms = [term for term in reading.terms_in("disease", sentence) if _is_disease(reading, term)]
        cues = _Cues(reading, within(matches, sentence))
        terms += _abbreviated(reading, sentence, cues.of(_ABBREVIATION), terms)
        for term in terms:
            if cues.makes_it_something_else(term):
                continue
            mention = _mention(reading, contexts, sentence, cues, term)
            if mention is not None:
                yield mention


def _mention(reading: Reading, contexts: Contexts, sentence: Sentence, cues: _Cues, term: TermMatch) -> _Mention | None:
    assert sentence.patient is not None
    # What stands in the title of a report is what its authors see together.
    link = cues.link_to(term) or ("link_title" if sentence.role == "title" else None)
    if link is None and _needs_a_link(term.code):
        return None
    said = contexts.qualify(sentence, term.start, term.end)
    if said.family or said.other_person or (said.hypothetical and not cues.comes_before("own_risk", term)):
        return None
    if said.general and not cues.comes_before("of_patient", term):
        return None
    if said.possible and not cues.stands_before("clinical", term):
        return None
    code, start, end = _whole(reading.document.text, term, sentence)
    if code is None:
        return None
    state: FindingState = "present"
    if said.negated:
        if cues.stands_before("denied_in_part", term):
            return None
        state = "absent"
    return _Mention(
        code,
        start,
        end,
        sentence.patient,
        state,
        said.historical or bool(cues.of("history")),
        cues.comes_before("complication", term),
        cues.comes_before("specimen", term) and not cues.comes_before("diagnosis", term),
        link,
        sentence,
    )


def _needs_a_link(code: str) -> bool:
    role = role_of(code)
    return role is not None and role.associated == "linked" and role.comorbidity == "no"


def _is_disease(reading: Reading, term: TermMatch) -> bool:
    role = role_of(term.code)
    if role is None or (role.associated == "never" and role.comorbidity == "no"):
        return False
    words = reading.document.text[term.start : term.end]
    if normalise(words) in _not_in_prose():
        return False
    # "all" is no leukaemia: what the vocabulary writes in capitals must have some in the text.
    return not (normalise(words) in _acronyms() and sum(letter.isupper() for letter in words) < 2)


def _abbreviated(
    reading: Reading, sentence: Sentence, found: list[tuple[int, int]], terms: list[TermMatch]
) -> Iterator[TermMatch]:
    """Abbreviations of several meanings ("HD") with as many words beside them as the coder needs to choose one."""
    words, text = reading.words, reading.document.text
    taken = {word for term in terms for word in range(term.first_word, term.last_word)} if found else set()
    for first, last in found:
        raw = text[words.starts[first] : words.ends[last - 1]]
        if raw != raw.upper() or normalise(raw) in _not_in_prose() or first in taken:
            continue
        for left, right in _WINDOWS:
            begin, end = max(first - left, sentence.first_word), min(last + right, sentence.last_word)
            quote = text[words.starts[begin] : words.ends[end - 1]]
            chosen = _meanings(raw).intersection(
                item.code for item in _coded(quote) if item.state == "present" and item.code is not None
            )
            if len(chosen) == 1:
                yield TermMatch("disease", next(iter(chosen)), words.starts[begin], words.ends[end - 1], begin, end)
                break


def _whole(text: str, term: TermMatch, sentence: Sentence) -> tuple[str | None, int, int]:
    """Code, start and end of a disease with the stage or type beside its name, as the coder reads both together."""
    spans: list[tuple[int, int]] = []
    if (tail := _TAIL.match(text, term.end, sentence.end)) is not None:
        spans.append((term.start, tail.end()))
    if (head := _HEAD.search(text, max(term.start - _LONGEST_HEAD, sentence.start), term.start)) is not None:
        spans.append((head.start(), term.end))
    for start, end in spans:
        items = _coded(text[start:end])
        if len(items) == 1 and items[0].state == "present" and items[0].code is not None:
            return items[0].code, start, end
    codes = {item.code for item in _coded(text[term.start : term.end]) if item.state == "present"}
    return (term.code if term.code in codes else None), term.start, term.end


@lru_cache(maxsize=16_384)
def _coded(words: str) -> tuple[CodedItem, ...]:
    return tuple(code_text(ASSOCIATED, words))


# --- what stands around a disease ---------------------------------------------------------------------------------


class _Cues:
    """The cues of one sentence, as ranges of words."""

    def __init__(self, reading: Reading, matches: list[tuple[str, int, int]]) -> None:
        """matches: kinds, joined by a bar, and half-open range of words of each cue in the sentence."""
        self._reading = reading
        self._found: dict[str, list[tuple[int, int]]] = {}
        for key, first, last in matches:
            for kind in key.split("|"):
                self._found.setdefault(kind, []).append((first, last))

    def of(self, kind: str) -> list[tuple[int, int]]:
        """Where the cues of one kind stand, in order."""
        return self._found.get(kind, [])

    def _between(self, kind: str, first: int, last: int) -> list[tuple[int, int]]:
        """The cues of one kind that lie within a range of words."""
        found = self.of(kind)
        return [one for one in found[bisect_left(found, (first, 0)) : bisect_left(found, (last, 0))] if one[1] <= last]

    def stands_before(self, kind: str, term: TermMatch) -> bool:
        """Whether a cue of this kind ends where the term begins."""
        near = self._between(kind, term.first_word - _LONGEST_LINK, term.first_word)
        return any(last == term.first_word for _, last in near)

    def comes_before(self, kind: str, term: TermMatch) -> bool:
        """Whether a cue of this kind stands somewhere before the term."""
        found = self.of(kind)
        return bool(found) and found[0][1] <= term.first_word

    def makes_it_something_else(self, term: TermMatch) -> bool:
        """Whether the words beside a name make it mean no disease: "diabetes clinic", "screening for lupus"."""
        behind = self._between("not_after", term.last_word, term.last_word + _LONGEST_LINK)
        return (
            self.stands_before("not_before", term)
            or any(first == term.last_word for first, _ in behind)
            or self.comes_before("elsewhere", term)
        )

    def link_to(self, term: TermMatch) -> str | None:
        """Kind of the words that link the term with the calcinosis, if any."""
        if self.comes_before("own_risk", term):
            return "own_risk"
        if self.of("link_anywhere"):
            return "link_anywhere"
        for _, last in self._between("lesion", term.first_word - _LONGEST_LINK, term.first_word):
            if self._is_linked("link_forward", last, term.first_word):
                return "link_forward"
            if self._is_touched(last, self._with_its_description(term.first_word)):
                return "link_touching"
        for first, _ in self._between("lesion", term.last_word, term.last_word + _LONGEST_LINK):
            if self._is_linked("link_back", term.last_word, first):
                return "link_back"
        return None

    def _is_linked(self, kind: str, first: int, last: int) -> bool:
        return any(
            not self._is_cut(end, last) and not self._is_cut(first, begin)
            for begin, end in self._between(kind, first, last)
        )

    def _is_touched(self, first: int, last: int) -> bool:
        # A preposition stands between the two; "in a 50-year-old woman with" may hold more words.
        return any(
            end == last and (begin == first or (end - begin > 1 and not self._is_cut(first, begin)))
            for begin, end in self._between("link_touching", first, last)
        )

    def _with_its_description(self, first: int) -> int:
        """First word of a disease with the words before it that describe it: "longstanding, untreated lupus"."""
        words = self._between("describing", first - _LONGEST_LINK, first)
        while before := [begin for begin, end in words if end == first]:
            first = min(before)
        return first

    def _is_cut(self, first: int, last: int) -> bool:
        if self._between("barrier", first, last):
            return True
        words = self._reading.words
        if first >= last:
            return False
        return _MARK.search(self._reading.document.text, words.starts[first], words.ends[last - 1]) is not None


# --- from mentions to findings ------------------------------------------------------------------------------------


def _surroundings(reading: Reading, mentions: Iterable[_Mention]) -> frozenset[str]:
    """Codes of the variants and diseases that the report names, with all above them."""
    diseases, variants = load_vocabulary("disease"), load_vocabulary("variant")
    found: set[str] = set()
    for mention in mentions:
        if mention.state == "present":
            found.update((mention.code, *diseases.ancestors(mention.code)))
    for term in reading.terms("variant"):
        sentence = reading.sentence_at(term.start)
        if sentence is not None and sentence.patient is not None:
            found.update((term.code, *variants.ancestors(term.code)))
    return frozenset(found)


def _of_patient(reading: Reading, mentions: list[_Mention], surroundings: frozenset[str]) -> Iterator[Finding]:
    best: dict[str, tuple[str, _Mention]] = {}
    for mention in mentions:
        name = _field_of(mention, surroundings)
        if name is None:
            continue
        known = best.get(mention.code)
        if known is None or _weight(name, mention) > _weight(*known):
            best[mention.code] = (name, mention)
    present = {code for code, (_, mention) in best.items() if mention.state == "present"}
    vocabulary = load_vocabulary("disease")
    wider = {above for code in present for above in vocabulary.ancestors(code)}
    linked = {code for code in present if best[code][0] == ASSOCIATED}
    linked |= {above for code in linked for above in vocabulary.ancestors(code)}
    covered = {
        code
        for code, (name, _) in best.items()
        if (role := role_of(code)) is not None
        and role.covered_by & (linked if name == ASSOCIATED else present | wider)
    }
    present -= covered
    wider = {above for code in present for above in vocabulary.ancestors(code)}
    for code, (name, mention) in best.items():
        if code in covered or code in wider or (mention.state == "absent" and present.intersection(_below(code))):
            continue
        if (
            mention.state == "present"
            and name == COMORBID
            and any(best[other][0] == ASSOCIATED for other in present & wider if vocabulary.is_within(code, other))
        ):
            name = ASSOCIATED
        words = reading.document.text[mention.start : mention.end]
        yield Finding(
            name,
            f"no {words}" if mention.state == "absent" else words,
            mention.start,
            mention.end,
            _rule(name, mention),
            mention.patient,
            mention.state,
            _confidence(name, mention),
        )


def _weight(name: str, mention: _Mention) -> tuple[bool, bool]:
    return mention.state == "present", name == ASSOCIATED


def _rule(name: str, mention: _Mention) -> str:
    if mention.state == "absent":
        return "disease_denied"
    return f"disease_{mention.link}" if name == ASSOCIATED and mention.link else "disease_named"


def _confidence(name: str, mention: _Mention) -> float:
    sure = 0.9 if mention.sentence.role in _ROLES else 0.75
    if name == ASSOCIATED and mention.link is None:
        return sure - 0.05
    return sure


def _field_of(mention: _Mention, surroundings: frozenset[str]) -> str | None:
    """Field that a mention belongs to, None for neither."""
    role = role_of(mention.code)
    if role is None:
        return None
    by_nature = (
        (role.associated == "by_nature" or (role.associated == "by_history" and mention.historical))
        and (not role.only_with or bool(role.only_with & surroundings))
        and not (role.unless & surroundings)
    )
    if mention.state == "absent":
        return ASSOCIATED if by_nature else None
    if by_nature or (role.associated in ("by_nature", "linked") and mention.link is not None):
        return ASSOCIATED
    if mention.specimen:
        return None
    if role.comorbidity == "yes":
        return COMORBID
    if role.comorbidity == "not_as_complication" and not mention.complication:
        return COMORBID
    if role.comorbidity == "history" and mention.historical:
        return COMORBID
    return None


@cache
def _below(code: str) -> frozenset[str]:
    vocabulary = load_vocabulary("disease")
    return frozenset(other for other in vocabulary.terms if vocabulary.is_within(other, code))


# --- the rules ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def role_of(code: str) -> Role | None:
    """Role of a disease, its own or that of the nearest term above it; None for a code that is no disease."""
    roles = disease_roles()
    vocabulary = load_vocabulary("disease")
    return next((roles[above] for above in (code, *vocabulary.ancestors(code)) if above in roles), None)


@cache
def disease_roles() -> Mapping[str, Role]:
    """Roles by code (data/rules/disease_roles.csv). Raises ValueError for an unknown column, code or word."""
    diseases, variants = load_vocabulary("disease").terms, load_vocabulary("variant").terms
    roles: dict[str, Role] = {}
    for row in read_rules("disease_roles.csv", _ROLE_COLUMNS):
        others = {column: frozenset(filter(None, row[column].split("|"))) for column in _CODES}
        unknown = [
            code
            for code in (row["code"], *(code for codes in others.values() for code in codes))
            if code not in diseases and code not in variants
        ]
        if unknown or row["associated"] not in get_args(Association) or row["comorbidity"] not in get_args(Standing):
            raise ValueError(f"rules/disease_roles.csv: row of '{row['code']}' has an unknown code or word {unknown}")
        roles[row["code"]] = Role(
            cast(Association, row["associated"]),
            cast(Standing, row["comorbidity"]),
            others["only_with"],
            others["unless"],
            others["covered_by"],
        )
    return roles


@cache
def _cue_lexicon() -> Lexicon:
    kinds: dict[str, set[str]] = {}
    for row in disease_cues():
        if row["kind"] == "not_in_prose":
            continue
        kinds.setdefault(row["cue"].casefold(), set()).add(row["kind"])
    for abbreviation in _abbreviations():
        kinds.setdefault(normalise(abbreviation), set()).add(_ABBREVIATION)
    return Lexicon(("|".join(sorted(values)), cue) for cue, values in kinds.items())


@cache
def _not_in_prose() -> frozenset[str]:
    return frozenset(normalise(row["cue"]) for row in disease_cues() if row["kind"] == "not_in_prose")


@cache
def disease_cues() -> tuple[dict[str, str], ...]:
    """Rows of data/rules/disease_cues.csv. Raises ValueError for an unknown column or kind."""
    rows = tuple(read_rules("disease_cues.csv", _CUE_COLUMNS))
    unknown = {row["kind"] for row in rows} - CUE_KINDS
    if unknown:
        raise ValueError(f"rules/disease_cues.csv: unknown kind {', '.join(sorted(unknown))}")
    return rows


def within(matches: list[tuple[str, int, int]], sentence: Sentence) -> list[tuple[str, int, int]]:
    """Of the matches of a whole text, in its order, those that lie in one sentence."""
    begin = bisect_left(matches, sentence.first_word, key=lambda match: match[1])
    end = bisect_left(matches, sentence.last_word, key=lambda match: match[1])
    return [match for match in matches[begin:end] if match[2] <= sentence.last_word]


def _meanings(abbreviation: str) -> frozenset[str]:
    return _abbreviations().get(abbreviation, frozenset())


@cache
def _abbreviations() -> Mapping[str, frozenset[str]]:
    """What each abbreviation of several meanings can stand for (data/vocabulary/ambiguous_abbreviations.csv)."""
    with resource("data", "vocabulary", "ambiguous_abbreviations.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["abbreviation"]: frozenset(filter(None, row["candidates"].split("|"))) for row in csv.DictReader(file)
        }


@cache
def _acronyms() -> frozenset[str]:
    """Normalised words that the vocabulary writes in capitals only."""
    capitals: set[str] = set()
    plain: set[str] = set()
    for term in load_vocabulary("disease").terms.values():
        for words in (term.label, *term.synonyms):
            (capitals if _is_acronym(words) else plain).add(normalise(words))
    return frozenset(capitals - plain)


def _is_acronym(words: str) -> bool:
    letters = [letter for letter in words if letter.isalpha()]
    return " " not in words and 1 < len(letters) <= 6 and sum(letter.isupper() for letter in letters) > len(letters) / 2
