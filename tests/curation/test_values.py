from __future__ import annotations

import pytest

from flows.curation.values import CLEARED, DECIDABLE, allowed_labels, describe_value, refuse_value, value_key


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("sex", "female"),
        ("sex", CLEARED),
        ("age_years", "12-day-old"),
        ("age_years", "36-40"),
        ("lesion_sites", "left_elbow; both knees"),
        ("associated_diseases", "none"),
        ("associated_diseases", "systemic sclerosis; no lupus"),
        ("variant_subtype", "scrotal_calcinosis"),
        ("serum_calcium", "high"),
        ("serum_calcium_value", "11.2 mg/dL"),
    ],
)
def test_what_the_coders_understand_can_be_decided(field: str, text: str) -> None:
    assert refuse_value(field, text) is None


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("sex", "", "write 'not reported'"),
        ("sex", "femail of sorts", "in no vocabulary"),
        ("lesion_sites", "left elbow; the moon", "'the moon' is in no vocabulary"),
        ("age_years", "old enough", "cannot be read"),
        ("associated_diseases", "no lupus", "only denies single values"),
        ("histology", "not done", "nobody looked"),
        ("imaging", "not assessed", "nobody looked"),
    ],
)
def test_what_says_nothing_is_refused_with_advice(field: str, text: str, words: str) -> None:
    assert words in (refuse_value(field, text) or "")


def test_fields_of_the_publication_cannot_be_decided_for_a_case() -> None:
    assert len(DECIDABLE) == 20
    assert not {"year", "country", "patient_index", "variant_judged"} & set(DECIDABLE)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("sex", "F", "female"),
        ("sex", None, "NR"),
        ("lesion_sites", "knee; left elbow", "left elbow; knee"),
        ("age_years", "18 months", "1.5"),
        ("associated_diseases", "Not Reported", ""),
    ],
)
def test_texts_that_say_the_same_have_one_key(field: str, one: str | None, other: str | None) -> None:
    assert value_key(field, one) == value_key(field, other)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("lesion_sites", "left elbow", "right elbow"),
        ("associated_diseases", "lupus", "no lupus"),
        ("age_years", "36", "36-40"),
        ("lesion_sites", "the moon", "the sun"),
        ("associated_diseases", "none", "not reported"),
    ],
)
def test_texts_that_differ_have_two_keys(field: str, one: str, other: str) -> None:
    assert value_key(field, one) != value_key(field, other)


def test_a_value_in_words() -> None:
    assert describe_value("lesion_sites", "left elbow; the moon") == "Elbow (left); the moon [no code]"
    assert describe_value("age_years", "36-40") == "36 to 40 a"
    assert describe_value("sex", None) == "not reported"
    assert describe_value("associated_diseases", "none") == "none"


def test_every_label_that_is_offered_can_be_decided() -> None:
    for field in DECIDABLE:
        for _, label in allowed_labels(field):
            assert refuse_value(field, label) is None, (field, label)
    assert ("female", "female") in [(code, label.lower()) for code, label in allowed_labels("sex")]
    assert allowed_labels("age_years") == []
