"""The coder of each field, held to every string of the shipped cases and to odd text."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.coding.coder import FIELDS, VOCABULARIES, code_text, suggest
from flows.coding.items import CodedItem
from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource

MULTI_VALUED = {
    "lesion_sites",
    "associated_diseases",
    "comorbidities",
    "other_labs",
    "autoantibodies",
    "morphology",
    "imaging",
    "treatments",
}
OWN = sorted(set(FIELDS) - {"lesion_sites", "associated_diseases", "comorbidities"})


@cache
def shipped(field: str) -> Counter[str]:
    """Distinct strings of a column of the shipped cases, cut at semicolons where it holds several."""
    found: Counter[str] = Counter()
    with resource("data", "cases", "published_cases.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            parts = row[field].split(";") if field in MULTI_VALUED else [row[field]]
            found.update(part.strip() for part in parts if part.strip())
    return found


@pytest.mark.parametrize("text", ["not reported", "NR", "unknown", "n/a", "-", "?", "", "  "])
def test_a_word_for_nothing_reported_is_no_value(text: str) -> None:
    assert code_text("outcome", text) == [CodedItem(text, state="not_reported")]


@pytest.mark.parametrize("text", ["not done", "ND", "not assessed", "Not Performed", "nicht durchgeführt"])
def test_what_was_not_looked_at_says_so(text: str) -> None:
    assert code_text("serum_calcium", text) == [CodedItem(text, state="not_assessed")]


@pytest.mark.parametrize("field", sorted(MULTI_VALUED))
@pytest.mark.parametrize("text", ["none", "nil", "No", "ninguno"])
def test_none_is_a_finding_where_several_are_asked(field: str, text: str) -> None:
    assert code_text(field, text) == [CodedItem(text, "none", state="absent")]


@pytest.mark.parametrize("field", ["age_years", "sex", "country", "outcome", "year"])
def test_none_is_not_reported_where_one_is_asked(field: str) -> None:
    assert code_text(field, "none") == [CodedItem("none", state="not_reported")]


def test_a_word_of_the_field_comes_before_a_missing_value() -> None:
    assert code_text("histology", "no") == [CodedItem("no", state="not_assessed")]


def test_a_field_that_is_not_coded_is_refused() -> None:
    with pytest.raises(KeyError):
        code_text("title", "Calcinosis cutis")


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_field_has_a_coder_and_every_code_stands_in_its_vocabulary(field: str) -> None:
    codes = {item.code for text in shipped(field) for item in code_text(field, text) if item.code is not None}
    if field in VOCABULARIES:
        assert codes - {"none"} <= set(load_vocabulary(VOCABULARIES[field]).terms)
    else:
        assert codes <= {"calcium", "phosphate"}


@pytest.mark.parametrize(
    "field",
    ["sex", "variant_stated", "variant_judged", "variant_subtype", "outcome", "histology", "imaging", "country"],
)
def test_every_shipped_string_of_a_short_list_maps(field: str) -> None:
    unmapped = [text for text in shipped(field) for item in code_text(field, text) if item.code is None]
    assert unmapped == []


@pytest.mark.parametrize(
    "field", ["morphology", "treatments", "other_labs", "autoantibodies", "serum_calcium", "serum_phosphate"]
)
def test_shipped_strings_map(field: str) -> None:
    strings = shipped(field)
    unmapped = [text for text in strings if any(item.code is None for item in code_text(field, text))]
    assert len(unmapped) <= 0.05 * len(strings), unmapped


@pytest.mark.parametrize(
    "field",
    [
        "age_years",
        "disease_duration_years",
        "largest_size_mm",
        "year",
        "patient_index",
        "serum_calcium_value",
        "serum_phosphate_value",
    ],
)
def test_every_shipped_quantity_is_read(field: str) -> None:
    unread = [
        text for text in shipped(field) for item in code_text(field, text) if item.problem or item.value_low is None
    ]
    assert unread == []


def test_a_shipped_age_is_the_number_that_stands_there() -> None:
    assert all(code_text("age_years", text)[0].value_low == float(text) for text in shipped("age_years"))


def test_a_suggestion_names_code_label_and_likeness() -> None:
    found = suggest("treatments", "exicsion")
    assert found is not None
    code, label, likeness = found
    assert (code, label) == ("excision", "Excision")
    assert 0.5 < likeness < 1


def test_a_field_without_vocabulary_has_no_suggestion() -> None:
    assert suggest("age_years", "fifty-ish") is None


FRAGMENTS = st.sampled_from(
    [
        "no",
        "and",
        "(",
        ")",
        ",",
        "=",
        ":",
        "+",
        "-",
        "1:320",
        "12",
        "5-10",
        "x",
        "cm",
        "mg/dL",
        "years",
        "ANA",
        "PTH",
        "normal",
        "stopped",
        "excision",
        "pain",
        "½",
        "²",
        "1/0",
        "0/0",
        "anti-Ro",
        "m",
        "decade",
        "70s",
        "th",
        "<",
        ">",
        "≥",
        "%",
        "non",
        "nontender",
        "or",
        "half",
        "hundred",
        "twenty",
        "N",
        "1,2,3",
        "..",
        "PET",
        "/CT",
        "y",
        "P",
        "1y",
        "[",
        "]",
        "10^9/L",
        "planned",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(OWN), st.one_of(st.text(max_size=40), st.lists(FRAGMENTS, max_size=9).map(" ".join)))
def test_odd_text_is_coded_without_an_error_and_always_alike(field: str, text: str) -> None:
    items = code_text(field, text)
    assert items
    assert items == code_text(field, text)
