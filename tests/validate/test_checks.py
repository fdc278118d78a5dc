"""docs/checks.md says what the suites say."""

from __future__ import annotations

from pathlib import Path

from flows.validate.checks import checks_page
from flows.validate.stage import shipped_suites
from flows.validate.suites import Rule, Suite

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == checks_page(shipped_suites()), "run python -m flows.validate.checks"


def test_row_says_everything_that_a_check_is_made_of() -> None:
    rule = Rule(
        rule="age_is_possible",
        type="any",
        kwargs={},
        severity="critical",
        action="quarantine",
        field="age",
        sentence="Age is not 1|2: correct it.",
        why="A life is short.",
        source="Calment",
        category="plausibility",
        advice="Correct it.",
        note="Rare.",
        threshold=0.25,
        numerator="records that break the rule",
        denominator="records with an age",
        evaluated="age IS NOT NULL",
    )
    page = checks_page([Suite("staging.case_records", Path("x.json"), (rule,), {})])
    row = (
        "| `age_is_possible` | Age is not 1\\|2. | Correct it. | plausibility | critical | quarantine | "
        "records that break the rule | records with an age | 0.25 | A life is short. Rare. (Calment) |"
    )
    assert row in page.splitlines()
    counted = "1 quarantine, 0 flag, 0 hold, 0 stop; 0 conformance, 0 completeness, 1 plausibility."
    assert f"1 expectations in 1 suites: {counted}" in page
