"""quality.checks: what Great Expectations found, where SQL can see it."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from flows.database import insert_rows
from flows.validate.suites import Rule, RuleResult, Suite, SuiteResult


def write_checks(
    connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], results: Sequence[SuiteResult]
) -> None:
    """Fill quality.checks with one row per rule of the suites, in their order; what stood there before goes."""
    rules = {rule.rule: rule for suite in suites for rule in suite.rules}
    rows = [_row(result.suite, rules[found.rule], found) for result in results for found in result.results]
    connection.execute("DELETE FROM quality.checks")
    insert_rows(connection, "quality.checks", rows)


def _row(table: str, rule: Rule, found: RuleResult) -> tuple[object, ...]:
    share = found.n_unexpected / found.n_evaluated if found.n_unexpected is not None and found.n_evaluated else None
    return (
        rule.rule,
        table,
        rule.category,
        rule.severity,
        # What could not be judged stops the run, whatever its suite says.
        found.action,
        found.n_unexpected,
        found.n_evaluated,
        share,
        rule.threshold,
        found.success,
        rule.numerator,
        rule.denominator,
        rule.sentence,
        rule.advice,
        " ".join(filter(None, (rule.why, rule.note))) or None,
    )


def failed_stops(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Rules of a judged build that are broken and that nobody may release, in the order of their names."""
    return [
        rule
        for (rule,) in connection.execute(
            "SELECT rule FROM quality.checks WHERE NOT holds AND action = 'stop' ORDER BY rule"
        ).fetchall()
    ]
