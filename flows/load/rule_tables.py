"""Decision tables of `data/rules` that SQL reads: each CSV file as a table of `staging`."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import duckdb

from flows.database import insert_rows, run_sql
from flows.resources import resource

Row = dict[str, str]


class RuleTableError(ValueError):
    """A decision table contradicts itself; the message names file, line and what to do."""


def load_rule_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill staging.completeness_items, staging.work_up_rules and staging.scope_reasons from data/rules.

    Raises RuleTableError where a row cannot be used.
    """
    run_sql(connection, "staging/completeness_items", "staging/work_up_rules", "staging/scope_reasons")
    insert_rows(connection, "staging.completeness_items", list(_completeness_items()))
    insert_rows(connection, "staging.work_up_rules", list(_work_up_rules()))
    insert_rows(
        connection, "staging.scope_reasons", [(row["code"], row["label"]) for _, row in _rows("scope_reasons.csv")]
    )


def _completeness_items() -> Iterator[tuple[object, ...]]:
    for line, row in _rows("completeness_items.csv"):
        fields = [name for name in row["fields"].split("|") if name]
        try:
            weight = float(row["weight"])
        except ValueError:
            weight = 0.0
        if not fields or weight <= 0:
            raise RuleTableError(
                f"completeness_items.csv, line {line}: '{row['item']}' needs fields and a weight above 0"
            )
        yield row["item"], row["label"], fields, weight, row["care_item"]


def _work_up_rules() -> Iterator[tuple[object, ...]]:
    positions: dict[str, int] = {}
    for line, row in _rows("work_up_items.csv"):
        is_disease = row["evidence"] == "disease"
        if row["evidence"] not in ("interpretation", "laboratory_test", "disease", "autoantibody"):
            raise RuleTableError(f"work_up_items.csv, line {line}: no kind of evidence is called '{row['evidence']}'")
        if is_disease != (row["present_means"] in ("abnormal", "reported")) or is_disease != (
            row["absent_means"] in ("normal", "reported")
        ):
            raise RuleTableError(
                f"work_up_items.csv, line {line}: a disease says what its presence (abnormal, reported) and its absence "
                "(normal, reported) mean, and nothing else does"
            )
        position = positions.setdefault(row["work_up_item"], len(positions) + 1)
        yield (
            row["work_up_item"], row["label"], position, row["evidence"], row["code"], row["present_means"] or None,
            row["absent_means"] or None,
        )  # fmt: skip


def _rows(name: str) -> Iterator[tuple[int, Row]]:
    with resource("data", "rules", name).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            yield reader.line_num, row
