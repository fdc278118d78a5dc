"""Patients in tables, by row and by column. Tables made up, answers worked out by hand."""

from __future__ import annotations

import pytest

from flows.extract.context import Contexts
from flows.extract.demographics import find_ages, find_sexes
from flows.extract.model import Document, Section
from flows.extract.patient_tables import patient_tables
from flows.extract.patients import assign_patients, patient_at
from flows.extract.reading import Reading

BY_ROW = [
    "Patient | Age | Sex | Site\n\n1 | 34 | F | elbow\n\n2 | 51 | M | knee",
    "No. | Sex | Age at presentation | Site\n\n1. | F | 34 y | elbow\n\n2. | M | 51 y | knee",
    "Case\tAge/sex\tSite\n1\t34/F\telbow\n2\t51/M\tknee",
    "Age | Sex | Site\n\n34 years | Female | elbow\n\n51 years | Male | knee",
    "Patient  Age  Sex  Site\n\n1  34  F  elbow\n\n2  51  M  knee",
    "No. Age/Sex Disease Site\n1 34/F scleroderma elbow\n2 51/M lupus left knee",
    "Case Sex Age (years) Site\nCase 1 F 34 right elbow\nCase 2 M 51 knee",
]
BY_COLUMN = [
    "| | Case 1 | Case 2 |\n|---|---|---|\n| Age (years) | 34 | 51 |\n| Sex | F | M |\n| Site | elbow | knee |",
    "Feature | Patient 1 | Patient 2\n\nAge, sex | 34, F | 51, M\n\nSite | elbow | knee",
]


def _reading(before: str, table: str) -> Reading:
    text = f"{before}\n\n{table}"
    sections = (Section("case", None, 0, len(before)), Section("table", None, len(before) + 2, len(text)))
    return Reading(Document("test", text, sections))


@pytest.mark.parametrize("table", [*BY_ROW, *BY_COLUMN])
def test_a_table_gives_every_patient_an_age_a_sex_and_cells(table: str) -> None:
    reading = _reading("Patients with nodules were seen.", table)
    contexts = Contexts(reading)
    assert assign_patients(reading, contexts) == 2
    text = reading.document.text
    ages = {finding.patient: text[finding.start : finding.end][:2] for finding in find_ages(reading, contexts)}
    sexes = {finding.patient: finding.value.casefold()[-1] for finding in find_sexes(reading, contexts)}
    assert ages == {1: "34", 2: "51"}
    assert set(sexes) == {1, 2}
    assert [patient_at(reading, text.index(word)) for word in ("elbow", "knee")] == [1, 2]


def test_a_table_of_the_literature_holds_no_patients() -> None:
    table = "Author | Year | Age | Sex\n\nSmith | 2001 | 34 | F\n\nJones | 2005 | 51 | M"
    assert patient_tables(_reading("A 45-year-old woman had nodules.", table)) == ()


def test_a_table_beside_one_patient_adds_none() -> None:
    reading = _reading("A 45-year-old woman had nodules.", "Visit | Age | Site\n\n1 | 34 | elbow\n\n2 | 51 | knee")
    assert assign_patients(reading, Contexts(reading)) == 1


def test_means_are_no_ages() -> None:
    assert (
        patient_tables(
            _reading("Groups were compared.", "Group | Age | Site\n\nA | 34 ± 5 | elbow\n\nB | 51 (3) | knee")
        )
        == ()
    )


def test_prose_with_the_word_age_is_no_table() -> None:
    text = "The age, sex, and history of the patient, who had lupus, were recorded. She was well, calm, and oriented."
    assert patient_tables(_reading("Nodules.", text)) == ()


def test_an_age_in_a_heading_is_that_of_its_section() -> None:
    text = "Title\n\n7 months, female\n\nThe infant had plaques."
    sections = (Section("title", None, 0, 5), Section("case", "7 months, female", 25, len(text)))
    reading = Reading(Document("test", text, sections))
    contexts = Contexts(reading)
    assert assign_patients(reading, contexts) == 1
    assert [finding.value for finding in find_ages(reading, contexts)] == ["7 months"]
    assert [finding.value for finding in find_sexes(reading, contexts)] == ["female"]
