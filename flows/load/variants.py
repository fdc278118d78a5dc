"""The decision table for the variant: data/rules/variant_rules.csv and variant_facts.csv, checked and put into the build.

A rule row has one column per fact: `yes` or another value must be recorded, `not high` must not be recorded, an empty cell
asks for nothing; several values are separated by `|`. What is recorded as which fact stands in variant_facts.csv.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from flows.coding.coder import VOCABULARIES
from flows.coding.vocabulary import load_vocabulary
from flows.database import insert_rows, run_sql
from flows.resources import resource

RULE_COLUMNS = ("rule", "priority", "variant", "subtype", "also_called", "reason", "source", "example")
FACT_COLUMNS = ("field", "code", "at_least", "fact", "value", "source", "note")
CASE_FACTS = {
    "serum_calcium": {"low", "normal", "high"},
    "serum_phosphate": {"low", "normal", "high"},
    "linked_disease": {"present", "absent", "not_reported", "not_assessed"},
}
"""Facts that a case has from its own columns, with their values; sql/staging/variant_facts.sql makes them."""
MEASURED_FIELDS = ("calcium_phosphate_product",)


class VariantRuleError(ValueError):
    """The decision table cannot be used; the message names file, row and what to do."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of a fact: one of the values recorded (is_wanted), or none of them."""

    fact: str
    values: tuple[str, ...]
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class VariantRule:
    """A row of the decision table.

    priority: the lowest that holds decides.   variant, subtype: codes of the vocabulary; subtype may be empty.
    also_called: variants that others give the same facts.   example: intake fields of a case that the rule decides.
    """

    rule: str
    priority: int
    conditions: tuple[Condition, ...]
    variant: str
    subtype: str | None
    also_called: tuple[str, ...]
    reason: str
    source: str
    example: str

    def example_record(self) -> dict[str, str]:
        """The worked example as an intake record: field -> words."""
        pairs = (part.partition(":") for part in self.example.split(" | "))
        return {field.strip(): words.strip() for field, _, words in pairs}


@dataclass(frozen=True, slots=True)
class FactCode:
    """A row of variant_facts.csv: a code with everything below it, or a measured field from a limit on, is a fact.

    fact is None where the code, with everything below it, is none.
    """

    field: str
    vocabulary: str | None
    code: str | None
    at_least: float | None
    fact: str | None
    value: str | None


@cache
def variant_facts() -> tuple[FactCode, ...]:
    """The facts of data/rules/variant_facts.csv."""
    return read_facts(resource("data", "rules", "variant_facts.csv"))


@cache
def variant_rules() -> tuple[VariantRule, ...]:
    """The rules of data/rules/variant_rules.csv, in the order of priority."""
    return read_rules(resource("data", "rules", "variant_rules.csv"), variant_facts())


def read_facts(path: Path) -> tuple[FactCode, ...]:
    """Read a file of facts. Raises VariantRuleError for an unknown field or code, a double row and a missing source."""
    found: dict[tuple[str, str, str], FactCode] = {}
    for line, row in _rows(path, FACT_COLUMNS):
        field, code, fact = row["field"], row["code"], row["fact"]
        if field in MEASURED_FIELDS:
            if not row["at_least"] or code:
                raise VariantRuleError(f"{path.name}, line {line}: {field} has a limit in at_least and no code")
        elif field not in VOCABULARIES:
            raise VariantRuleError(f"{path.name}, line {line}: '{field}' is no field with a vocabulary")
        elif code not in load_vocabulary(VOCABULARIES[field]).terms:
            raise VariantRuleError(f"{path.name}, line {line}: {VOCABULARIES[field]} has no code '{code}'")
        if (field, code, fact) in found:
            raise VariantRuleError(f"{path.name}, line {line}: {field}, '{code}' is {fact} twice")
        if (fact == "none") == bool(row["value"]) or not row["source"]:
            raise VariantRuleError(f"{path.name}, line {line}: give a value to a fact, none to 'none', and a source")
        found[field, code, fact] = FactCode(
            field,
            None if field in MEASURED_FIELDS else VOCABULARIES[field],
            code or None,
            float(row["at_least"]) if row["at_least"] else None,
            None if fact == "none" else fact,
            row["value"] or None,
        )
    return tuple(found.values())


