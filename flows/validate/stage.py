"""The validation stage: row rules decide record by record inside DuckDB, and Great Expectations runs all suites as gates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import duckdb

from flows.database import insert_rows, run_sql
from flows.resources import resource
from flows.validate.limits import load_limits
from flows.validate.suites import Suite, SuiteResult, case_rules, load_suites, row_rules

RECORD_SUITE = "staging.case_records"
CONTRIBUTION_SUITE = "staging.contributions"
EVIDENCE_SUITE = "staging.extracted_findings"


@cache
def shipped_suites() -> tuple[Suite, ...]:
    """The suites in expectations/."""
    return tuple(load_suites(resource("expectations")))


def prepare_rules(connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> None:
    """Create staging.rules, staging.rule_hits and staging.case_rule_hits, and list the row rules in the first."""
    run_sql(connection, "staging/rules", "staging/rule_hits", "staging/case_rule_hits")
    load_limits(connection)
    insert_rows(
        connection,
        "staging.rules",
        [
            (rule.rule, suite.name, rule.severity, rule.action, rule.sentence)
            for suite in suites
            for rule in (*row_rules(suite), *case_rules(suite))
        ],
    )


def apply_row_rules(connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], table: str) -> int:
    """Run the row rules of the suite on a table; every row that breaks one goes to staging.rule_hits. Returns the hits."""
    for suite in suites:
        if suite.name == table:
            for rule in row_rules(suite):
                connection.execute(
                    "INSERT INTO staging.rule_hits SELECT hit.record_no, $rule, hit.field, left(hit.value::VARCHAR, 2000) "
                    f"FROM ({rule.select_from(table)}) AS hit",
                    {"rule": rule.rule},
                )
    row = connection.execute(
        "SELECT count(*) FROM staging.rule_hits SEMI JOIN (SELECT rule FROM staging.rules WHERE suite = ?) AS own USING (rule)",
        [table],
    ).fetchone()
    return int(row[0]) if row else 0


def apply_case_rules(connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> int:
    """Run the rules that judge cases, once all tables of `registry` stand. Returns the hits.

    Every case that breaks one goes to staging.case_rule_hits and quality.findings, and counts in n_findings of the case.
    """
    run_sql(connection, "staging/case_conditions")
    for suite in suites:
        for rule in case_rules(suite):
            connection.execute(
                "INSERT INTO staging.case_rule_hits SELECT hit.case_id, $rule, hit.field, left(hit.value::VARCHAR, 2000) "
                f"FROM ({rule.select_from(suite.name)}) AS hit",
                {"rule": rule.rule},
            )
    run_sql(connection, "quality/append_case_findings", "registry/count_case_findings")
    row = connection.execute("SELECT count(*) FROM staging.case_rule_hits").fetchone()
    return int(row[0]) if row else 0


def validation_summary(results: Sequence[SuiteResult]) -> list[dict[str, object]]:
    """One row per suite: how many expectations held, how many records broke which kind, and which gates stop."""
    summary: list[dict[str, object]] = []
    for result in results:
        failed = [rule for rule in result.results if not rule.success]
        summary.append(
            {
                "suite": result.suite,
                "n_rows": result.n_rows,
                "n_expectations": len(result.results),
                "n_held": len(result.results) - len(failed),
                "failed": [
                    {
                        "rule": rule.rule,
                        "severity": rule.severity,
                        "action": rule.action,
                        "n_unexpected": rule.n_unexpected,
                        "sentence": rule.sentence,
                        "exception": rule.exception,
                    }
                    for rule in failed
                ],
                "stops": [rule.rule for rule in result.stops],
            }
        )
    return summary
