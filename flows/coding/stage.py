"""The coding stage: every distinct string of the sources is coded once, and the codes are joined back in SQL."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import duckdb
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from flows.coding.coder import code_text, suggest
from flows.coding.reference_ranges import load_reference_ranges
from flows.coding.vocabulary import load_vocabulary
from flows.database import run_sql
from flows.resources import resource

_PART_COLUMNS = (
    "field", "part", "item_position", "item_text", "code", "laterality_code", "item_state", "value_low", "value_high",
    "value_bounds", "value_precision", "unit", "comparator", "interpretation_code", "doubt", "problem",
)  # fmt: skip

_TERM_TYPES = {
    "vocabulary": pa.string(), "code": pa.string(), "label": pa.string(), "parent_code": pa.string(),
    "term_level": pa.string(), "id_kinds": pa.list_(pa.string()), "ids": pa.list_(pa.string()),
    "synonyms": pa.list_(pa.string()), "term_position": pa.int32(),
}  # fmt: skip


def code_records(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Code the distinct strings of staging.records.

    Fills registry.terms, registry.term_ancestors, staging.age_groups, staging.reference_ranges, staging.coded_parts,
    staging.coded_cells, staging.term_suggestions and quality.unmapped_terms. Returns how many strings and items there
    were, and how many terms no vocabulary knows.
    """
    run_sql(connection, "registry/terms", "staging/age_groups", "staging/coded_parts", "staging/term_suggestions")
    load_terms(connection)
    load_reference_ranges(connection)
    run_sql(connection, "registry/term_ancestors", "staging/cells", "staging/uncoded_parts")
    parts = connection.execute("SELECT field, part FROM staging.uncoded_parts ORDER BY field, part").fetchall()
    rows = list(_coded(parts))
    _insert(connection, "staging.coded_parts", pd.DataFrame(rows, columns=list(_PART_COLUMNS)))
    run_sql(connection, "staging/coded_cells", "quality/unmapped_terms")
    _suggest(connection)
    unmapped = connection.execute("SELECT count(*) FROM quality.unmapped_terms").fetchone()
    return {"strings": len(parts), "items": len(rows), "unmapped_terms": unmapped[0] if unmapped else 0}


def _coded(parts: list[tuple[str, str]]) -> Iterator[tuple[object, ...]]:
    for field, part in parts:
        for position, item in enumerate(code_text(field, part), start=1):
            yield (
                field, part, position, item.text, item.code, item.laterality_code, item.state, item.value_low,
                item.value_high, item.bounds, item.precision, item.unit, item.comparator, item.interpretation, item.doubt,
                item.problem,
            )  # fmt: skip


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    connection.register("incoming", frame)
    try:
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        connection.unregister("incoming")


def _suggest(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each unmapped term its nearest vocabulary term, and write quality.unmapped_terms again with it."""
    rows = []
    for field, term in connection.execute("SELECT intake_field, term FROM quality.unmapped_terms").fetchall():
        nearest = suggest(field, term)
        if nearest is not None:
            code, label, similarity = nearest
            rows.append((field, term, code, label, similarity))
    if rows:
        _insert(
            connection,
            "staging.term_suggestions",
            pd.DataFrame(rows, columns=["field", "term", "code", "label", "similarity"]),
        )
        run_sql(connection, "quality/unmapped_terms")


def vocabulary_names() -> list[str]:
    """Names of the vocabularies in data/vocabulary: the CSV files that have codes and labels."""
    names = []
    for path in sorted(resource("data", "vocabulary").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            if next(csv.reader(stream), [])[:2] == ["code", "label"]:
                names.append(path.stem)
    return names


def load_terms(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill registry.terms from data/vocabulary, and staging.age_groups from data/rules/age_groups.csv."""
    rows: list[tuple[object, ...]] = []
    for name in vocabulary_names():
        for position, term in enumerate(load_vocabulary(name).terms.values(), start=1):
            rows.append(
                (name, term.code, term.label, term.parent or None, term.level, list(term.ids), list(term.ids.values()),
                 list(term.synonyms), position)
            )  # fmt: skip
    with resource("data", "rules", "age_groups.csv").open(encoding="utf-8", newline="") as stream:
        for position, group in enumerate(csv.DictReader(stream), start=1):
            rows.append(("age_group", group["code"], group["label"], None, "age_group", [], [], [], position))
            connection.execute(
                "INSERT INTO staging.age_groups VALUES (?, ?, ?, ?)",
                [group["code"], group["label"], float(group["low_years"]), float(group["high_years"])],
            )
    rows.append(("age_group", "uncertain", "uncertain (the interval spans groups)", None, "age_group", [], [], [], 99))
    table = pa.Table.from_arrays(
        [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), _TERM_TYPES.values(), strict=True)],
        names=list(_TERM_TYPES),
    )
    connection.register("incoming", table)
    try:
        connection.execute(
            "INSERT INTO registry.terms BY NAME "
            "SELECT * EXCLUDE (id_kinds, ids), map(id_kinds, ids) AS ontology_ids FROM incoming"
        )
    finally:
        connection.unregister("incoming")
