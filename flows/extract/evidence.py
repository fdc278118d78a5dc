"""Whether a value can be read out of its quote alone: the second half of "quote or quarantine"."""

from __future__ import annotations

from functools import lru_cache

import duckdb
import pandas as pd

from flows.coding.coder import code_text
from flows.coding.items import CodedItem
from flows.database import run_sql
from flows.extract.person_words import derive_sex


def derive_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill staging.derivations for every field, value and quote of staging.extracted_findings."""
    run_sql(connection, "staging/derivations")
    rows = connection.execute(
        "SELECT DISTINCT intake_field, finding_value, quote FROM staging.extracted_findings ORDER BY ALL"
    ).fetchall()
    if not rows:
        return
    frame = pd.DataFrame([(*row, derives(*row)) for row in rows], columns=["field", "value", "quote", "derives"])
    connection.register("incoming", frame)
    try:
        connection.execute("INSERT INTO staging.derivations SELECT field, value, quote, derives FROM incoming")
    finally:
        connection.unregister("incoming")


def derives(name: str, value: str, quote: str) -> bool:
    """Whether every coded item of a value comes out of the quote too, with the same code and number.

    The state is left out: that something is denied is said by words around the quote.
    """
    if name == "sex":
        return derive_sex(quote) == coded(name, value)[0].code
    again = coded(name, quote)
    return all(any(_agree(item, other) for other in again) for item in coded(name, value))


@lru_cache(maxsize=65_536)
def coded(name: str, words: str) -> tuple[CodedItem, ...]:
    """The coded items of a value, remembered: a few words come again and again."""
    return tuple(code_text(name, words))


def _agree(item: CodedItem, other: CodedItem) -> bool:
    return (
        item.code == other.code
        and item.laterality_code in (None, other.laterality_code)
        and item.value_low in (None, other.value_low)
        and item.value_high in (None, other.value_high)
    )
