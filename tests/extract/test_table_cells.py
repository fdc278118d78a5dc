"""Fields of patients in tables. Tables made up, answers worked out by hand."""

from __future__ import annotations

import pytest

from flows.extract.extractor import extract
from flows.extract.model import Document, Section
from flows.extract.report import as_json

BEFORE = "Two patients with calcinosis cutis were seen. No family history was known."
BY_ROW = (
    "Case | Age | Sex | Underlying disease | Site of lesions | Disease duration (years) | Treatment | Outcome\n"
    "1 | 34 | F | dermatomyositis | both elbows; left knee | 5 | diltiazem | improved\n"
    "2 | 51 | M | - | scrotum | | excision | see text"
)
BY_COLUMN = (
    "| | Case 1 | Case 2 |\n|---|---|---|\n| Age (years) | 34 | 51 |\n| Sex | F | M |\n"
    "| Underlying disease | dermatomyositis | - |\n| Site of lesions | both elbows; left knee | scrotum |\n"
    "| Disease duration (years) | 5 | |\n| Treatment | diltiazem | excision |"
)


def cases(table: str, role: str = "table") -> list[dict[str, object]]:
    text = f"{BEFORE}\n\n{table}"
    sections = (Section("case", None, 0, len(BEFORE)), Section("table", None, len(BEFORE) + 2, len(text)))
    if role == "case":
        sections = (Section("case", None, 0, len(text)),)
    found: list[dict[str, object]] = as_json(extract(Document("d", text, sections)))["cases"]
    return found


def codes(case: dict[str, object], field: str) -> list[tuple[str, ...]]:
    items = case[field]
    assert isinstance(items, list)
    return [tuple(filter(None, (item["code"], item.get("laterality")))) for item in items]


@pytest.mark.parametrize(("table", "role"), [(BY_ROW, "table"), (BY_ROW, "case"), (BY_COLUMN, "table")])
def test_a_cell_is_read_by_its_heading(table: str, role: str) -> None:
    first, second = cases(table, role)
    assert codes(first, "lesion_sites") == [("elbow", "bilateral"), ("knee", "left")]
    assert codes(first, "associated_diseases") == [("dermatomyositis",)]
    assert codes(first, "treatments") == [("diltiazem",)]
    assert codes(second, "lesion_sites") == [("scrotum",)]
    assert codes(second, "associated_diseases") == []
    assert codes(second, "treatments") == [("excision",)]
    assert [case["age_years"] for case in (first, second)] == [34, 51]


def test_a_cell_that_the_coder_does_not_understand_gives_nothing() -> None:
    assert [case["outcome"] for case in cases(BY_ROW)] == ["improved", None]


def test_a_bare_duration_is_that_of_the_lesions() -> None:
    disease = BY_ROW
    lesions = BY_ROW.replace("Disease duration", "Duration")
    named = [{one["field"] for one in cases(table)[0]["evidence"]} for table in (disease, lesions)]  # type: ignore[attr-defined]
    assert ["disease_duration_years" in fields for fields in named] == [True, False]


def test_a_table_beside_one_patient_says_nothing_of_that_patient() -> None:
    text = (
        "A 60-year-old woman had calcinosis cutis of the left heel.\n\n"
        "Author | Age | Sex | Site | Treatment\nSmith et al. | 34 | F | elbow | diltiazem\nJones et al. | 51 | M | knee | excision"
    )
    (case,) = as_json(extract(Document("d", text, (Section("case", None, 0, len(text)),))))["cases"]
    assert codes(case, "lesion_sites") == [("heel", "left")]
    assert codes(case, "treatments") == []


def test_a_patient_whose_lesions_only_the_table_names_is_a_patient() -> None:
    before = "Case 1 was a 34-year-old woman with calcinosis cutis of the left elbow. Case 2 was a 51-year-old man. He was well."
    table = "Case | Age | Sex | Site of lesions\n1 | 34 | F | left elbow\n2 | 51 | M | right knee"
    text = f"{before}\n\n{table}"
    sections = (Section("case", None, 0, len(before)), Section("table", None, len(before) + 2, len(text)))
    found = as_json(extract(Document("d", text, sections)))["cases"]
    assert [codes(case, "lesion_sites") for case in found] == [[("elbow", "left")], [("knee", "right")]]
