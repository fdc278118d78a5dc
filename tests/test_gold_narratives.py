"""The gold narratives and the retold cases are what their READMEs say that they are."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource

Row = dict[str, Any]

SOURCE_CASE = "jain_2015_fingers"
"""The report that the project began with; it stands in no sheet."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

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

TEST_TRAPS = {
    "age_at_follow_up",
    "age_at_past_event",
    "age_in_days",
    "age_in_months",
    "age_in_weeks",
    "age_in_words",
    "age_of_onset",
    "animal",
    "brain_calcification",
    "british_english",
    "cohort",
    "corrected_age",
    "decimal_comma",
    "died",
    "differential_diagnosis",
    "drug_trigger",
    "eurorad_age",
    "excluded_diagnosis",
    "figure_caption",
    "general_discussion",
    "inline_headings",
    "joint_normal_labs",
    "labs_before_during_after",
    "labs_not_done",
    "lesion_duration",
    "letter",
    "limit_value",
    "long_full_text",
    "lost_to_follow_up",
    "mother_and_child",
    "negated_calcinosis",
    "negated_sites",
    "nephrocalcinosis",
    "no_sections",
    "non_native_english",
    "osteoma_cutis",
    "other_person_age",
    "other_reports_patient",
    "other_treatments",
    "planned_treatment",
    "pubmed_abstract",
    "reference_ranges",
    "references_section",
    "relative_age",
    "relative_calcinosis",
    "relative_disease",
    "review",
    "ruled_out",
    "sex_from_organ_or_pregnancy",
    "siblings",
    "size_of_other_lesion",
    "statement_for_both",
    "targets",
    "telegraphic",
    "three_patients",
    "tumour_calcification",
    "two_patients",
    "vascular_calcification",
}
"""Traps that the test half must hold."""

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
                    assert len(codes) == 1, (row["doc_id"], column, words)
                    assert codes[0], (row["doc_id"], column, words)
        for words in (row["variant_subtype"], *row.get("variant_subtype_alt", ())):
            assert words is None or None not in _codes("variant_subtype", words), (row["doc_id"], words)
        for item in row["autoantibodies"]:
            codes = _codes("autoantibodies", f"{item['name']}={item['result']}")
            assert len(codes) == 1, (row["doc_id"], item)
            assert codes[0], (row["doc_id"], item)
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
        assert item.value_low is not None, row["doc_id"]
        assert item.value_high is not None, row["doc_id"]
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


def test_test_half_covers_variants_kinds_and_traps(documents: dict[str, Row], gold: list[Row]) -> None:
    rows = [row for row in gold if documents[row["doc_id"]]["half"] == "test"]
    found = [row for row in rows if row["is_case"]]
    assert len({row["doc_id"] for row in rows}) >= 55
    assert len({row["doc_id"] for row in found}) >= 36
    assert sum(not row["is_case"] for row in rows) >= 18
    assert {row["variant_stated"] for row in found} >= VARIANTS
    judged = Counter(row["variant_judged"] for row in found)
    assert all(judged[variant] >= 2 for variant in VARIANTS), judged
    assert {row["outcome"] for row in found} >= set(load_vocabulary("outcome").terms) - {"worsened"}
    assert {row["kind"] for row in rows if not row["is_case"]} >= KINDS - {
        "soft_tissue_borderline",
        "soft_tissue_mimic",
    }
    missing = TEST_TRAPS - {trap for row in rows for trap in row["traps"]}
    assert not missing


def _runs(text: str, length: int = 10) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_halves_share_no_phrase(documents: dict[str, Row]) -> None:
    development = {run for row in documents.values() if row["half"] == "development" for run in _runs(row["text"])}
    for row in documents.values():
        if row["half"] == "test":
            assert not _runs(row["text"]) & development, row["doc_id"]


def test_the_counts_of_the_readme_hold(documents: dict[str, Row], gold: list[Row]) -> None:
    readme = resource("data", "gold", "narratives", "README.md").read_text(encoding="utf-8")
    for half in ("development", "test"):
        rows = [row for row in gold if documents[row["doc_id"]]["half"] == half]
        found = [row for row in rows if row["is_case"]]
        counts = (
            len({row["doc_id"] for row in rows}),
            len({row["doc_id"] for row in found}),
            len(found),
            len(rows) - len(found),
        )
        assert f"| {half} | {' | '.join(map(str, counts))} |" in readme


def test_lengths_vary(documents: dict[str, Row]) -> None:
    lengths = [len(row["text"].split()) for row in documents.values()]
    assert min(lengths) <= 60
    assert max(lengths) >= 500


def _front_matter(text: str) -> dict[str, str]:
    _, front, _ = text.split("---\n", 2)
    return {
        key: value.strip().removeprefix('"').removesuffix('"')
        for key, value in (line.split(":", 1) for line in front.splitlines())
    }


@pytest.fixture(scope="module")
def narratives() -> dict[str, str]:
    folder = resource("data", "narratives")
    files = [file for file in folder.iterdir() if file.name.endswith(".md") and file.name != "README.md"]
    return {file.name.removesuffix(".md"): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture(scope="module")
def published() -> list[dict[str, str]]:
    with resource("data", "cases", "published_cases.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rows_of(front: dict[str, str], published: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows of the sheet that are of the same publication."""
    for identifier in ("doi", "pmid"):
        if identifier in front:
            return [row for row in published if row[identifier] == front[identifier]]
    key = (front["title"], front["authors"], front["year"])
    return [row for row in published if (row["title"], row["first_author"], row["year"]) == key]


def test_narratives_name_their_row(narratives: dict[str, str], published: list[dict[str, str]]) -> None:
    assert len(narratives) >= 16
    for name, text in narratives.items():
        front = _front_matter(text)
        assert front["licence"] == "CC BY 4.0"
        rows = _rows_of(front, published)
        if name == SOURCE_CASE:
            assert not rows
            continue
        assert rows, name
        for row in rows:
            known = {key: row[key] for key in ("title", "journal", "year", "country", "url", "doi", "pmid") if row[key]}
            assert {key: front.get(key) for key in known} == known


def test_narratives_cover_variants_and_countries(narratives: dict[str, str], published: list[dict[str, str]]) -> None:
    fronts = [_front_matter(text) for text in narratives.values()]
    rows = [row for front in fronts for row in _rows_of(front, published)]
    assert {row["variant_judged"] for row in rows} >= VARIANTS
    assert len({row["country"] for row in rows if row["country"]}) >= 8
    assert sum("doi" not in front and "pmid" not in front for front in fronts) >= 2


def test_narratives_invent_no_number(narratives: dict[str, str], published: list[dict[str, str]]) -> None:
    for name, text in narratives.items():
        if name == SOURCE_CASE:
            continue
        front = _front_matter(text)
        facts = " ".join(value for row in _rows_of(front, published) for value in row.values())
        body = text.split("---\n", 2)[2]
        for part in re.split(r"^#+ ", body, flags=re.MULTILINE)[2:]:
            heading, _, words = part.partition("\n")
            if re.match("Discussion|Comment|Review|Introduction|References", heading):
                continue
            assert set(_NUMBER.findall(words)) <= set(_NUMBER.findall(facts)), name


def test_narratives_are_of_readable_length(narratives: dict[str, str]) -> None:
    for name, text in narratives.items():
        assert 120 <= len(text.split("---\n", 2)[2].split()) <= 450, name


def test_the_list_of_narratives_is_complete(narratives: dict[str, str]) -> None:
    readme = resource("data", "narratives", "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)\.md` ", readme, flags=re.MULTILINE)) == set(narratives)
