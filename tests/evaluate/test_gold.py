"""Gold answers and their texts are read as data/gold/README.md says."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from flows.evaluate.documents import read_texts
from flows.evaluate.expected import expected_of
from flows.evaluate.gold import GoldError, documents_beside, gold_files, read_gold


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


CASE = {"doc_id": "A", "patient_index": 1, "is_case": True, "age_years": 40, "sex": "male"}
NONE = {"doc_id": "B", "is_case": False, "kind": "review", "debatable": True}
PERSON = {"doc_id": "C", "n_patients": 1, "age_years": 3, "sex": "female"}


def test_rows_of_three_kinds(tmp_path: Path) -> None:
    gold = read_gold([write(tmp_path / "gold.jsonl", CASE | {"patient_index": 2}, NONE, PERSON, CASE)])
    assert [row["patient_index"] for row in gold["A"].patients] == [1, 2]
    assert (gold["A"].is_case, gold["A"].person, gold["A"].debatable) == (True, None, False)
    assert (gold["B"].is_case, gold["B"].kind, gold["B"].debatable, gold["B"].person) == (False, "review", True, None)
    assert (gold["C"].is_case, gold["C"].person) == (None, PERSON)


def test_a_document_without_a_case_may_tell_its_patient(tmp_path: Path) -> None:
    row = NONE | {"n_patients": 1, "age_years": 5, "sex": "male"}
    assert read_gold([write(tmp_path / "gold.jsonl", row)])["B"].person == row


def test_a_document_is_debatable_where_all_its_patients_are(tmp_path: Path) -> None:
    second = CASE | {"patient_index": 2, "debatable": True}
    assert not read_gold([write(tmp_path / "some.jsonl", CASE, second)])["A"].debatable
    assert read_gold([write(tmp_path / "all.jsonl", CASE | {"debatable": True}, second)])["A"].debatable


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([CASE, CASE], "patient 1 of A stands twice"),
        ([CASE, NONE | {"doc_id": "A"}], "A is a case in one row and none in another"),
        ([{"is_case": True}], "has no doc_id"),
    ],
)
def test_answers_that_contradict_are_refused(tmp_path: Path, rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(GoldError, match=message):
        read_gold([write(tmp_path / "gold.jsonl", *rows)])


def test_lines_that_are_no_objects_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "gold.jsonl"
    broken.write_text('{"doc_id": "A"\n', encoding="utf-8")
    with pytest.raises(GoldError, match=r"gold\.jsonl, line 1 is not valid JSON"):
        read_gold([broken])
    broken.write_text("[1]\n", encoding="utf-8")
    with pytest.raises(GoldError, match="is no object"):
        read_gold([broken])


def test_a_folder_gives_its_answers_and_not_its_texts(tmp_path: Path) -> None:
    answers = write(tmp_path / "gold.jsonl", CASE)
    texts = write(tmp_path / "documents.jsonl", {"doc_id": "A", "text": "A man aged 40."})
    assert gold_files(tmp_path) == [answers]
    assert documents_beside([answers]) == [texts]
    answers.unlink()
    with pytest.raises(GoldError, match="holds no gold answers"):
        gold_files(tmp_path)
    texts.unlink()
    with pytest.raises(GoldError, match=r"no documents\.jsonl beside"):
        documents_beside([answers])


def test_texts_are_found_by_the_id_of_their_record(tmp_path: Path) -> None:
    records = [
        {"id": "A", "doi": "10.1000/a", "title": "Stones", "text": "A man aged 40 had stones.", "half": "test"},
        {"doc_id": "B", "text": "A review of stones.", "half": "development"},
        {"id": "Z", "text": "Nobody asks for this.", "half": "test"},
    ]
    plain = write(tmp_path / "documents.jsonl", *records)
    packed = tmp_path / "documents.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for file in (plain, packed):
        texts = read_texts([file], {"A", "B", "C"})
        assert set(texts) == {"A", "B"}
        assert texts["A"].document_id == "doi:10.1000/a"
        assert texts["A"].text == "Stones\n\nA man aged 40 had stones."
        assert set(read_texts([file], {"A", "B"}, "test")) == {"A"}


def test_texts_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    twice = write(tmp_path / "twice.jsonl", {"id": "A", "text": "One."}, {"id": "A", "text": "Two."})
    with pytest.raises(GoldError, match="A stands twice"):
        read_texts([twice], {"A"})
    empty = write(tmp_path / "empty.jsonl", {"id": "A", "text": " "})
    with pytest.raises(GoldError, match="carries no text"):
        read_texts([empty], {"A"})
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(empty.read_bytes())[:-9])
    with pytest.raises(GoldError, match=r"cut\.jsonl\.gz cannot be read"):
        read_texts([cut], {"A"})
    with pytest.raises(GoldError, match="does not exist"):
        read_texts([tmp_path / "nowhere.jsonl"], {"A"})


def test_gold_words_become_codes() -> None:
    expected = expected_of(
        {
            "lesion_sites": [
                {"text": "both thumb pulps", "site": "thumb pulp", "laterality": "bilateral", "site_alt": ["thumb"]}
            ],
            "associated_diseases": [],
            "comorbidities": [{"text": "haemodialysis", "disease": "end-stage renal disease", "either_list": True}],
            "autoantibodies": [{"name": "anti-Scl-70", "result": "negative", "text": "Scl-70 negative"}],
            "treatments": [
                {"text": "excised", "treatment": "excision", "target": "calcinosis"},
                {"text": "aspirin", "treatment": "aspirin", "target": "other"},
            ],
            "variant_subtype": "scrotal calcinosis",
            "variant_subtype_alt": ["tumoral calcinosis"],
            "outcome": "stable",
            "outcome_alt": ["improved", None],
            "age_years": None,
            "age_low": 60,
            "age_high": 70,
        }
    )
    (site,) = expected["lesion_sites"]
    assert (site.accepted, site.aside) == ((("fingertip_1",), ("finger_1",)), {"left", "right"})
    (disease,) = expected["comorbidities"]
    assert disease.either
    # The code of gold's name, and that of the author's own words.
    assert disease.accepted == (("end_stage_renal_disease",), ("hemodialysis",))
    assert expected["autoantibodies"][0].accepted == (("anti_scl_70", "negative"),)
    assert [item.accepted for item in expected["treatments"]] == [(("excision",), ("excision",))]
    assert expected["variant_subtype"][0].accepted == (("scrotal_calcinosis",), ("tumoral_calcinosis",))
    assert (expected["outcome"][0].accepted, expected["outcome"][0].optional) == ((("stable",), ("improved",)), True)
    assert expected["age_years"][0].accepted == ((60, 70),)
    assert "labs" not in expected


def test_words_without_a_code_only_match_themselves() -> None:
    (item,) = expected_of({"comorbidities": [{"text": "odd new syndrome", "disease": "odd new syndrome"}]})[
        "comorbidities"
    ]
    assert item.accepted[0] == ("?odd new syndrome",)
