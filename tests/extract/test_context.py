"""Every cue of data/rules/context_cues.csv does in its sentences what the table says."""

from __future__ import annotations

import pytest

from flows.extract.context import Contexts, SentenceContext
from flows.extract.cues import Cue, CueTable, context_cues
from flows.extract.model import Document, Role, Section
from flows.extract.reading import Reading


def context_of(marked: str, role: Role = "case", table: CueTable | None = None) -> tuple[SentenceContext, int, int]:
    """The context of a sentence whose mention stands in curly brackets, and the offsets of the mention."""
    start = marked.index("{")
    end = marked.index("}") - 1
    text = marked.replace("{", "").replace("}", "")
    reading = Reading(Document("test", text, (Section(role, None, 0, len(text)),)))
    sentence = reading.sentence_at(start)
    assert sentence is not None
    return Contexts(reading, table).of(sentence), start, end


def said(marked: str, role: Role = "case", table: CueTable | None = None) -> set[str]:
    """What is said of the mention in curly brackets."""
    context, start, end = context_of(marked, role, table)
    return set(context.categories(start, end))


def acts(cue: Cue, marked: str) -> bool:
    """Whether one cue acts on the mention, or, for cues that only steer others, whether it makes a difference."""
    if cue.role in {"before", "after", "closing"} or (cue.role == "sentence"):
        context, start, end = context_of(marked)
        if cue.role == "sentence" and "general" not in context.categories(start, end):
            return False
        return cue.key in {acting.key for acting in context.acting(start, end)}
    if cue.role in {"past_verb", "present_verb", "generic_verb", "tense", "join", "opening"}:
        text = marked.replace("{", "").replace("}", "")
        reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
        found = [match for match in context_cues().find(reading.words) if match[0] == cue.key]
        return any(first == 0 for _, first, _ in found) if cue.role == "opening" else bool(found)
    return said(marked) != said(marked, table=context_cues().without(cue.key))


@pytest.mark.parametrize("cue", context_cues().cues.values(), ids=lambda cue: f"{cue.key}-{cue.role}-{cue.category}")
def test_each_cue_acts_in_its_sentence_and_not_in_the_other(cue: Cue) -> None:
    assert acts(cue, cue.matches), f"{cue.cue!r} does not act in {cue.matches!r}"
    assert not acts(cue, cue.must_not_match), f"{cue.cue!r} acts in {cue.must_not_match!r}"
