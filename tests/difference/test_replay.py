"""The quarantine replayed after a rule or a vocabulary changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import flows.pipeline
from flows.validate.suites import RuleResult, SuiteResult

from ..load.refreshing import case, write_sheet
from .running import ask, checksum, outcomes, records, run, without_gates
from .shipped_files import ShippedFiles

SUITE = "expectations/staging/case_records.json"
LIMIT = "age_years_low < 0 OR age_years_low > {0} OR (age_years_high > {0} "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Line 2 is sound; the ages of lines 3 and 4 are above 125 years, that of line 5 cannot be read."""
    ages = {"sound": 36, "old": 130, "older": 400, "unread": "qqq"}
    return write_sheet(tmp_path / "clinic.csv", [case(title, age_years=age) for title, age in ages.items()])


def allow_ages_of_135(files: ShippedFiles) -> None:
    files.replace(SUITE, LIMIT.format(125), LIMIT.format(135))


def titles(home: Path) -> list[str]:
    return [title for (title,) in ask(home, "SELECT title FROM analytics.cases ORDER BY title")]


def test_exactly_what_passes_a_changed_rule_is_loaded_once_without_its_file(
    home: Path, sheet: Path, shipped_files: ShippedFiles
) -> None:
    assert records(run(home, sheet)) == {"accepted": 1, "quarantined": 3}
    content = sheet.read_bytes()
    sheet.unlink()
    allow_ages_of_135(shipped_files)

    summary = run(home, replay=True)
    assert summary["status"] == "published"
    assert outcomes(summary) == {"passed": [3], "kept": [4, 5]}
    assert records(summary) == {"unchanged": 1, "accepted": 1, "quarantined": 2}
    assert titles(home) == ["old", "sound"]
    [passed, *kept] = summary["replay"]["records"]
    assert passed["case_id"] == ask(home, "SELECT case_id FROM analytics.cases WHERE title = 'old'")[0][0]
    assert [row["rules"] for row in kept] == [["age_is_possible"], ["age_is_readable"]]
    assert "Age is negative or above 125 years" in kept[0]["reasons"]
    assert summary["difference"]["n_added"] == 1

    before = checksum(home)
    again = run(home, replay=True)
    assert (again["status"], outcomes(again)) == ("unchanged", {"kept": [4, 5]})
    assert checksum(home) == before
    assert len(list((home / "versions").iterdir())) == 2

    sheet.write_bytes(content)
    run(home.with_name("rebuilt"), sheet)
    assert checksum(home.with_name("rebuilt")) == before


def test_what_passes_a_changed_vocabulary_is_loaded(home: Path, sheet: Path, shipped_files: ShippedFiles) -> None:
    run(home, sheet)
    not_reported = "not_reported,Not reported,,state,"
    shipped_files.replace("data/vocabulary/missing_value.csv", not_reported, f"{not_reported}qqq|")
    summary = run(home, replay=True)
    assert outcomes(summary) == {"passed": [5], "kept": [3, 4]}
    assert records(summary) == {"unchanged": 1, "accepted": 1, "quarantined": 2}
    assert ask(
        home,
        "SELECT age_state FROM registry.cases AS cases JOIN registry.publications USING (publication_id) WHERE title = 'unread'",
    ) == [("not_reported",)]
    run(home.with_name("rebuilt"), sheet)
    assert checksum(home.with_name("rebuilt")) == checksum(home)


def test_a_stricter_rule_sends_records_to_quarantine(home: Path, sheet: Path, shipped_files: ShippedFiles) -> None:
    run(home, sheet)
    shipped_files.replace(SUITE, LIMIT.format(125), LIMIT.format(30))
    summary = run(home, replay=True)
    assert outcomes(summary) == {"entered": [2], "kept": [3, 4, 5]}
    assert titles(home) == []


def test_sources_are_not_looked_at(home: Path, sheet: Path, tmp_path: Path, shipped_files: ShippedFiles) -> None:
    gone = write_sheet(tmp_path / "gone.csv", [case("gone")])
    broken = write_sheet(tmp_path / "broken.csv", [case("broken")])
    run(home, sheet, gone, broken)
    gone.unlink()
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    run(home, sheet, broken)
    freshness = "SELECT file_name, file_state, is_stale FROM ops.source_freshness ORDER BY ALL"
    before = ask(home, freshness)
    assert before == [
        ("broken.csv", "failed", False),
        ("broken.csv", "loaded", True),
        ("clinic.csv", "loaded", False),
        ("gone.csv", "loaded", True),
    ]

    write_sheet(sheet, [case("new")])
    allow_ages_of_135(shipped_files)
    summary = run(home, replay=True)
    assert titles(home) == ["broken", "gone", "old", "sound"]
    assert ask(home, freshness) == before
    assert {(file["file"].rpartition("/")[2], file["state"]) for file in summary["files"]} == {
        ("broken.csv", "failed"),
        ("broken.csv", "unchanged"),
        ("clinic.csv", "unchanged"),
        ("gone.csv", "unchanged"),
    }


def test_a_refresh_after_a_replay_has_nothing_to_do(home: Path, sheet: Path, shipped_files: ShippedFiles) -> None:
    run(home, sheet)
    allow_ages_of_135(shipped_files)
    run(home, replay=True)
    assert run(home, sheet)["status"] == "unchanged"


def test_without_a_change_nothing_is_replayed(home: Path, sheet: Path) -> None:
    run(home, sheet)
    summary = run(home, replay=True)
    assert summary["status"] == "unchanged"
    assert summary["difference"] is None
    assert summary["replay"]["n_kept"] == 3


def test_a_replay_that_a_gate_holds_leaves_the_registry_as_it_was(
    home: Path, sheet: Path, shipped_files: ShippedFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(home, sheet)
    before = checksum(home)
    allow_ages_of_135(shipped_files)
    monkeypatch.setattr(flows.pipeline, "write_data_docs", lambda *_, **__: home / "data_docs" / "index.html")

    def failing(stage: str, *arguments: Any) -> Any:
        if stage != "gate":
            return without_gates(stage, *arguments)
        rule = RuleResult("no", "type", False, 1, 1, None, "critical", "stop", None, "It must not be.")
        return [SuiteResult("registry.cases", arguments[1], False, 1, (rule,), {})]

    summary = run(home, replay=True, run_stage=failing)
    assert summary["status"] == "held"
    assert outcomes(summary) == {"passed": [3], "kept": [4, 5]}
    assert checksum(home) == before


def test_before_the_first_refresh_there_is_nothing_to_replay(home: Path) -> None:
    with pytest.raises(FileNotFoundError, match="calcinosis refresh"):
        run(home, replay=True)
