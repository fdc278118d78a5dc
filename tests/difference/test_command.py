"""`calcinosis diff`, as a person and as a program use it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from flows.cli import app

from ..load.refreshing import Registry, case, write_sheet


@pytest.fixture
def home(tmp_path: Path, registry: Registry) -> Path:
    """In run_002 case a became metastatic, b is gone and c came."""
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b")])
    registry.refresh(path)
    write_sheet(path, [case("a", variant_stated="metastatic"), case("c")])
    registry.refresh(path)
    return registry.home.path


def diff(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["diff", *arguments, "--home", str(home)])


def test_a_person_sees_cases_with_their_reasons_and_what_moved(home: Path) -> None:
    result = diff(home)
    assert result.exit_code == 0
    assert "run_001 (earlier, 2 cases) -> run_002 (published, 2 cases)" in result.stdout
    assert "1 cases added, 1 changed, 1 removed; by cause: source 3" in result.stdout
    assert "clinic (clinic.csv)" in result.stdout
    assert "100.0 -> 50.0" in result.stdout


def test_a_program_reads_one_document(home: Path) -> None:
    found = json.loads(diff(home, "--json").stdout)
    assert (found["n_added"], found["n_changed"], found["n_removed"]) == (1, 1, 1)
    [changed] = found["changed"]
    assert [(row["field"], row["from"], row["to"]) for row in changed["fields"]] == [
        ("variant_stated_code", "dystrophic", "metastatic"),
        ("variant_stated_text", "dystrophic", "metastatic"),
        ("variant_used_code", "dystrophic", "metastatic"),
    ]
    back = json.loads(diff(home, "run_002", "run_001", "--json").stdout)
    assert [case["case_id"] for case in back["added"]] == [case["case_id"] for case in found["removed"]]


def test_the_other_formats_print_one_part(home: Path) -> None:
    cases = list(csv.DictReader(io.StringIO(diff(home, "--format", "csv").stdout)))
    assert [row["change"] for row in cases] == ["added", "changed", "changed", "changed", "removed"]
    overall = json.loads(diff(home, "--format", "json", "--part", "distributions").stdout)
    assert {row["stratum_by"] for row in overall} == {"overall"}
    everything = json.loads(diff(home, "--format", "json", "--part", "distributions", "--strata").stdout)
    assert len(everything) > len(overall)


def test_a_long_list_is_cut_and_says_so(home: Path) -> None:
    shown = diff(home, "--part", "cases", "--limit", "2").stdout
    assert "3 more rows: --limit 0 shows all" in shown
    assert "more rows" not in diff(home, "--part", "cases", "--limit", "0").stdout


def test_a_version_that_does_not_exist_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(home, "run_009").exit_code == 2
    assert diff(home, "run_001", "run_002", "run_001").exit_code == 2


def test_before_the_first_publication_it_is_wrong_usage(tmp_path: Path) -> None:
    assert diff(tmp_path / "nowhere").exit_code == 2
