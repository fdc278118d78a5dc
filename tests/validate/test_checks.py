"""docs/checks.md says what the suites say."""

from __future__ import annotations

from pathlib import Path

from flows.validate.checks import checks_page
from flows.validate.stage import shipped_suites
from flows.validate.suites import Rule, Suite

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == checks_page(shipped_suites()), "run python -m flows.validate.checks"


def test_row_says_rule_sentence_reason_severity_and_action() -> None:
    rule = Rule(
        "age_is_possible", "any", {}, "critical", "quarantine", "age", "Age is 1|2.", "A life is short.", "Calment"
    )
    page = checks_page([Suite("staging.case_records", Path("x.json"), (rule,), {})])
    assert "| `age_is_possible` | Age is 1\\|2. | A life is short. (Calment) | critical | quarantine |" in page
    assert "1 expectations in 1 suites: 1 quarantine, 0 flag, 0 stop." in page