def read_rules(path: Path, facts: Sequence[FactCode]) -> tuple[VariantRule, ...]:
    """Read a decision table over these facts, in the order of priority.

    Raises VariantRuleError for a fact, value or code that nothing makes, a double name or priority, a rule that asks for
    nothing to be recorded, and a missing reason, source or example.
    """
    values: dict[str, set[str]] = {fact: set(known) for fact, known in CASE_FACTS.items()}
    for row in facts:
        if row.fact and row.value:
            values.setdefault(row.fact, set()).add(row.value)
    variants = load_vocabulary("variant").terms
    rules: list[VariantRule] = []
    for line, cells in _rows(path, RULE_COLUMNS):
        where = f"{path.name}, line {line} ({cells['rule']})"
        rule = VariantRule(
            cells["rule"],
            _number(cells["priority"], where),
            tuple(
                _condition(fact, cell, values, where)
                for fact, cell in cells.items()
                if fact not in RULE_COLUMNS and cell
            ),
            cells["variant"],
            cells["subtype"] or None,
            tuple(filter(None, cells["also_called"].split("|"))),
            cells["reason"],
            cells["source"],
            cells["example"],
        )
        for code in (rule.variant, *rule.also_called, *filter(None, [rule.subtype])):
            if code not in variants or (code != rule.subtype and variants[code].level != "variant"):
                raise VariantRuleError(f"{where}: '{code}' is no variant of data/vocabulary/variant.csv")
        if not any(condition.is_wanted for condition in rule.conditions):
            raise VariantRuleError(f"{where}: the rule asks for nothing to be recorded")
        if not (rule.reason and rule.source and rule.example):
            raise VariantRuleError(f"{where}: reason, source and example must be given")
        if any(rule.rule == other.rule or rule.priority == other.priority for other in rules):
            raise VariantRuleError(f"{where}: another rule has this name or priority")
        rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.priority))


def load_variant_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill staging.variant_rules, variant_conditions and variant_fact_codes, and make staging.variant_term_facts."""
    run_sql(connection, "staging/variant_rules", "staging/variant_conditions", "staging/variant_fact_codes")
    insert_rows(
        connection,
        "staging.variant_fact_codes",
        [[row.field, row.vocabulary, row.code, row.at_least, row.fact, row.value] for row in variant_facts()],
    )
    insert_rows(
        connection,
        "staging.variant_rules",
        [
            [rule.rule, rule.priority, rule.variant, rule.subtype, list(rule.also_called), rule.reason, rule.source]
            for rule in variant_rules()
        ],
    )
    insert_rows(
        connection,
        "staging.variant_conditions",
        [
            [rule.rule, condition.fact, list(condition.values), condition.is_wanted]
            for rule in variant_rules()
            for condition in rule.conditions
        ],
    )
    run_sql(connection, "staging/variant_term_facts")


def derive_variants(connection: duckdb.DuckDBPyConnection) -> None:
    """Derive the variant of every golden record: staging.variant_facts and staging.derived_variants."""
    load_variant_rules(connection)
    run_sql(connection, "staging/variant_facts", "staging/derived_variants")


def _number(cell: str, where: str) -> int:
    if not cell.isdecimal():
        raise VariantRuleError(f"{where}: priority '{cell}' is no whole number")
    return int(cell)


def _condition(fact: str, cell: str, values: dict[str, set[str]], where: str) -> Condition:
    if fact not in values:
        raise VariantRuleError(f"{where}: nothing makes the fact '{fact}' (data/rules/variant_facts.csv)")
    words = cell.removeprefix("not ").split("|")
    unknown = sorted(set(words) - values[fact])
    if unknown:
        raise VariantRuleError(f"{where}: {fact} is never {', '.join(unknown)}, only {', '.join(sorted(values[fact]))}")
    return Condition(fact, tuple(words), not cell.startswith("not "))


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        missing = [column for column in required if column not in (reader.fieldnames or [])]
        if missing:
            raise VariantRuleError(f"{path.name} has no column {', '.join(missing)}")
        for row in reader:
            if None in row or None in row.values():
                raise VariantRuleError(f"{path.name}, line {reader.line_num}: not as many cells as there are headings")
            yield reader.line_num, {column: cell.strip() for column, cell in row.items()}
