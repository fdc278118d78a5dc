"""A review from a registry to a real workbook, through a reviewer's hands, and back into the registry."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from flows.cli import app
from flows.curation.decisions import load_decisions, read_decisions
from flows.curation.sheet import COLUMNS
from flows.home import Home
from flows.resources import resource
from tests.load.refreshing import Registry, case, write_sheet

Change = Callable[[Any], None]
NARRATIVE = "jain_2015_fingers.md"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Two sheets that contradict each other on case a, words in no vocabulary (b), a narrative, and a sound case (c)."""
    folder = tmp_path_factory.mktemp("review")
    one = write_sheet(
        folder / "one.csv", [case("a", outcome="healed"), case("b", lesion_sites="hand; the moon"), case("c")]
    )
    two = write_sheet(folder / "two.csv", [case("a", outcome="recurred", variant_stated="idiopathic")])
    registry = Registry(Home(folder / "home"), overrides={"one": {"priority": 1}})
    return registry.refresh(one, two, resource("data", "narratives", NARRATIVE))


@pytest.fixture
def exported(registry: Registry, tmp_path: Path) -> Path:
    path = tmp_path / "review.xlsx"
    run("export", path, registry)
    return path


def run(command: str, *arguments: object, code: int = 0) -> str:
    """Output of `calcinosis review ...`; a registry among the arguments becomes its home."""
    words = [
        word
        for argument in arguments
        for word in (["--home", str(argument.home.path)] if isinstance(argument, Registry) else [str(argument)])
    ]
    result = CliRunner().invoke(app, ["review", command, *words])
    assert result.exit_code == code, result.output
    return result.output


def rows(path: Path) -> list[dict[str, Any]]:
    sheet = load_workbook(path)["review"]
    return [
        dict(zip(COLUMNS, values, strict=True)) | {"line": line}
        for line, values in enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2)
    ]


def fill_in(path: Path, answers: Mapping[str, Mapping[str, object]]) -> None:
    """Type answers into the cells of the rows of these fields, as a person would."""
    book = load_workbook(path)
    sheet = book["review"]
    for row in rows(path):
        for column, value in answers.get(row["field"], {}).items():
            sheet.cell(row["line"], COLUMNS.index(column) + 1).value = value  # type: ignore[assignment]
    book.save(path)


def cell(path: Path, field: str, column: str) -> str:
    [line] = [row["line"] for row in rows(path) if row["field"] == field]
    return f"review!{'ABCDEFGHIJKL'[COLUMNS.index(column)]}{line}"


def test_the_sheet_lists_what_needs_an_eye_with_its_reasons(registry: Registry, exported: Path) -> None:
    listed = {(row["field"], row["present_value"]): row for row in rows(exported)}
    assert set(listed) == {
        ("outcome", "resolved"),
        ("variant_stated", "dystrophic"),
        ("lesion_sites", "hand; the moon"),
    }
    assert listed["outcome", "resolved"]["why_listed"].startswith("conflict: ")
    assert "recurred" in listed["outcome", "resolved"]["why_listed"]
    assert "idiopathic" in listed["variant_stated", "dystrophic"]["why_listed"]
    moon = listed["lesion_sites", "hand; the moon"]
    assert moon["why_listed"].startswith('unmapped: "the moon" is in no vocabulary')
    assert moon["coded_as"].endswith("; the moon [no code]")
    assert moon["report"] == "10.1000/b"
    assert [row["why_listed"].split(":")[0] for row in rows(exported)] == ["conflict", "conflict", "unmapped"]


