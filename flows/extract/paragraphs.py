"""Discussion without a heading: paragraphs of a case section that tell of the disease and of no patient.

A short report often has no headings at all: a paragraph on the patient, then some on the disease. What stands in those is
said of calcinosis in general, and must not become the patient's.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from flows.extract.model import Sentence
from flows.extract.reading import Lexicon, Reading
from flows.resources import resource

_BLANK_LINE = re.compile(r"\n\s*\n")
_KINDS = frozenset({"person", "past", "present", "general"})


def mark_general_paragraphs(reading: Reading) -> None:
    """Give the sentences of paragraphs on the disease in general the role introduction or discussion.

    Only in case sections that also have a paragraph on a patient, before or behind it; to be called before patients are
    assigned.
    """
    paragraphs = [paragraph for paragraph in _paragraphs(reading) if paragraph[0].role == "case"]
    counts = [_counts(reading, paragraph) for paragraph in paragraphs]
    first = next((place for place, words in enumerate(counts) if words["person"]), len(paragraphs))
    if first == len(paragraphs):
        return
    for place, (paragraph, words) in enumerate(zip(paragraphs, counts, strict=True)):
        if not words["person"] and words["general"] and words["present"] > words["past"]:
            for sentence in paragraph:
                sentence.role = "introduction" if place < first else "discussion"


def _paragraphs(reading: Reading) -> list[list[Sentence]]:
    text = reading.document.text
    paragraphs: list[list[Sentence]] = []
    for sentence in reading.sentences:
        last = paragraphs[-1][-1] if paragraphs else None
        if last is None or last.role != sentence.role or _BLANK_LINE.search(text, last.end, sentence.start):
            paragraphs.append([])
        paragraphs[-1].append(sentence)
    return paragraphs


def _counts(reading: Reading, paragraph: Sequence[Sentence]) -> Counter[str]:
    found = _cues().find(reading.words, paragraph[0].first_word, paragraph[-1].last_word)
    return Counter(kind for kind, first, last in found if _is_written_so(reading, kind, first, last))


def _is_written_so(reading: Reading, kind: str, first: int, last: int) -> bool:
    """Words are compared without their plural; "patients" is general and "patient" a person."""
    words = " ".join(reading.words.doc[place].text for place in range(first, last)).casefold()
    return words in _forms()[kind]


@cache
def _forms() -> dict[str, frozenset[str]]:
    with resource("data", "rules", "paragraph_cues.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if unknown := {row["kind"] for row in rows} - _KINDS:
        raise ValueError(f"data/rules/paragraph_cues.csv: unknown kind {', '.join(sorted(unknown))}")
    return {kind: frozenset(row["cue"].casefold() for row in rows if row["kind"] == kind) for kind in _KINDS}


@cache
def _cues() -> Lexicon:
    return Lexicon((kind, cue) for kind, cues in _forms().items() for cue in sorted(cues))
