"""docs/checks.md: every expectation of the shipped suites in one table a suite, written from the suites themselves.

`python -m flows.validate.checks` writes it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from flows.resources import resource
from flows.validate.suites import Category, Rule, Suite, load_suites

INTRODUCTION = """\
# Checks

Every rule that a run checks, written from `expectations/` by `python -m flows.validate.checks`; what a rule is made of
stands in [validation.md](validation.md). What they found in the last run stands in `quality.checks`. An action says what
follows where a rule is broken:

- `quarantine`: the record is kept aside whole, with its reasons, until it is corrected.
- `flag`: the record or case is accepted, and the finding stands beside it.
- `hold`: nothing is published until somebody looked at it and released it (`calcinosis release`).
- `stop`: nothing is published, and the registry stays as it was.

The categories are those of Kahn et al., A Harmonized Data Quality Assessment Terminology (eGEMs 2016;4(1):1244). A rule
holds as long as the share of what it counts (numerator) in what it can judge (denominator) is not above its threshold.
"""


def checks_page(suites: Sequence[Suite]) -> str:
    """The page as Markdown: a section a suite in the order given, a row an expectation in the order of the suite."""
    actions = Counter(rule.action for suite in suites for rule in suite.rules)
    categories = Counter(rule.category for suite in suites for rule in suite.rules)
    counted = ", ".join(f"{actions[action]} {action}" for action in ("quarantine", "flag", "hold", "stop"))
    sorted_by = ", ".join(f"{categories[category]} {category}" for category in get_args(Category))
    parts = [INTRODUCTION, f"{actions.total()} expectations in {len(suites)} suites: {counted}; {sorted_by}.\n"]
    for suite in suites:
        parts.append(f"## {suite.name}\n")
        parts.append(
            "| rule | says | what to do | category | severity | action | numerator | denominator | threshold | note |\n"
            "|---|---|---|---|---|---|---|---|---|---|"
        )
        parts.extend(_row(rule) for rule in suite.rules)
        parts.append("")
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    problem = rule.sentence.partition(": ")[0].rstrip(".") + "."
    note = " ".join(filter(None, (rule.why, rule.note, f"({rule.source})" if rule.source else "")))
    cells = (
        f"`{rule.rule}`",
        problem,
        rule.advice,
        rule.category,
        rule.severity,
        rule.action,
        rule.numerator,
        rule.denominator,
        f"{rule.threshold:g}",
        note,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def write_checks_page(path: Path) -> None:
    """Write the page of the shipped suites."""
    path.write_text(checks_page(load_suites(resource("expectations"))), encoding="utf-8")


if __name__ == "__main__":
    write_checks_page(Path(__file__).parents[2] / "docs" / "checks.md")
