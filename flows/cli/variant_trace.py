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

_WORDS = """
WITH cells AS (
    SELECT unnest([
        {'field': 'associated_diseases', 'cell': associated_diseases},
        {'field': 'comorbidities', 'cell': comorbidities},
        {'field': 'morphology', 'cell': morphology},
        {'field': 'variant_subtype', 'cell': variant_subtype_text},
        {'field': 'lesion_sites', 'cell': lesion_sites}
    ], recursive := true)
    FROM registry.cases
    WHERE case_id = ?
),

items AS (
    SELECT cells.field, unnest(coded.items) AS item
    FROM cells
    INNER JOIN staging.coded_cells AS coded ON coded.field = cells.field AND coded.cell = cells.cell
)

SELECT DISTINCT
    replace(facts.fact, '_', ' ') || CASE WHEN facts.fact_value = 'yes' THEN '' ELSE ' ' || facts.fact_value END AS fact,
    items.field AS intake_field,
    items.item.item_text AS words
FROM items
INNER JOIN staging.variant_term_facts AS facts ON facts.intake_field = items.field AND facts.code = items.item.code
WHERE items.item.item_state = 'present'
ORDER BY ALL
"""


def variant_trace(connection: duckdb.DuckDBPyConnection, case_id: str) -> dict[str, Any]:
    """The trace of a case of the published registry, as a dictionary of plain values; facts and disagreements are lists.

    fact_words: the words of the case behind the facts of the rule, each as fact, intake_field, words. Raises KeyError for a
    case that is not there.
    """
    result = connection.execute(_TRACE, [case_id])
    columns = [column for column, *_ in result.description or []]
    row = result.fetchone()
    if row is None:
        raise KeyError(case_id)
    trace = dict(zip(columns, row, strict=True))
    words = connection.execute(_WORDS, [case_id]).fetchall()
    trace["fact_words"] = [
        dict(zip(("fact", "intake_field", "words"), one, strict=True)) for one in words if one[0] in trace["facts"]
    ]
    return trace


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
        "facts": "; ".join(_with_words(fact, trace["fact_words"]) for fact in trace["facts"]),
    }
    print_rows(
        [{"": name, "variant": value} for name, value in shown.items() if value],
        ("", "variant"),
        Format.table,
        "Variant",
    )
    for disagreement in trace["disagreements"]:
        console().print(f"disagreement, {disagreement}", style="yellow", markup=False)


def _with_words(fact: str, words: list[dict[str, str]]) -> str:
    said = ", ".join(f"“{one['words']}”" for one in words if one["fact"] == fact)
    return f"{fact} ({said})" if said else fact


def _stated(trace: dict[str, Any]) -> str:
    if trace["stated_words"] is None:
        return "not stated"
    return f"{trace['stated'] or 'not known'} (“{trace['stated_words']}”)"
