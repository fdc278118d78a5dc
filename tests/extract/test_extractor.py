from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.extract.composing import used_findings
from flows.extract.evidence import derives
from flows.extract.extractor import DocumentTooLargeError, extract
from flows.extract.model import Document, Section
from flows.extract.report import as_json
from flows.ingest.narrative import read_documents
from flows.resources import resource

SOURCE_CASE = resource("data", "narratives", "jain_2015_fingers.md")
SENTENCES = (
    "A 41-year-old woman with systemic sclerosis had calcinosis cutis of the left elbow.",
    "Case 2: a boy of 6 years had calcified nodules on both knees after calcium gluconate was given.",
    "Her mother, aged 66, had lupus.",
    "Serum calcium was 10.9 mg/dL (normal 8.5-10.5), phosphate 2.1 mmol/l and PTH 12 pg/mL.",
    "Calcinosis cutis is classified as dystrophic, metastatic, idiopathic and iatrogenic.",
    "Antinuclear antibodies were positive at 1:640, anti-centromere antibodies negative.",
    "Biopsy showed calcium deposits in the dermis; the plaque of 3 x 2 cm was excised and did not recur.",
    "No lesions were seen on the face, and diabetes was denied.",
)


def document(text: str) -> Document:
    return Document("d", text, (Section("case", None, 0, len(text)),))


def source_case(path: Path = SOURCE_CASE) -> dict[str, object]:
    (one,) = read_documents(path)
    (case,) = as_json(extract(one))["cases"]
    return dict(case)


def codes(case: dict[str, object], field: str) -> set[tuple[str, str]]:
    return {(item["code"], item["state"]) for item in case[field]}  # type: ignore[attr-defined]


def test_the_source_case_reads_exactly_right() -> None:
    case = source_case()
    assert (case["age_low"], case["age_high"], case["sex"]) == (55.0, 55.0, "female")
    assert (case["variant_stated"], case["variant_subtype"]) == ("dystrophic", None)
    assert codes(case, "lesion_sites") <= {("finger", "present"), ("finger_2", "present"), ("finger_4", "present")}
    assert {("finger_2", "present"), ("finger_4", "present")} <= codes(case, "lesion_sites")
    assert codes(case, "associated_diseases") == {("diffuse_cutaneous_systemic_sclerosis", "present")}
    assert codes(case, "comorbidities") == {("hypertension", "present")}
    assert (case["disease_duration_low"], case["disease_duration_high"]) == (5.0, 6.0)


@pytest.mark.parametrize("field", ["labs", "autoantibodies", "treatments", "imaging"])
def test_the_source_case_says_nothing_of_what_only_its_discussion_names(field: str) -> None:
    assert source_case()[field] == []


def test_a_cohort_gives_no_patients_and_a_document_out_of_scope_only_on_request() -> None:
    text = "A 40-year-old woman had renal colic. Ultrasound showed nephrocalcinosis."
    assert extract(document(text)).cases == []
    (case,) = extract(document(text), everything=True).cases
    assert {finding.name: finding.value for finding in case.findings}["age_years"] == "40-year-old"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=40)), max_size=10), st.booleans())
def test_whatever_the_document_every_quote_stands_at_its_offsets_and_gives_the_value_again(
    parts: list[str], everything: bool
) -> None:
    one = document(" ".join(parts))
    extraction = extract(one, everything=everything)
    for case, shown in zip(extraction.cases, as_json(extraction)["cases"], strict=True):
        for entry in shown["evidence"]:
            assert one.text[entry["start"] : entry["end"]] == entry["quote"] != ""
        for finding in used_findings(one, case):
            assert derives(finding.name, finding.value, one.text[finding.start : finding.end])


def test_a_book_is_refused_with_what_to_do() -> None:
    extract(document("Calcinosis. " + "x" * 999_988))
    with pytest.raises(DocumentTooLargeError, match="d has 1,000,001 characters: give the report alone"):
        extract(document("Calcinosis. " + "x" * 999_989))


def test_an_animal_is_no_patient_even_where_all_documents_are_read() -> None:
    dog = document("A 4-year-old male dog had calcinosis cutis of the back. The dog was given minoxidil and did well.")
    found = extract(dog, everything=True)
    assert (found.scope.reason, found.cases) == ("animal", [])
    man = document("A 40-year-old man had nephrocalcinosis. He did well.")
    assert [case.patient_index for case in extract(man, everything=True).cases] == [1]


def test_the_values_of_a_sentence_on_two_patients_go_to_the_one_they_are_said_of() -> None:
    text = (
        "Case 1 was a 40-year-old woman with calcinosis cutis of the left elbow. Case 2 was a 52-year-old man with "
        "calcinosis cutis of the right knee. Case 1 was treated with diltiazem, and case 2 was treated with colchicine."
    )
    cases = as_json(extract(document(text)))["cases"]
    assert [[item["code"] for item in case["treatments"]] for case in cases] == [["diltiazem"], ["colchicine"]]


def test_the_rows_of_a_table_are_read_apart() -> None:
    before = "Two patients with calcinosis cutis were seen."
    table = "No. Age/Sex Disease Site\n1 34/F dermatomyositis with calcinosis left elbow\n2 51/M lupus with calcinosis right knee"
    text = f"{before}\n\n{table}"
    sections = (Section("case", None, 0, len(before)), Section("table", None, len(before) + 2, len(text)))
    cases = as_json(extract(Document("d", text, sections)))["cases"]
    assert [[item["code"] for item in case["lesion_sites"]] for case in cases] == [["elbow"], ["knee"]]
    assert [case["age_years"] for case in cases] == [34, 51]
