"""What the reading of a narrative passes from step to step: the document, its sentences, and what was found in them.

All offsets count characters (Unicode code points) of `Document.text`, end exclusive, so that `text[start:end]` is the
quote of whatever carries them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal[
    "title", "abstract", "introduction", "case", "figure_caption", "table", "discussion", "references", "other"
]
Coverage = Literal["full_text", "abstract"]
FindingState = Literal["present", "absent"]
Timing = Literal["before", "presentation", "during_treatment", "after_treatment"]
Target = Literal["calcinosis", "other"]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document. role: what it is for; heading: as printed, None where there is none.

    The heading itself lies outside the stretch. Sections do not overlap and stand in the order of the text.
    """

    role: Role
    heading: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A case report as read, with one stable text that every offset refers to.

    document_id: lasting within its source: the first of "pmcid:…", "doi:…", "pmid:…" that is known, else what the file
    calls it, else a hash of the text.   coverage: "abstract" where the text is at most title and abstract.
    country: of the first affiliation, as printed.   article_type: as the publisher names it ("case-report").
    line_number: line or ordinal of the record in its file; 1 where the file is one document.
    """

    document_id: str
    text: str
    sections: tuple[Section, ...]
    coverage: Coverage = "full_text"
    title: str | None = None
    authors: tuple[str, ...] = ()
    journal: str | None = None
    year: int | None = None
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    url: str | None = None
    country: str | None = None
    licence: str | None = None
    article_type: str | None = None
    language: str | None = None
    line_number: int = 1


@dataclass(slots=True)
class Sentence:
    """A sentence (or heading, caption, table row) of a document.

    text is `document.text[start:end]`; first_word and last_word are a half-open range of `Reading.words`.
    patient: number of the patient that it speaks of, 0 for all patients of the report together ("both patients"),
    None where it speaks of no patient of this report (the discussion of other reports, references).
    """

    index: int
    start: int
    end: int
    text: str
    role: Role
    first_word: int
    last_word: int
    patient: int | None = 1


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """What the words around a mention say of it (ConText, Harkema et al. 2009, and general statements)."""

    negated: bool = False
    possible: bool = False
    hypothetical: bool = False
    historical: bool = False
    family: bool = False
    other_person: bool = False
    general: bool = False

    @property
    def is_of_patient(self) -> bool:
        """Whether the mention is said of this patient, affirmed or negated."""
        return not (self.hypothetical or self.family or self.other_person or self.general)


@dataclass(frozen=True, slots=True)
class Finding:
    """One value with the words that it was read from.

    name: intake field (data/dictionary/fields.csv).
    value: what a reviewer would type into the cell of that field, one item: the author's words, such that
        `flows.coding.coder.code_text(name, value)` gives its codes. An absent item begins with "no " ("no lupus").
    start, end: the quote; the value can be derived again from `text[start:end]` alone, but for its state.
    patient: number of the patient; 0 for all patients of the report.
    rule: lasting name of the rule that found it ("age_hyphenated").   confidence: 0 to 1.
    timing: of a laboratory value.   target: what a treatment aims at.
    """

    name: str
    value: str
    start: int
    end: int
    rule: str
    patient: int = 1
    state: FindingState = "present"
    confidence: float = 0.9
    timing: Timing | None = None
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whether a document reports a patient with calcinosis cutis in the sense of the registry.

    reason: lasting name, fit for counting (data/rules/scope_reasons.csv).   start, end: the words that decided, if any.
    """

    in_scope: bool
    reason: str
    start: int | None = None
    end: int | None = None


@dataclass(slots=True)
class ExtractedCase:
    """All findings of one patient, in the order of the text."""

    patient_index: int
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Extraction:
    """What was read out of one document."""

    document: Document
    scope: Scope
    cases: list[ExtractedCase] = field(default_factory=list)
