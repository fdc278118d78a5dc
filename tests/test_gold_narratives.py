"""The gold narratives and the retold cases are what their READMEs say that they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource

Row = dict[str, Any]

VARIANTS = {"dystrophic", "metastatic", "idiopathic", "iatrogenic", "traumatic", "calciphylaxis"}
TIMINGS = {"before", "presentation", "during treatment", "after treatment"}
KINDS = {
    "animal",
    "brain_calcification",
    "calcification_negated",
    "calcinosis_word",
    "calcium_drug",
    "cohort",
    "disease_without_calcinosis",
    "ossification",
    "review",
    "soft_tissue_borderline",
    "soft_tissue_mimic",
    "vascular_or_cardiac_calcification",
    "visceral_or_tumour_calcification",
}
TRAPS = {
    "age_41_old_year",
    "age_at_follow_up",
    "age_at_past_event",
    "age_decade",
    "age_in_days",
    "age_in_months",
    "age_in_words",
    "animal",
    "brain_calcification",
    "cohort",
    "differential_diagnosis",
    "died",
    "drug_trigger",
    "eurorad_age",
    "excluded_diagnosis",
    "figure_caption",
    "general_discussion",
    "joint_normal_labs",
    "labs_before_during_after",
    "lost_to_follow_up",
    "mother_and_child",
    "negated_calcinosis",
    "negated_sites",
    "nephrocalcinosis",
    "no_word_calcinosis",
    "osteoma_cutis",
    "other_treatments",
    "reference_ranges",
    "references_section",
    "relative_age",
    "relative_calcinosis",
    "relative_disease",
    "review",
    "ruled_out",
    "sex_from_organ_or_pregnancy",
    "siblings",
    "table_rows",
    "targets",
    "three_patients",
    "tumour_calcification",
    "two_patients",
    "vascular_calcification",
}
"""Traps that the development half must hold; a document may name others."""

CODED = {
    "lesion_sites": ("lesion_sites", "site"),
    "absent_sites": ("lesion_sites", "site"),
    "associated_diseases": ("associated_diseases", "disease"),
    "comorbidities": ("comorbidities", "disease"),
    "absent_diseases": ("comorbidities", "disease"),
    "treatments": ("treatments", "treatment"),
}


def _read(name: str) -> list[Row]:
    with resource("data", "gold", "narratives", name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def documents() -> dict[str, Row]:
    rows = _read("documents.jsonl")
    assert len({row["doc_id"] for row in rows}) == len(rows)
    return {row["doc_id"]: row for row in rows}


@pytest.fixture(scope="module")
def gold() -> list[Row]:
    return _read("gold.jsonl")


@pytest.fixture(scope="module")
def cases(gold: list[Row]) -> list[Row]:
    return [row for row in gold if row["is_case"]]


def _spans(row: Row) -> Iterator[str]:
    for key, value in row.items():
        if isinstance(value, str) and (key.endswith("_text")):
            yield value
        elif isinstance(value, list):
            yield from (item["text"] for item in value if isinstance(item, dict))


def _codes(field: str, text: str) -> list[str | None]:
    return [item.code for item in code_text(field, text)]


def test_documents_have_title_text_and_half(documents: dict[str, Row]) -> None:
    for row in documents.values():
        assert set(row) == {"doc_id", "title", "text", "doi", "half"}
        assert row["half"] in {"development", "test"}
        assert row["title"].strip()
        assert row["text"] == row["text"].strip()


def test_every_document_has_answers_and_no_answer_lacks_its_document(
    documents: dict[str, Row], gold: list[Row]
) -> None:
    assert {row["doc_id"] for row in gold} == set(documents)


def test_spans_stand_in_the_text(documents: dict[str, Row], gold: list[Row]) -> None:
    for row in gold:
        for span in _spans(row):
            assert span in documents[row["doc_id"]]["text"], (row["doc_id"], span)


def test_patients_are_numbered(documents: dict[str, Row], cases: list[Row]) -> None:
    for doc_id in documents:
        rows = [row for row in cases if row["doc_id"] == doc_id]
        assert [row["patient_index"] for row in rows] == list(range(1, len(rows) + 1))
        assert all(row["n_patients"] >= len(rows) for row in rows)


def test_coded_words_have_one_code(cases: list[Row]) -> None:
    for row in cases:
        for column, (field, key) in CODED.items():
            for item in row[column]:
                for words in (item[key], *item.get("site_alt", ())):
                    codes = _codes(field, words)
                    assert len(codes) == 1 and codes[0], (row["doc_id"], column, words)
        for words in (row["variant_subtype"], *row.get("variant_subtype_alt", ())):
            assert words is None or None not in _codes("variant_subtype", words), (row["doc_id"], words)
        for item in row["autoantibodies"]:
            codes = _codes("autoantibodies", f"{item['name']}={item['result']}")
            assert len(codes) == 1 and codes[0], (row["doc_id"], item)
        for item in row["labs"]:
            assert _codes("other_labs", f"{item['test']}=normal")[0], (row["doc_id"], item)


def test_codes_are_known(cases: list[Row]) -> None:
    known = {name: load_vocabulary(name).terms for name in ("outcome", "histology", "imaging", "morphology", "sex")}
    for row in cases:
        assert row["variant_stated"] in VARIANTS | {None}
        assert row["variant_judged"] in VARIANTS
        assert {*row.get("variant_stated_alt", ()), *row["variant_judged_alt"]} <= VARIANTS
        assert {row["outcome"], *row.get("outcome_alt", ())} <= known["outcome"].keys() | {None}
        assert row["histology"] is None or row["histology"] in known["histology"]
        assert row["sex"] is None or row["sex"] in known["sex"]
        assert {item["imaging"] for item in row["imaging"]} <= known["imaging"].keys()
        assert {item["morphology"] for item in row["morphology"]} <= known["morphology"].keys()
        assert {item["laterality"] for item in row["lesion_sites"]} <= {"left", "right", "bilateral", None}
        assert {item["target"] for item in row["treatments"]} <= {"calcinosis", "other"}
        assert {item["timing"] for item in row["labs"]} <= TIMINGS
        assert {item["interpretation"] for item in row["labs"]} <= {"low", "normal", "high", "abnormal", None}


def test_a_value_has_its_words(cases: list[Row]) -> None:
    pairs = {
        "variant_stated": "variant_text",
        "outcome": "outcome_text",
        "sex": "sex_text",
        "histology": "histology_text",
        "largest_size_mm": "largest_size_text",
        "disease_duration_years": "disease_duration_text",
    }
    for row in cases:
        for value, words in pairs.items():
            assert (row[value] is None) == (row[words] is None), (row["doc_id"], value)


def test_a_stated_variant_is_a_word_of_the_text(cases: list[Row]) -> None:
    for row in cases:
        if row["variant_stated"]:
            words = row["variant_text"].casefold()
            assert row["variant_stated"] in words or row["variant_stated"][:-2] in words, row["doc_id"]


def test_ages_agree_with_their_words(cases: list[Row]) -> None:
    for row in cases:
        if row["age_text"] is None:
            continue
        (item,) = code_text("age_years", row["age_text"])
        assert item.value_low is not None and item.value_high is not None, row["doc_id"]
        if row["age_years"] is None:
            assert (item.value_low, item.value_high) == (row["age_low"], row["age_high"]), row["doc_id"]
        else:
            assert item.value_low - 0.01 <= row["age_years"] <= item.value_high + 0.01, row["doc_id"]


def test_sizes_agree_with_their_words(cases: list[Row]) -> None:
    for row in cases:
        if row["largest_size_text"]:
            assert code_text("largest_size_mm", row["largest_size_text"])[0].value_high == row["largest_size_mm"]


def test_documents_without_a_case_say_why(gold: list[Row]) -> None:
    for row in gold:
        if not row["is_case"]:
            assert row["kind"] in KINDS, row["kind"]
            assert row["reason"]


def test_development_half_covers_variants_kinds_and_traps(documents: dict[str, Row], gold: list[Row]) -> None:
    rows = [row for row in gold if documents[row["doc_id"]]["half"] == "development"]
    found = [row for row in rows if row["is_case"]]
    assert len({row["doc_id"] for row in rows}) >= 36
    assert len({row["doc_id"] for row in found}) >= 24
    assert sum(not row["is_case"] for row in rows) >= 12
    assert {row["variant_stated"] for row in found} >= VARIANTS
    judged = Counter(row["variant_judged"] for row in found)
    assert all(judged[variant] >= 2 for variant in VARIANTS), judged
    assert {row["outcome"] for row in found} >= set(load_vocabulary("outcome").terms)
    missing = TRAPS - {trap for row in rows for trap in row["traps"]}
    assert not missing


def test_lengths_vary(documents: dict[str, Row]) -> None:
    lengths = [len(row["text"].split()) for row in documents.values()]
    assert min(lengths) <= 60
    assert max(lengths) >= 500
