"""Whether a document reports a patient with calcinosis cutis in the sense of the registry.

In scope is calcification of skin, subcutaneous or periarticular soft tissue, and calciphylaxis, of a patient that the
document reports. Each mention (flows/extract/lesions.py) speaks for the patient or falls away for a reason; then the
document as a whole must be a report of patients, not a review, a cohort or work on animals. Cues are data
(data/rules/scope_cues.csv), reasons too (data/rules/scope_reasons.csv).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final, Literal, cast, get_args

from flows.extract.context import Contexts
from flows.extract.lesions import LesionMention, lesion_mentions
from flows.extract.model import Role, Scope
from flows.extract.reading import Reading
from flows.extract.screening import is_relevant
from flows.rules import read_rules

CueKind = Literal[
    "individual",
    "someone",
    "report",
    "person",
    "people",
    "review",
    "cohort",
    "animal",
    "differential_before",
    "differential_after",
    "expansion",
    "stands_alone",
    "relative",
    "diagnosis_follows",
]
"""individual: one patient is described.   someone: a single person is spoken of, a patient or an example. report:
the authors report patients of their own.   person, people: a human being, several.   review, cohort, animal: what
else a document can be.   differential_before, differential_after: in the words before or behind a mention, that it
was only weighed. expansion: a stretch that spells out an abbreviation.   stands_alone: the words behind a disease
that is no mere adjective ("no calciphylaxis", not "no calciphylaxis improvement").   relative: the beginning of a
sentence on a relative. diagnosis_follows: what stands right before the sentence that names the diagnosis ("What is
your diagnosis?")."""

# Roles in which patients are reported; what the others say of calcinosis is said in general or of other reports.
_THEORY: Final[frozenset[Role]] = frozenset({"introduction", "discussion", "references"})
_REPORTING: Final[frozenset[Role]] = frozenset({"abstract", "case", "other"})
# How far into the first sentence its subject may begin.
_SUBJECT = 30
_BEFORE = 90
_AFTER = 110
# How many sentences apart the lump and the words on its calcification may stand ("… Histology showed calcium deposits").
_SENTENCES_APART = 4
# The same in characters, for notes in few words.
_CHARACTERS_APART = 450


@dataclass(frozen=True, slots=True)
class Cue:
    """A row of data/rules/scope_cues.csv."""

    name: str
    kind: CueKind
    pattern: re.Pattern[str]
    matches: str
    must_not_match: str


@cache
def scope_cues() -> tuple[Cue, ...]:
    """All cues. Raises ValueError for an unknown kind or a pattern that cannot be read."""
    cues = []
    for row in read_rules("scope_cues.csv", ("cue", "kind", "pattern", "matches", "must_not_match", "source")):
        if row["kind"] not in get_args(CueKind):
            raise ValueError(f"scope_cues.csv: {row['cue']!r} has the unknown kind {row['kind']!r}")
        try:
            pattern = re.compile(row["pattern"], re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"scope_cues.csv: {row['cue']!r} has a pattern that cannot be read: {error}") from error
        cues.append(Cue(row["cue"], cast(CueKind, row["kind"]), pattern, row["matches"], row["must_not_match"]))
    return tuple(cues)


@cache
def _cues_of(kind: CueKind) -> tuple[Cue, ...]:
    return tuple(cue for cue in scope_cues() if cue.kind == kind)


@cache
def scope_reasons() -> dict[str, bool]:
    """Every reason with whether it means that the document is in scope."""
    rows = read_rules("scope_reasons.csv", ("code", "label", "in_scope", "source"))
    return {row["code"]: row["in_scope"] == "yes" for row in rows}


def decide_scope(reading: Reading, contexts: Contexts) -> Scope:
    """Whether the document reports a patient of the registry, why, and the words that decided."""
    mentions = lesion_mentions(reading, contexts)
    if all(mention.kind in ("lesion", "lookalike") for mention in mentions) and not is_relevant(reading.document.text):
        return Scope(False, "no_relevant_term")
    return _Decision(reading, mentions).scope()


class _Decision:
    def __init__(self, reading: Reading, mentions: Sequence[LesionMention]) -> None:
        self._reading = reading
        self._text = reading.document.text
        self._mentions = mentions

    def scope(self) -> Scope:
        evidence: list[tuple[str, LesionMention]] = []
        dropped: list[tuple[str, LesionMention]] = []
        for mention in self._mentions:
            if mention.kind == "lesion":
                continue
            reason = self._reason_to_drop(mention)
            if reason is None and mention.qualifiers.possible and self._is_refuted(mention):
                reason = "negated"
            if reason is None:
                evidence.append((self._reason_to_keep(mention), mention))
            else:
                dropped.append((reason, mention))
        if not evidence and self._kind_of_document is None:
            evidence = self._topic(dropped)
        if evidence:
            reason, mention = min(evidence, key=lambda entry: _STRENGTH.index(entry[0]))
            return _result(self._kind_of_document or reason, mention)
        named = [mention for _, mention in dropped if mention.kind != "lookalike"]
        if named and self._kind_of_document not in (None, "no_patient"):
            return _result(self._kind_of_document, named[0])
        return _result(*_most_telling(dropped)) if dropped else Scope(False, "only_general")

    def _topic(self, dropped: Sequence[tuple[str, LesionMention]]) -> list[tuple[str, LesionMention]]:
        """What the document is about, where it reports patients but names their disease in general words only."""
        if self._explanation is not None:
            return []
        return [
            (self._reason_to_keep(mention), mention)
            for reason, mention in dropped
            if reason == "only_general" and self._is_subject(mention)
        ]

    def _is_subject(self, mention: LesionMention) -> bool:
        sentence = mention.sentence
        is_named = mention.kind == "calcinosis" or (mention.kind == "calcification" and mention.tissue == "skin")
        if not is_named or self._is_expansion(mention) or self._is_differential(mention):
            return False
        if sentence.role == "title":
            return True
        if mention.start - sentence.start > _SUBJECT:
            return False
        before = self._text[max(0, sentence.start - _BEFORE) : sentence.start]
        return sentence.index == self._first_of_prose or _any("diagnosis_follows", before)

    @cached_property
    def _first_of_prose(self) -> int:
        """Index of the first sentence that is no title."""
        return next((one.index for one in self._reading.sentences if one.role != "title"), 0)

    # --- one mention ---

    def _reason_to_drop(self, mention: LesionMention) -> str | None:
        """Why a mention does not speak for a patient of the registry, or None."""
        said = mention.qualifiers
        if mention.kind == "lookalike":
            return mention.reason
        if said.negated:
            return "negated"
        if said.family or said.other_person or _any("relative", mention.sentence.text):
            return "family"
        if said.general or said.hypothetical or self._is_theory(mention):
            return "only_general"
        if self._is_expansion(mention):
            return "only_general"
        if self._is_differential(mention):
            return "differential"
        if mention.kind == "calcinosis":
            # What was suspected gives way to a diagnosis that was made.
            return "differential" if said.possible and self._explanation is not None else None
        if self._explanation is not None:
            return self._explanation
        return None if self._is_placed(mention) else "unplaced"

    def _reason_to_keep(self, mention: LesionMention) -> str:
        return mention.reason or "calcified_skin_lesion"

    def _is_theory(self, mention: LesionMention) -> bool:
        """Whether a mention stands where other reports are spoken of, and not of this patient all the same."""
        sentence = mention.sentence
        is_elsewhere = sentence.patient is None and sentence.role != "title"
        return (is_elsewhere or sentence.role in self._theory) and not _is_of_someone(sentence.text)

    @cached_property
    def _theory(self) -> frozenset[Role]:
        """Roles that report no patient. A document that has none but these reports its patients there."""
        roles = {section.role for section in self._reading.document.sections}
        return _THEORY if roles & _REPORTING else frozenset({"references"})

    def _is_refuted(self, mention: LesionMention) -> bool:
        """Whether a disease that was suspected is denied elsewhere."""
        return any(
            other.kind == mention.kind
            and other.reason == mention.reason
            and other.qualifiers.negated
            and _any("stands_alone", self._text[other.end : other.sentence.end])
            for other in self._mentions
        )

    def _is_expansion(self, mention: LesionMention) -> bool:
        sentence = mention.sentence
        return any(
            sentence.start + match.start() <= mention.start < sentence.start + match.end()
            for cue in _cues_of("expansion")
            for match in cue.pattern.finditer(sentence.text)
        )

    def _is_differential(self, mention: LesionMention) -> bool:
        sentence = mention.sentence
        before = self._text[max(sentence.start, mention.start - _BEFORE) : mention.start]
        after = self._text[mention.end : min(sentence.end, mention.end + _AFTER)]
        return _any("differential_before", before) or _any("differential_after", after)

    def _is_placed(self, mention: LesionMention) -> bool:
        """Whether calcification is of the skin, or of a lump in it or under it that stands nearby."""
        if mention.tissue == "skin":
            return True
        index = mention.sentence.index
        for other in self._mentions:
            if other.kind != "lesion" or other.tissue is None or other.qualifiers.negated:
                continue
            distance = index - other.sentence.index
            if distance == 0 and mention.tissue in ("soft", "place"):
                return True
            is_near = abs(distance) <= _SENTENCES_APART or abs(mention.start - other.start) <= _CHARACTERS_APART
            if other.tissue == "skin" and is_near:
                return True
        return mention.tissue == "soft"

    # --- the document ---

    @cached_property
    def _explanation(self) -> str | None:
        """Reason of a diagnosis that accounts for calcified lumps, where the patient has one."""
        for mention in self._mentions:
            said = mention.qualifiers
            is_said = said.is_of_patient and not (said.negated or said.possible or said.historical)
            if mention.explains and is_said and not self._is_theory(mention) and not self._is_differential(mention):
                return mention.reason
        return None

    @cached_property
    def _kind_of_document(self) -> str | None:
        """Reason why the document is no report of patients, or None."""
        text = self._own_words
        animals = _count_all("animal", text)
        if animals and animals > _count_all("person", text) + _count_all("people", text):
            return "animal"
        is_individual = _any("individual", text)
        article_type = (self._reading.document.article_type or "").casefold()
        is_report = "case" in article_type or _any("report", text) or _any("someone", text)
        if is_individual and is_report:
            return None
        if _count("cohort", text) >= (2 if is_report or is_individual else 1):
            return "cohort"
        if is_report:
            return None
        if "review" in article_type or _any("review", text):
            return "review"
        return None if is_individual or _any("person", text) else "no_patient"

    @cached_property
    def _own_words(self) -> str:
        """What the document says outside of its discussion and references."""
        sections = [section for section in self._reading.document.sections if section.role not in self._theory]
        return "\n".join(self._text[section.start : section.end] for section in sections)


_STRENGTH: Final = ("calciphylaxis", "calcinosis_named", "calcified_skin_lesion")
# Of what speaks against a document, that which comes nearest to the registry tells most.
_TELLING: Final = ("differential", "negated", "family", "only_general", "unplaced")


def _most_telling(dropped: Iterable[tuple[str, LesionMention]]) -> tuple[str, LesionMention]:
    entries = list(dropped)
    named = [entry for entry in entries if entry[1].kind == "calcinosis"]
    if named:
        return min(named, key=lambda entry: _TELLING.index(entry[0]) if entry[0] in _TELLING else len(_TELLING))
    counts = Counter(reason for reason, _ in entries if reason not in _TELLING)
    if counts:
        most = counts.most_common(1)[0][0]
        return next(entry for entry in entries if entry[0] == most)
    return entries[0]


def _result(reason: str, mention: LesionMention) -> Scope:
    return Scope(scope_reasons()[reason], reason, mention.start, mention.end)


def _any(kind: CueKind, text: str) -> bool:
    return any(cue.pattern.search(text) for cue in _cues_of(kind))


@lru_cache(maxsize=256)
def _is_of_someone(text: str) -> bool:
    return _any("individual", text) or _any("someone", text)


def _count_all(kind: CueKind, text: str) -> int:
    """How often cues of a kind stand in a text."""
    return sum(1 for cue in _cues_of(kind) for _ in cue.pattern.finditer(text))


def _count(kind: CueKind, text: str) -> int:
    """How many different cues of a kind stand in a text."""
    return sum(1 for cue in _cues_of(kind) if cue.pattern.search(text))
