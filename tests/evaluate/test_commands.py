"""The commands extract and evaluate, as a person or a program uses them, on reports made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from flows.cli import evaluating, extracting

REPORT = """# Hard lumps of the elbow

## Case report

A 61-year-old woman with systemic sclerosis presented with dystrophic calcinosis cutis of the left elbow. Serum calcium
was normal. The plaque was excised.

## Discussion

Calcinosis universalis mostly affects children.
"""
OTHER = (
    "A 40-year-old man was admitted with pneumonia of the left lower lobe. He was given antibiotics and recovered well."
)

app = typer.Typer()
evaluating.register(app)


def run(*arguments: str | Path, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "elbow.md").write_text(REPORT, encoding="utf-8")
    (reports / "pneumonia.txt").write_text(OTHER, encoding="utf-8")
    (reports / "README.md").write_text("What these files are, and from whom they came to us.", encoding="utf-8")
    return reports


def test_extract_gives_the_patients_with_their_words(folder: Path) -> None:
    elbow, pneumonia = json.loads(run("extract", folder, "--json").stdout)
    assert (elbow["title"], elbow["in_scope"]) == ("Hard lumps of the elbow", True)
    (case,) = elbow["cases"]
    assert (case["age_years"], case["sex"], case["variant_stated"]) == (61.0, "female", "dystrophic")
    assert [(site["code"], site["laterality"]) for site in case["lesion_sites"]] == [("elbow", "left")]
    assert ("age_years", "61-year-old") in [(entry["field"], entry["quote"]) for entry in case["evidence"]]
    assert (pneumonia["in_scope"], pneumonia["reason"], pneumonia["cases"]) == (False, "no_relevant_term", [])


def test_extract_reads_patients_out_of_scope_when_asked(folder: Path) -> None:
    (record,) = json.loads(run("extract", folder / "pneumonia.txt", "--json", "--all").stdout)
    assert record["in_scope"] is False
    assert [(case["age_years"], case["sex"]) for case in record["cases"]] == [(40.0, "male")]


def test_extract_prints_a_table_for_people(folder: Path) -> None:
    printed = run("extract", folder / "*.md", folder / "pneumonia.txt").stdout
    assert "Hard lumps of the elbow" in printed
    assert "»61-year-old«" in printed
    assert "out of scope: No word for calcification" in printed
    assert "3 documents read, 1 in scope, 1 patients" in printed  # by a pattern, the README is a document like others


def test_a_file_that_cannot_be_read_does_not_keep_the_others_from_being_read(folder: Path) -> None:
    (folder / "table.csv").write_text("age,sex\n3,f\n4,m\n5,f\n", encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    result = run("extract", folder, "--json")
    assert len(json.loads(result.stdout)) == 2
    assert "table.csv is no narrative that can be read" in result.stderr
    assert "empty.txt holds nothing" in result.stderr


def test_a_record_without_a_text_is_told_while_the_others_are_read(tmp_path: Path) -> None:
    records = [{"id": "one", "text": OTHER}, {"id": "two"}, {"id": "three", "text": OTHER}]
    file = tmp_path / "set.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    result = run("extract", file, "--json")
    assert [record["document_id"] for record in json.loads(result.stdout)] == ["one", "three"]
    assert "set.jsonl, line 2 carries no text" in result.stderr


def test_nothing_to_be_read_is_wrong_usage(folder: Path) -> None:
    table = folder / "table.csv"
    table.write_text("age,sex\n3,f\n4,m\n5,f\n", encoding="utf-8")
    result = run("extract", table, "--json", code=2)
    assert json.loads(result.stdout) == []
    assert "no document could be read" in result.stderr


def test_several_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [OTHER, REPORT, OTHER, OTHER, REPORT.replace("61", "62"), REPORT.replace("61", "63"), OTHER, OTHER, OTHER]
    file = tmp_path / "set.jsonl"
    records = (json.dumps({"id": f"r{number}", "text": text}) for number, text in enumerate(texts))
    file.write_text("\n".join(records), encoding="utf-8")
    alone = json.loads(run("extract", file, "--json").stdout)
    monkeypatch.setattr(extracting, "_BATCH", 2)
    monkeypatch.setattr(extracting, "_ALONE", 1)
    monkeypatch.setattr(extracting, "_processors", lambda: 2)
    assert json.loads(run("extract", file, "--json").stdout) == alone
    assert [record["document_id"] for record in alone] == [f"r{number}" for number in range(9)]
    assert [case["age_years"] for record in alone for case in record["cases"]] == [61.0, 62.0, 63.0]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Two reports with answers, one of which is wrong on purpose: the woman is noted as a man."""
    row = {
        "doc_id": "elbow",
        "patient_index": 1,
        "is_case": True,
        "age_years": 61,
        "age_text": "61-year-old",
        "sex": "male",
        "sex_text": "woman",
        "lesion_sites": [{"text": "left elbow", "site": "elbow", "laterality": "left", "site_alt": []}],
    }
    none = {"doc_id": "pneumonia", "is_case": False, "kind": "other", "n_patients": 1, "age_years": 40, "sex": "male"}
    texts = [
        {"id": "elbow", "text": REPORT, "half": "development"},
        {"id": "pneumonia", "text": OTHER, "half": "test"},
    ]
    (tmp_path / "gold.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(none) + "\n", encoding="utf-8")
    (tmp_path / "documents.jsonl").write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    return tmp_path / "gold.jsonl"


def test_evaluate_prints_one_object(gold: Path) -> None:
    said = json.loads(run("evaluate", "--gold", gold, "--json").stdout)
    assert (said["screening"]["tp"], said["screening"]["tn"], said["screening"]["n"]) == (1, 1, 2)
    fields = {score["field"]: score for score in said["fields"]}
    assert (fields["age_years"]["accuracy"], fields["sex"]["accuracy"]) == (1.0, 0.0)
    assert {score["field"]: score["accuracy"] for score in said["persons"]} == {
        "n_patients": 1.0,
        "age_years": 1.0,
        "sex": 1.0,
    }
    (error,) = said["errors"]
    assert (error["doc_id"], error["field"], error["expected"], error["found"]) == ("elbow", "sex", "male", "female")
    assert error["sentence"].startswith("A 61-year-old woman")


def test_evaluate_prints_tables_for_people(gold: Path) -> None:
    printed = run("evaluate", "--gold", gold.parent).stdout
    assert "screening of 2 documents" in printed
    assert "expected male, found female" in printed
    assert "A 61-year-old woman with systemic sclerosis" in printed


def test_a_half_is_scored_alone(gold: Path) -> None:
    said = json.loads(run("evaluate", "--gold", gold, "--half", "test", "--json").stdout)
    assert (said["screening"]["n"], said["missing_documents"], said["fields"]) == (1, [], [])


def test_gold_without_its_text_is_told(gold: Path, tmp_path: Path) -> None:
    texts = tmp_path / "elsewhere.jsonl"
    texts.write_text(json.dumps({"id": "elbow", "text": REPORT}), encoding="utf-8")
    said = json.loads(run("evaluate", "--gold", gold, "--documents", texts, "--json").stdout)
    assert said["missing_documents"] == ["pneumonia"]
    texts.write_text(json.dumps({"id": "unknown", "text": REPORT}), encoding="utf-8")
    assert "none of the gold documents" in run("evaluate", "--gold", gold, "--documents", texts, code=2).stderr
    assert "does not exist" in run("evaluate", "--gold", tmp_path / "nowhere.jsonl", code=2).stderr


def test_the_context_algorithm_is_scored_alone(tmp_path: Path) -> None:
    kit = tmp_path / "kit.tsv"
    kit.write_text(
        "number\tphrase\tsentence\tnegation\ttemporality\texperiencer\n"
        "1\tfever\tShe had no fever.\tNegated\tRecent\tPatient\n"
        "2\tcough\tShe had a cough.\tAffirmed\tRecent\tPatient\n",
        encoding="utf-8",
    )
    said = json.loads(run("evaluate", "--context", kit, "--json").stdout)
    assert set(said) == {"context"}
    negation = next(task for task in said["context"]["tasks"] if task["task"] == "negation")
    assert (negation["n"], negation["true_positive"], negation["f1"]) == (2, 1, 1.0)
    assert "negation" in run("evaluate", "--context", kit).stdout
    kit.write_text("number\tphrase\n", encoding="utf-8")
    assert "columns are missing" in run("evaluate", "--context", kit, code=2).stderr