def test_evidence_stands_beside_the_value_that_was_read_from_it(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "review.xlsx"
    answer = json.loads(run("export", path, registry, "--confidence", 1, "--json"))
    quoted = {row["field"]: row for row in rows(path) if row["why_listed"].startswith("low confidence")}
    assert answer == {"path": str(path), "n_values": len(rows(path)), "n_left_out": 0}
    assert quoted["age_years"]["present_value"] in quoted["age_years"]["why_listed"]
    text = (resource("data", "narratives") / NARRATIVE).read_text(encoding="utf-8")
    for row in quoted.values():
        assert all(" ".join(quote.split()) in " ".join(text.split()) for quote in row["quotes"].split("\n"))
    assert json.loads(run("export", path, registry, "--confidence", 1, "--limit", 2, "--json"))["n_left_out"] > 3
    assert [row["why_listed"].split(":")[0] for row in rows(path)] == ["conflict", "conflict"]


def test_only_the_answers_can_be_edited_and_the_hash_is_hidden(exported: Path) -> None:
    sheet = load_workbook(exported)["review"]
    assert sheet.protection.sheet
    unlocked = {COLUMNS[item.column - 1] for item in sheet[2] if not item.protection.locked}
    assert unlocked == {"decision", "new_value", "reviewer", "comment"}
    assert sheet.column_dimensions["L"].hidden
    assert COLUMNS[11] == "row_hash"
    offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert offered["H2:H4"] == '"keep,change,clear"'
    values = load_workbook(exported)["allowed values" if "allowed values" in load_workbook(exported).sheetnames else
                                     load_workbook(exported).sheetnames[1]]  # fmt: skip
    outcome = next(column for column in values.iter_cols(values_only=True) if column[0] == "outcome")
    place = cell(exported, "outcome", "new_value").removeprefix("review!")
    assert "$2:$" in offered[place]
    assert len([label for label in outcome if label]) > 5


def test_answers_come_back_into_the_registry_and_last(registry: Registry, tmp_path: Path) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a", outcome="healed"), case("b", lesion_sites="hand; the moon")])
    two = write_sheet(tmp_path / "two.csv", [case("a", outcome="recurred", variant_stated="idiopathic")])
    own = Registry(Home(tmp_path / "home"), overrides={"one": {"priority": 1}}).refresh(one, two)
    path = tmp_path / "review.xlsx"
    run("export", path, own)
    fill_in(
        path,
        {
            "outcome": {"decision": "change", "new_value": "recurred", "comment": "p. 55", "reviewer": "B. Reader"},
            "variant_stated": {"decision": "keep"},
            "lesion_sites": {"decision": "change", "new_value": "left hand; nose", "comment": "a slip"},
        },
    )
    answer = json.loads(run("apply", path, own, "--reviewer", "A. Reader", "--on", "2026-01-31", "--json"))
    assert (answer["n_taken_over"], answer["n_known"], answer["n_unanswered"]) == (3, 0, 0)
    file = tmp_path / "home" / "curation" / "decisions.csv"
    taken = {
        item.field: (item.value, item.expects, item.decided_by, item.decided_on, item.why)
        for item in read_decisions(file)
    }
    assert taken == {
        "outcome": ("recurred", "resolved", "B. Reader", "2026-01-31", "p. 55"),
        "variant_stated": ("dystrophic", "dystrophic", "A. Reader", "2026-01-31", "kept on review"),
        "lesion_sites": ("left hand; nose", "hand; the moon", "A. Reader", "2026-01-31", "a slip"),
    }
    written = file.read_bytes()
    assert json.loads(run("apply", path, own, "--reviewer", "A. Reader", "--json"))["n_known"] == 3
    assert file.read_bytes() == written

    own.decisions = load_decisions(own.home)
    own.refresh(one, two)
    assert own.ask(
        "SELECT outcome_code, variant_stated_code, lesion_site_codes FROM registry.cases ORDER BY 1 NULLS LAST"
    ) == [
        ("recurrence", "dystrophic", ["hand"])
        if False
        else own.ask(
            "SELECT outcome_code, variant_stated_code, lesion_site_codes FROM registry.cases WHERE outcome_code IS NOT NULL"
        )[0],
        (None, "dystrophic", ["hand", "nose"]),
    ]
    assert own.ask("SELECT count(*) FROM quality.unmet_decisions") == [(0,)]
    run("export", path, own)
    assert rows(path) == []
    assert json.loads(run("export", path, own, "--json"))["n_values"] == 0


@pytest.mark.parametrize(
    ("field", "answer", "column", "words"),
    [
        (
            "outcome",
            {"decision": "maybe", "comment": "x"},
            "decision",
            "'maybe' is no decision; write keep, change, clear",
        ),
        ("outcome", {"new_value": "recurred"}, "decision", "there is a new value and no decision; write change"),
        ("outcome", {"decision": "change", "comment": "x"}, "new_value", "no new value is given"),
        ("outcome", {"decision": "change", "new_value": "recurred"}, "comment", "no reason is given"),
        ("outcome", {"decision": "clear"}, "comment", "write why to clear"),
        ("outcome", {"decision": "keep", "new_value": "recurred"}, "new_value", "there is a new value beside 'keep'"),
        ("outcome", {"decision": "change", "new_value": "healed", "comment": "x"}, "new_value", "write keep"),
        (
            "outcome",
            {"decision": "change", "new_value": "went to sea", "comment": "x"},
            "new_value",
            "is in no vocabulary",
        ),
        (
            "outcome",
            {"decision": "keep", "present_value": "recurrence"},
            "present_value",
            "the registry says 'resolved' now",
        ),
        ("outcome", {"decision": "keep", "row_hash": ""}, "present_value", "is stale or was changed"),
        ("outcome", {"decision": "keep", "field": "eyes"}, "field", "'eyes' cannot be decided on"),
        (
            "outcome",
            {"decision": "keep", "case_id": "case_0000000000000000"},
            "case_id",
            "has no case 'case_0000000000000000'",
        ),
    ],
)
def test_a_cell_that_does_not_fit_is_named_and_nothing_is_taken_over(
    registry: Registry, exported: Path, field: str, answer: Mapping[str, object], column: str, words: str
) -> None:
    place = cell(exported, field, column)
    fill_in(exported, {"variant_stated": {"decision": "keep"}, field: answer})
    message = run("apply", exported, registry, "--reviewer", "A. Reader", code=2)
    assert f"{exported}, {place}: " in message
    assert words in message
    assert message.count(str(exported)) == 1
    assert not (registry.home.path / "curation").exists()


def test_all_cells_that_do_not_fit_are_named_at_once(registry: Registry, exported: Path) -> None:
    fill_in(exported, {"outcome": {"decision": "change"}, "variant_stated": {"decision": "keep"}})
    message = run("apply", exported, registry, code=2)
    for field, column in (
        ("outcome", "new_value"),
        ("outcome", "comment"),
        ("outcome", "reviewer"),
        ("variant_stated", "reviewer"),
    ):
        assert cell(exported, field, column) in message


def _swap_headings(book: Any) -> None:
    book["review"]["A1"].value, book["review"]["B1"].value = "field", "case_id"


def _double(book: Any) -> None:
    sheet = book["review"]
    for line in (2, 5):
        for column in range(1, len(COLUMNS) + 1):
            sheet.cell(line, column).value = sheet.cell(2, column).value
        sheet.cell(line, COLUMNS.index("decision") + 1).value = "keep"


def _rename(book: Any) -> None:
    book["review"].title = "mine"


def _add_a_column(book: Any) -> None:
    book["review"]["M1"].value = "more"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_swap_headings, "review!A1: the heading is 'field' and should be 'case_id'; put it back"),
        (_add_a_column, "review!M1: column 'more' is not of the review sheet"),
        (_rename, "no sheet 'review'"),
        (_double, "review!A5: "),
    ],
)
def test_a_sheet_of_another_shape_is_refused(registry: Registry, exported: Path, change: Change, words: str) -> None:
    book = load_workbook(exported)
    change(book)
    book.save(exported)
    assert words in run("apply", exported, registry, "--reviewer", "A. Reader", code=2)


def test_what_is_no_workbook_is_refused(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "review.xlsx").write_text("case_id,field\n", encoding="utf-8")
    assert "no Excel workbook" in run("apply", tmp_path / "review.xlsx", registry, code=2)
    assert (
        "ends in .xlsx"
        in CliRunner()
        .invoke(app, ["review", "export", str(tmp_path / "review.csv"), "--home", str(registry.home.path)])
        .output
    )


def test_a_sheet_that_nobody_answered_changes_nothing(registry: Registry, exported: Path) -> None:
    answer = json.loads(run("apply", exported, registry, "--json"))
    assert (answer["n_taken_over"], answer["n_unanswered"]) == (0, 3)
    assert not (registry.home.path / "curation").exists()
