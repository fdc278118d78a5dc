"""Expectations that follow from the dictionary, merged into the suites that are written by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flows.database import quoted
from flows.dictionary.reading import DictionaryError, Field, Table, load_dictionary
from flows.resources import resource
from flows.validate.suites import ROW_COUNT, UNEXPECTED_ROWS

NOT_NULL = "expect_column_values_to_not_be_null"
GENERATED = "data/dictionary"
ADVICE = "This is an error of the pipeline, so tell its maintainers."

_BLANK = re.compile(r"\s*")


def generated_expectations(table: Table) -> list[dict[str, Any]]:
    """Gates on a table that follow from the dictionary: types of all columns, columns never empty, values and codes.

    One expectation for all columns of a kind, since each costs Great Expectations the same time, whatever it checks.
    """
    dictionary = load_dictionary()

    def gate(name: str, kind: str, kwargs: dict[str, Any], sentence: str) -> dict[str, Any]:
        category = "conformance" if name in ("types", "values") else "completeness"
        meta = {
            "id": f"declared_{table.name}_{name}",
            "action": "stop",
            "category": category,
            "sentence": sentence,
            "advice": ADVICE,
            "source": GENERATED,
        }
        return {"type": kind, "severity": "critical", "kwargs": kwargs, "meta": meta}

    def query(name: str, selects: Iterable[str], sentence: str) -> dict[str, Any]:
        kwargs = {"unexpected_rows_query": " UNION ALL ".join(selects)}
        return gate(name, UNEXPECTED_ROWS, kwargs, sentence)

    first, *others = table.not_null
    queries = [_value_query(column, kind, dictionary.fields[column]) for column, kind in table.columns.items()]
    gates = [
        gate("rows", ROW_COUNT, {"min_value": table.min_rows}, f"There are {table.min_rows} rows or more."),
        gate(first, NOT_NULL, {"column": first}, f"{first} is never empty."),
        query("not_null", map(_empty_query, others), f"These are never empty: {', '.join(others)}."),
        query("types", [_type_query(table)], "Every column is there and has the type that the data dictionary gives."),
        query("values", filter(None, queries), "Coded columns hold only what the data dictionary allows."),
    ]
    return [one for one in gates if one["kwargs"].get("unexpected_rows_query", " ")]


def _empty_query(column: str) -> str:
    return f"SELECT '{column}' AS field, NULL AS value FROM {{batch}} WHERE {column} IS NULL"


def _type_query(table: Table) -> str:
    declared = ", ".join(f"({quoted(column)}, {quoted(kind)})" for column, kind in table.columns.items())
    return (
        "SELECT coalesce(declared.field, found.column_name) AS field, found.column_type AS value "
        f"FROM (VALUES {declared}) AS declared (field, declared_type) "
        "FULL JOIN (DESCRIBE {batch}) AS found ON found.column_name = declared.field "
        "WHERE found.column_type IS DISTINCT FROM declared.declared_type"
    )


def _value_query(column: str, kind: str, field: Field) -> str | None:
    """Give the query for values that are not allowed, or None where anything may stand."""
    known = []
    if field.is_coded:
        known.append(f"(SELECT code FROM registry.terms WHERE vocabulary = '{field.vocabulary}')")
    if field.allowed:
        known.append(f"({', '.join(quoted(value) for value in field.allowed)})")
    if not known:
        return None
    values = f"(SELECT unnest({column}) AS {column} FROM {{batch}})" if kind.endswith("[]") else "{batch}"
    unknown = " AND ".join(f"{column} NOT IN {values}" for values in known)
    return f"SELECT '{column}' AS field, {column} AS value FROM {values} WHERE {unknown}"


def suite_text(table: Table, written: str | None) -> str:
    """Text of the suite file of a table: what is written by hand, unchanged and in its order, then what is generated.

    written: the file as it is, None where there is none. A count or completeness by hand is not generated again.
    """
    prefix, by_hand, suffix = _cut_suite(written) if written else _new_suite(table)
    known = [(one["type"], one.get("kwargs", {}).get("column")) for one in map(json.loads, by_hand)]
    generated = [
        json.dumps(expectation, indent=2, ensure_ascii=False).replace("\n", "\n    ")
        for expectation in generated_expectations(table)
        if (expectation["type"], expectation["kwargs"].get("column")) not in known
        or expectation["type"] == UNEXPECTED_ROWS
    ]
    return prefix + "[\n    " + ",\n    ".join([*by_hand, *generated]) + "\n  ]" + suffix


def _new_suite(table: Table) -> tuple[str, list[str], str]:
    return f'{{\n  "name": "{table.full_name}",\n  "expectations": ', [], "\n}\n"


def _cut_suite(text: str) -> tuple[str, list[str], str]:
    """Cut a suite file into what stands before its expectations, those written by hand as they are, and the rest."""
    decoder = json.JSONDecoder()

    def skip(place: int) -> int:
        match = _BLANK.match(text, place)
        return match.end() if match else place

    place = skip(skip(0) + 1)
    while text[place] != "}":
        key, place = decoder.raw_decode(text, place)
        start = place = skip(skip(place) + 1)
        if key != "expectations":
            place = skip(decoder.raw_decode(text, place)[1])
            place = skip(place + 1) if text[place] == "," else place
            continue
        by_hand = []
        place = skip(place + 1)
        while text[place] != "]":
            expectation, end = decoder.raw_decode(text, place)
            if expectation.get("meta", {}).get("source") != GENERATED:
                by_hand.append(text[place:end])
            place = skip(end)
            place = skip(place + 1) if text[place] == "," else place
        return text[:start], by_hand, text[place + 1 :]
    raise DictionaryError("the suite has no expectations; add the key 'expectations'")


def suite_files() -> Iterator[tuple[Path, str]]:
    """Path and text, as it should be, of every suite file that holds generated expectations."""
    for table in load_dictionary().tables.values():
        if table.min_rows is not None:
            path = resource("expectations") / table.schema / f"{table.name}.json"
            yield path, suite_text(table, path.read_text(encoding="utf-8") if path.exists() else None)
