from __future__ import annotations

from flows.extract.model import Document, Section
from flows.extract.paragraphs import mark_general_paragraphs
from flows.extract.reading import Reading

PATIENT = "A 50-year-old woman had nodules of the elbow. She was treated with diltiazem."
GENERAL = "Calcinosis cutis is usually classified into four types. Idiopathic forms have no known cause."
LABORATORY = "Laboratory tests: calcium was 9.2 mg/dL and phosphate was normal."
PRESENT = "Radiograph shows calcified nodules of the forearm."


def roles(*paragraphs: str) -> list[str]:
    text = "\n\n".join(paragraphs)
    reading = Reading(Document("d", text, (Section("case", None, 0, len(text)),)))
    mark_general_paragraphs(reading)
    return [next(s.role for s in reading.sentences if s.start >= text.index(part)) for part in paragraphs]


def test_a_paragraph_on_the_disease_behind_the_patient_is_discussion_and_before_introduction() -> None:
    assert roles(PATIENT, GENERAL) == ["case", "discussion"]
    assert roles(GENERAL, PATIENT) == ["introduction", "case"]


def test_findings_without_a_word_for_the_patient_stay_with_the_case() -> None:
    assert roles(PATIENT, LABORATORY, PRESENT) == ["case", "case", "case"]


def test_a_text_without_any_patient_keeps_its_roles() -> None:
    assert roles(GENERAL, LABORATORY) == ["case", "case"]


def test_other_sections_keep_their_roles() -> None:
    text = f"{PATIENT}\n\n{GENERAL}"
    reading = Reading(Document("d", text, (Section("abstract", None, 0, len(text)),)))
    mark_general_paragraphs(reading)
    assert {sentence.role for sentence in reading.sentences} == {"abstract"}
