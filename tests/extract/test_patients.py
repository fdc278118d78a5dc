"""How many patients a report describes, and whose each sentence is. Texts in own words, answers worked out by hand."""

from __future__ import annotations

import pytest

from flows.extract.context import Contexts
from flows.extract.model import Document, Role, Section
from flows.extract.patients import assign_patients, number_of_patients, patient_at
from flows.extract.reading import Reading


def _reading(
    *parts: tuple[Role, str | None, str], title: str | None = None, article_type: str | None = None
) -> Reading:
    text, sections = "", []
    for role, heading, words in parts:
        start = len(text)
        text += words
        sections.append(Section(role, heading, start, len(text)))
        text += "\n\n"
    return Reading(Document("test", text, tuple(sections), title=title, article_type=article_type))


def _assign(*parts: tuple[Role, str | None, str], **more: str) -> tuple[int | None, list[int | None], Reading]:
    reading = _reading(*parts, **more)
    n = assign_patients(reading, Contexts(reading))
    return n, [sentence.patient for sentence in reading.sentences], reading


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("A 45-year-old woman had hard nodules of the elbows.", 1),
        ("Hard nodules of the elbows were removed.", 1),
        ("Case 1. A man had hard nodules. Case 2. A woman had hard plaques.", 2),
        ("Patient A was a 30-year-old man. Patient B was his 28-year-old sister.", 2),
        ("CASE REPORT I: a man of 40 years. CASE REPORT II: a woman of 50 years.", 2),
        ("A 45-year-old woman had nodules. Another patient, a 50-year-old man, had plaques.", 2),
        ("A 66-year-old man with gout (case 1) and a 38-year-old woman with lupus (case 2) had nodules.", 2),
        ("We report two brothers, 12 and 14 years old, with tumoral calcinosis.", 2),
        ("We describe a 47-year-old father and his 14-year-old son with hard nodules.", 2),
        ("We report monozygotic twins with hard plaques of the scalp.", 2),
        ("Both patients had hard nodules.", 2),
        ("A 2-week-old girl, 5-week-old boy, and a 6-week-old girl had hard nodules.", 3),
        ("A 45-year-old woman, 43 years old at diagnosis, had nodules.", 1),
        ("The first patient had nodules. The second patient had plaques. The third patient had ulcers.", 3),
        ("We treated four infants with plaques after infusion of calcium.", 4),
        ("From 2009 to 2016, five women were seen with hard nodules.", 5),
        # A relative, a second age, a donor, the literature and healthy people start no case.
        ("A 45-year-old woman had nodules. Her 20-year-old daughter was well.", 1),
        ("A 9-year-old boy, born to a 25-year-old mother, had nodules.", 1),
        (
            "A 45-year-old woman had nodules. They had begun at the age of 12. At follow-up, now 47 years old, she was well.",
            1,
        ),
        ("A 45-year-old man received the kidney of a 30-year-old donor and had ulcers.", 1),
        ("A 45-year-old man had nodules. Only twelve cases have been reported in the literature.", 1),
        ("A 45-year-old man had nodules. We reviewed the literature and found 39 cases.", 1),
        ("A 45-year-old man was tested beside three healthy subjects.", 1),
        ("A 45-year-old woman, mother of two children, had nodules.", 1),
        ("We report the second case of calcinosis after this infusion.", 1),
        ("A 45-year-old man had nodules. Six months later the patient was well.", 1),
        ("We studied 120 patients with systemic sclerosis. Nodules were seen in 30 patients.", None),
    ],
)
def test_patients_are_counted(text: str, n: int | None) -> None:
    assert _assign(("case", None, text))[0] == n


def test_labels_part_the_sentences() -> None:
    text = "Case 1 was a man. He had nodules. Case 2 was a woman. The plaques were hard. Both patients were treated."
    assert _assign(("case", None, text))[1] == [1, 1, 2, 2, 0]


def test_headings_part_the_sections() -> None:
    n, patients, _ = _assign(
        ("case", "Case 1", "A man had nodules. They were hard."),
        ("case", "Case 2", "A woman had plaques. They were soft."),
    )
    assert (n, patients) == (2, [1, 1, 2, 2])


def test_pronouns_find_the_patient_of_their_sex() -> None:
    text = "We report a 40-year-old man and a 60-year-old woman with nodules. She had lupus. He had gout."
    assert _assign(("abstract", None, text))[1] == [0, 2, 1]


def test_within_a_sentence_on_two_the_last_named_counts() -> None:
    text = "We report a 40-year-old man with nodules of the elbow and a 60-year-old woman with plaques of the knee."
    _, patients, reading = _assign(("abstract", None, text))
    assert patients == [0]
    assert [patient_at(reading, text.index(word)) for word in ("elbow", "knee")] == [1, 2]
    assert number_of_patients(reading) == 2


def test_abstract_and_case_tell_of_the_same_patients() -> None:
    n, patients, _ = _assign(
        ("abstract", None, "We report a 40-year-old man and a 60-year-old woman with nodules."),
        ("case", None, "A 60-year-old woman had plaques. A 40-year-old man had nodules."),
    )
    assert (n, patients) == (2, [0, 1, 2])


def test_discussion_and_references_speak_of_others() -> None:
    n, patients, _ = _assign(
        ("case", None, "A 40-year-old man had nodules."),
        (
            "discussion",
            None,
            "Calcinosis is common in women. Smith et al. described a 60-year-old woman. Our patient had gout. He was treated.",
        ),
        ("references", None, "1. A 50-year-old man with nodules."),
    )
    assert (n, patients[:5]) == (1, [1, None, None, 1, 1])
    assert set(patients[5:]) == {None}


def test_other_reports_in_the_case_are_nobody_of_this_one() -> None:
    text = "A 40-year-old man had nodules. Previously reported patients had ulcers, as described by others."
    assert _assign(("case", None, text))[1] == [1, None]


def test_rows_of_a_table_are_patients() -> None:
    table = "Patient | Age | Sex | Site\n\n1 | 34 | F | elbow\n\n2 | 51 | M | knee\n\n3 | 60 | F | hand"
    n, patients, _ = _assign(("case", None, "Patients with nodules were seen."), ("table", None, table))
    assert n == 3
    assert patients[1:] == [None, 1, 2, 3]


def test_a_review_has_no_patients() -> None:
    part = ("case", None, "Calcinosis is common.")
    assert _assign(part, article_type="review-article")[0] is None  # type: ignore[arg-type]
    assert _assign(part, title="Calcinosis: a systematic review")[0] is None  # type: ignore[arg-type]
    assert _assign(part, article_type="case-report")[0] == 1  # type: ignore[arg-type]


def test_a_patient_brought_in_under_introduction_is_the_case() -> None:
    _, patients, reading = _assign(
        ("abstract", "Abstract", "Calciphylaxis is rare."),
        ("introduction", "Introduction", "A 61-year-old woman on dialysis came with ulcers. She had gout."),
        ("case", "Physical examination", "Both shins were hard."),
    )
    said = {sentence.text: patient for sentence, patient in zip(reading.sentences, patients, strict=True)}
    assert said["She had gout."] == 1


def test_the_death_of_one_is_not_of_all_patients() -> None:
    _, patients, _ = _assign(
        ("case", None, "The first patient, a 70-year-old woman, had ulcers."),
        ("case", None, "The second, a 50-year-old woman, had necrosis ending in the patients death."),
    )
    assert patients[-1] == 2
