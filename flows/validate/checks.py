"""docs/checks.md: every expectation of the shipped suites in one table a suite, written from the suites themselves.

`python -m flows.validate.checks` writes it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from flows.resources import resource
from flows.validate.suites import Rule, Suite, load_suites

INTRODUCTION = """\
# Checks

Every rule that a run checks, written from `expectations/` by `python -m flows.validate.checks`; what a rule is made of
stands in [validation.md](validation.md). An action says what follows where a rule is broken:

- `quarantine`: the record is kept aside whole, with its reasons, until it is corrected.
- `flag`: the record is accepted, and the finding stands beside it.
- `stop`: nothing is published, and the registry stays as it was.
"""


def checks_page(suites: Sequence[Suite]) -> str:
    """The page as Markdown: a section a suite in the order given, a row an expectation in the order of the suite."""
    actions = Counter(rule.action for suite in suites for rule in suite.rules)
    counted = ", ".join(f"{actions[action]} {action}" for action in ("quarantine", "flag", "stop"))
    parts = [INTRODUCTION, f"{actions.total()} expectations in {len(suites)} suites: {counted}.\n"]
    for suite in suites:
        parts.append(f"## {suite.name}\n")
        parts.append("| rule | says | why | severity | action |\n|---|---|---|---|---|")
        parts.extend(_row(rule) for rule in suite.rules)
        parts.append("")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    why = " ".join(filter(None, (rule.why, f"({rule.source})" if rule.source else "")))
    cells = (f"`{rule.rule}`", rule.sentence, why, rule.severity, rule.action)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write_checks_page(path: Path) -> None:
    """Write the page of the shipped suites."""
    path.write_text(checks_page(load_suites(resource("expectations"))), encoding="utf-8")


if __name__ == "__main__":
    write_checks_page(Path(__file__).parents[2] / "docs" / "checks.md")
