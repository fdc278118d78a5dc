"""Reference ranges of laboratory tests, from data/rules/reference_ranges.csv into staging.reference_ranges.

What ranges say of a value is SQL: the macros `age_sex_limits`, `judged_by_limits` and `contradicted_by_limits`.
"""

from __future__ import annotations

import csv

import duckdb

from flows.coding.numbers import factor_of
from flows.coding.units import conversion
from flows.coding.vocabulary import load_vocabulary
from flows.database import insert_rows
from flows.resources import resource


class RangeError(ValueError):
    """A row of data/rules/reference_ranges.csv names an unknown test or sex, a unit that does not convert, or no number."""


def load_reference_ranges(connection: duckdb.DuckDBPyConnection) -> int:
    """Fill staging.reference_ranges, each range in the canonical unit of its test. Returns the number of ranges.

    Ages are years and may be fractions ("15/365.25"). Raises RangeError with the line of the file.
    """
    path = resource("data", "rules", "reference_ranges.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = []
        for row in reader:
            try:
                rows.append(_range(row))
            except (ValueError, ZeroDivisionError) as error:
                raise RangeError(f"rules/{path.name}, line {reader.line_num}: {error}") from error
    insert_rows(connection, "staging.reference_ranges", rows)
    return len(rows)


def _range(row: dict[str, str]) -> list[object]:
    test, sex = row["test"], row["sex"] or None
    if test not in load_vocabulary("laboratory_test").terms:
        raise ValueError(f"no test '{test}' in data/vocabulary/laboratory_test.csv")
    if sex is not None and sex not in load_vocabulary("sex").terms:
        raise ValueError(f"no sex '{sex}' in data/vocabulary/sex.csv")
    convert = conversion(test, row["unit"])
    if convert is None:
        raise ValueError(f"the unit '{row['unit']}' does not convert for '{test}'")
    ages = [_number(row[column]) for column in ("age_low_years", "age_high_years")]
    limits = [_number(row[column], convert.factor) for column in ("low", "high")]
    if limits == [None, None]:
        raise ValueError("a range needs a limit, low or high")
    return [test, sex, *ages, *limits, convert.unit, float(row["leeway"])]


def _number(cell: str, factor: float = 1.0) -> float | None:
    return float(f"{factor_of(cell) * factor:.12g}") if cell else None
