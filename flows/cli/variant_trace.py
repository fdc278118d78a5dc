"""How a case came to its variant: what the authors state, what the recorded facts give and by which rule, what is used."""

from __future__ import annotations

from typing import Any

import duckdb

from flows.cli.common import Format, console, print_rows

_TRACE = """
SELECT
    cases.variant_stated_text AS stated_words,
    cases.variant_stated_code AS stated,
    cases.variant_derived_code AS derived,
    cases.variant_derived_subtype_code AS derived_subtype,
    cases.variant_used_code AS used,
    cases.variant_basis AS basis,
    cases.variant_rule AS rule,
    rules.reason,
    rules.rule_source AS source,
    cases.variant_facts AS facts,
    (
        SELECT coalesce(list(found.rule || ': ' || found.intake_field || ' ' || found.offending_value ORDER BY found.rule), [])
        FROM quality.variant_disagreements AS found
        WHERE found.case_id = cases.case_id
    ) AS disagreements
FROM registry.cases AS cases
LEFT JOIN staging.variant_rules AS rules ON rules.rule = cases.variant_rule
WHERE cases.case_id = ?
"""


def variant_trace(connection: duckdb.DuckDBPyConnection, case_id: str) -> dict[str, Any]:
    """The trace of a case of the published registry, as a dictionary of plain values; facts and disagreements are lists."""
    result = connection.execute(_TRACE, [case_id])
    columns = [column for column, *_ in result.description or []]
    row = result.fetchone()
    return dict(zip(columns, row, strict=True)) if row else {}


def print_variant_trace(trace: dict[str, Any]) -> None:
    """Print the trace for a person."""
    shown = {
        "stated": _stated(trace),
        "derived": trace["derived"] or "not enough facts",
        "subtype of the rule": trace["derived_subtype"],
        "used": f"{trace['used']} ({trace['basis']})" if trace["used"] else "none",
        "rule": trace["rule"],
        "because": trace["reason"],
        "source": trace["source"],
        "facts": ", ".join(trace["facts"]),
    }
    print_rows(
        [{"": name, "variant": value} for name, value in shown.items() if value],
        ("", "variant"),
        Format.table,
        "Variant",
    )
    for disagreement in trace["disagreements"]:
        console().print(f"disagreement, {disagreement}", style="yellow", markup=False)


def _stated(trace: dict[str, Any]) -> str:
    if trace["stated_words"] is None:
        return "not stated"
    return f"{trace['stated'] or 'not known'} (“{trace['stated_words']}”)"
