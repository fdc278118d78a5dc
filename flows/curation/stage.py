"""Decisions in a build: coded like any record, put to their cases, and checked against what they expect."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from flows.curation.decisions import DecisionError, Decisions
from flows.curation.values import value_key
from flows.database import run_sql
from flows.validate.suites import Suite, row_rules

SOURCE_KEY = "curators"
"""Key under which decisions stand among the sources."""


def write_decisions(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> None:
    """Fill staging.decisions, and list the curators in raw.sources where there is a decision."""
    rows = [(decision, False) for decision in decisions.in_force] + [(item, True) for item in decisions.superseded]
    if not rows:
        return
    frame = pd.DataFrame(
        [
            (
                number, item.file_name, item.line_number, item.case_id, item.field, item.value, item.expects or None,
                item.decided_by, item.decided_on, item.why, is_superseded,
            )
            for number, (item, is_superseded) in enumerate(rows)
        ],
        columns=[
            "decision_no", "file_name", "line_number", "given_case_id", "field", "value", "expects", "curator",
            "decided_on", "why", "is_superseded",
        ],
    )  # fmt: skip
    _insert(connection, "staging.decisions", frame)
    connection.execute(
        "INSERT INTO raw.sources BY NAME SELECT ? AS source_key, 'Decisions of curators' AS source_label, "
        "'curator' AS tier, 0 AS tier_rank, 0 AS priority, 'partial' AS scope",
        [SOURCE_KEY],
    )


def has_decisions(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the build has a decision."""
    return connection.execute("SELECT 1 FROM staging.decisions LIMIT 1").fetchone() is not None


def set_decisions_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Move what was coded of the decisions out of the records of the sources, to staging.decision_records."""
    run_sql(connection, "staging/decision_records", "staging/contributing_records")
    if has_decisions(connection):
        for table in ("case_records", "record_keys"):
            connection.execute(
                f"DELETE FROM staging.{table} WHERE record_no IN (SELECT record_no FROM staging.decision_rows)"
            )


def refuse_impossible_decisions(connection: duckdb.DuckDBPyConnection, suite: Suite) -> None:
    """Hold decisions against the rules that keep a record out of the registry.

    suite: the row rules of staging.case_records. Raises DecisionError naming file and line of a value that breaks one.
    """
    if not has_decisions(connection):
        return
    problems = []
    for rule in row_rules(suite):
        if rule.action == "quarantine":
            problems += connection.execute(
                "SELECT decisions.file_name, decisions.line_number, hit.field, hit.value, $sentence "
                f"FROM ({rule.select_from('staging.decision_records')}) AS hit "
                "INNER JOIN staging.decision_rows AS rows ON rows.record_no = hit.record_no "
                "INNER JOIN staging.decisions AS decisions "
                "ON decisions.given_case_id = rows.record_id AND decisions.field = hit.field AND NOT decisions.is_superseded",
                {"sentence": rule.sentence},
            ).fetchall()
    if problems:
        raise DecisionError(
            "\n".join(
                f"{name}, line {line}: {field} '{value}' is refused: {sentence}"
                for name, line, field, value, sentence in sorted(problems)
            )
        )


def assign_decisions(connection: duckdb.DuckDBPyConnection) -> None:
    """Put each decision to the records of its case, also where the case has another name by now, and check expectations."""
    run_sql(connection, "staging/decision_cases", "staging/decision_checks", "staging/decision_words")
    if not has_decisions(connection):
        return
    run_sql(connection, "staging/complete_decisions", "staging/assign_decisions")
    said = connection.execute(
        "SELECT decision_no, decisions.field, value, expects, found_value FROM staging.decision_words AS words "
        "INNER JOIN staging.decisions AS decisions USING (decision_no) ORDER BY decision_no"
    ).fetchall()
    checks = [
        (
            number,
            expects is None or value_key(field, expects) == value_key(field, found),
            value_key(field, value) == value_key(field, found),
        )
        for number, field, value, expects, found in said
    ]
    _insert(connection, "staging.decision_checks", pd.DataFrame(checks, columns=["decision_no", "meets", "agrees"]))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    if frame.empty:
        return
    connection.register("incoming", frame)
    try:
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        connection.unregister("incoming")


def unmet_decisions(connection: duckdb.DuckDBPyConnection) -> Sequence[tuple[str, int]]:
    """How many decisions need a second look, by their problem."""
    return connection.execute(
        "SELECT decision_problem, count(*) FROM quality.unmet_decisions GROUP BY decision_problem ORDER BY decision_problem"
    ).fetchall()
