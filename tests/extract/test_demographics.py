"""Age, sex and duration of the disease of each patient. Texts in own words, answers worked out by hand."""

from __future__ import annotations

import pytest

from flows.coding.coder import code_text
from flows.extract.context import Contexts
from flows.extract.demographics import derive_sex, find_ages, find_disease_durations, find_sexes
from flows.extract.model import Document, Finding, Section
from flows.extract.patients import assign_patients
from flows.extract.reading import Reading


def _read(text: str) -> dict[str, list[Finding]]:
    reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
    contexts = Contexts(reading)
    assign_patients(reading, contexts)
    return {
        "age": find_ages(reading, contexts),
        "sex": find_sexes(reading, contexts),
        "duration": find_disease_durations(reading, contexts),
    }


def _years(text: str) -> list[float | None]:
    return [code_text("age_years", finding.value)[0].value_low for finding in _read(text)["age"]]


def _sexes(text: str) -> list[str | None]:
    return [derive_sex(text[finding.start : finding.end]) for finding in _read(text)["sex"]]


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("A 45-year-old woman had nodules.", 45),
        ("A thirty-four-year-old man had nodules.", 34),
        ("A 41-old-year woman had plaques.", 41),
        ("This is a case of 55 years old lady with hard fingers.", 55),
        ("45 y/o M with nodules.", 45),
        ("A 47-yo woman had nodules.", 47),
        ("F/45 with scleroderma.", 45),
        ("A woman aged 81 had nodules.", 81),
        ("24 days, male. Hard plaques of the wrist.", 24 / 365.25),
        ("Male, 56 years, with hard nodules.", 56),
        ("A 3 and a half year old girl had nodules.", 3.5),
        ("A 4-month-10-day-old boy had plaques.", 4 / 12 + 10 / 365.25),
        ("A three-month boy had plaques.", 0.25),
        ("A 2\u00a0week-old boy had plaques.", 14 / 365.25),
        ("A boy of 11 had papules.", 11),
        ("A woman in her 70s had ulcers.", 70),
        ("An octogenarian had ulcers.", 80),
        ("A newborn girl had a plaque of the heel.", 0),
        ("The patient was 62 years old. At the age of 50 she had begun dialysis.", 62),
        ("A 35-year-old woman had dermatomyositis since the age of 7 years.", 35),
        ("A healthy 4.5-year old boy had papules.", 4.5),
        ("The patient fell ill at the age of 12.", 12),
        ("A 37-year-old renal transplant recipient had ulcers.", 37),
        ("56F, on dialysis for 20 y. Hard plaques of the thighs.", 56),
        ("A male welder (51 y) had papules of both knees.", 51),
        ("A boy of 3 years and 2 months had a papule of the ear.", 3 + 2 / 12),
        ("Ms B. is 29, plays the harp, and has hard fingertips.", 29),
        ("Mrs. B., seventy-eight, had hard lumps of the scalp.", 78),
        ("Baby girl B, chronological age 3 months, had plaques of the scalp.", 0.25),
        ("She was found by her neighbour, a woman of 80. The patient, a 66-year-old woman, had ulcers.", 66),
    ],
)
def test_the_age_at_presentation_is_found(text: str, years: float) -> None:
    assert _years(text) == [pytest.approx(years, abs=1e-6)]


@pytest.mark.parametrize(
    "text",
    [
        "A middle-aged woman had had biliary cirrhosis for 17 years.",
        "A child had hard papules.",
        "The patient had a 10-year history of scleroderma.",
        "Ten years ago the patient was treated. At 10-year follow-up she was well.",
        "The baby was born at 32 weeks of gestation.",
        "Her 60-year-old mother had gout. The donor was 30 years old.",
        "The mean age was 45 years.",
        "A woman had a 5-year-old scar.",
        "The disease affects women over 50 years of age.",
        "Four days postoperatively the patient was well.",
    ],
)
def test_other_times_are_no_age(text: str) -> None:
    assert _years(text) == []


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("A 45-year-old woman had nodules.", "female"),
        ("A 33 year-old women had nodules.", "female"),
        ("A 45-year-old African-American man had nodules.", "male"),
        ("A 35 year old house wife had nodules.", "female"),
        ("F/45 with scleroderma.", "female"),
        ("60/M on dialysis.", "male"),
        ("Mrs. C had hard nodules.", "female"),
        ("The patient had nodules. He was treated.", "male"),
        ("The patient had nodules on her elbows.", "female"),
        ("A patient's wife noticed his nodules.", "male"),
        ("The patient's mother had gout; she was well. He had nodules. His elbows were hard.", "male"),
        ("A 40-year-old patient had several scrotal nodules.", "male"),
        ("A 30-year-old patient had plaques at 32 weeks of gestation.", "female"),
        ("The nodules of the vulva were excised.", "female"),
        ("The patient, with MS, was 40 years old. Her elbows were hard.", "female"),
    ],
)
def test_the_sex_is_found(text: str, sex: str) -> None:
    assert _sexes(text) == [sex]


@pytest.mark.parametrize(
    "text",
    [
        "A patient had hard nodules.",
        "A newborn had a plaque. The pregnancy had been uneventful, with vaginal delivery.",
        "A patient with MS had nodules. The heel and the sheath were hard.",
        "The patient received the kidney of a male donor.",
    ],
)
def test_no_sex_is_made_up(text: str) -> None:
    assert _sexes(text) == []


def test_every_patient_has_an_age_and_sex() -> None:
    text = "We report a 40-year-old man and a 60-year-old woman with nodules. She had lupus."
    read = _read(text)
    assert [(finding.patient, finding.value) for finding in read["age"]] == [(1, "40-year-old"), (2, "60-year-old")]
    assert [(finding.patient, finding.value) for finding in read["sex"]] == [(1, "man"), (2, "woman")]


def test_ages_in_a_list_are_those_of_several() -> None:
    assert _years("Three girls aged 17, 15, and 12 years had hard papules.") == [17, 15, 12]
    assert _years("We report two sisters, 13 and 11 years old, with nodules.") == [13, 11]
    assert _sexes("We report two sisters, 13 and 11 years old, with nodules.") == ["female", "female"]


def test_a_finding_quotes_its_words() -> None:
    text = "A 45-year-old woman had nodules. She had had systemic sclerosis for 12 years."
    for findings in _read(text).values():
        for finding in findings:
            quote = text[finding.start : finding.end]
            assert quote == finding.value
            code = code_text(finding.name, quote)[0]
            assert code.problem is None
            assert code.code or code.value_low


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A lady, diagnosed case of diffuse cutaneous systemic sclerosis 5-6 years back, had nodules.", "5-6 years"),
        ("She had systemic hypertension for 2 years and systemic sclerosis for 12 years.", "12 years"),
        ("A man with ESRD on haemodialysis for 3 years had ulcers.", "3 years"),
        ("A woman with a 12-year history of dermatomyositis had nodules.", "12-year"),
        ("He had had dermatomyositis for more than a decade.", "more than a decade"),
        ("Juvenile dermatomyositis was diagnosed 18 months earlier.", "18 months"),
        ("Dermatomyositis was treated with prednisone for 3 years.", None),
        ("Her mother had had systemic sclerosis for 12 years.", None),
        ("A 12-year history of painful nodules was reported.", None),
        ("She had had hypertension for 12 years.", None),
    ],
)
def test_the_duration_of_the_associated_disease_is_found(text: str, value: str | None) -> None:
    assert [finding.value for finding in _read(text)["duration"]] == ([] if value is None else [value])
