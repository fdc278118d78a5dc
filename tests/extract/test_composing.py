from __future__ import annotations

import pytest

from flows.extract.composing import first_author, intake_record, used_findings
from flows.extract.evidence import derives
from flows.extract.model import Document, ExtractedCase, Finding, Section

TEXT = "A 34-year-old man had nodules of the scrotum and left elbow; calcium was normal, later high. He had no lupus."
DOCUMENT = Document("doi:10.1/x", TEXT, (Section("case", None, 0, len(TEXT)),), doi="10.1/x", authors=("Ada Lovelace",))


def finding(name: str, words: str, value: str | None = None, **changes: object) -> Finding:
    start = TEXT.index(words)
    return Finding(name, value or words, start, start + len(words), "rule", **changes)  # type: ignore[arg-type]


def test_a_record_takes_the_surest_value_of_a_field_and_each_value_of_a_list_once() -> None:
    case = ExtractedCase(
        1,
        [
            finding("age_years", "34-year-old", confidence=0.7),
            finding("sex", "man"),
            finding("lesion_sites", "scrotum"),
            finding("lesion_sites", "left elbow"),
            finding("lesion_sites", "scrotum", "Scrotum"),
            finding("associated_diseases", "lupus", "no lupus", state="absent"),
        ],
    )
    assert intake_record(DOCUMENT, case) == {
        "record_id": "doi:10.1/x#1",
        "doi": "10.1/x",
        "first_author": "Lovelace A",
        "patient_index": "1",
        "age_years": "34-year-old",
        "sex": "man",
        "lesion_sites": "scrotum; left elbow",
        "associated_diseases": "no lupus",
    }


def test_values_under_treatment_and_treatments_of_something_else_are_no_part_of_the_record() -> None:
    case = ExtractedCase(
        1,
        [
            finding("serum_calcium", "calcium was normal", "normal", timing="presentation"),
            finding("serum_calcium", "high", "high", timing="after_treatment"),
            finding("treatments", "man", "excision", target="other"),
        ],
    )
    assert [(used.name, used.value) for used in used_findings(DOCUMENT, case)] == [("serum_calcium", "normal")]


def test_a_value_that_its_quote_does_not_give_again_is_no_part_of_the_record() -> None:
    case = ExtractedCase(
        1, [finding("age_years", "34-year-old", "43-year-old"), finding("lesion_sites", "scrotum", "face")]
    )
    assert used_findings(DOCUMENT, case) == []


@pytest.mark.parametrize(
    ("name", "value", "quote", "expected"),
    [
        ("age_years", "34-year-old", "aged 34 years", True),
        ("age_years", "34-year-old", "aged 43 years", False),
        ("sex", "female", "pregnant", True),
        ("sex", "female", "man", False),
        ("lesion_sites", "left elbow", "elbow", False),
        ("lesion_sites", "face", "left elbow", False),
        ("associated_diseases", "no lupus", "lupus", True),
        ("serum_calcium", "normal", "calcium and phosphate were within normal limits", True),
    ],
)
def test_derivation(name: str, value: str, quote: str, expected: bool) -> None:
    assert derives(name, value, quote) is expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Rakesh Jain", "Jain R"),
        ("Jain, Rakesh", "Jain R"),
        ("Jain R", "Jain R"),
        ("Jain R.", "Jain R"),
        ("Maria del Carmen Vargas", "Vargas MDC"),
        ("Jan van der Meer", "van der Meer J"),
        ("Jean-Pierre Dupont", "Dupont JP"),
        ("WHO", "WHO"),
    ],
)
def test_the_first_author_is_cited_by_family_name_and_initials(author: str, expected: str) -> None:
    assert first_author((author,)) == expected


def test_no_author_gives_none() -> None:
    assert first_author(()) is None
    assert first_author((" ",)) is None
