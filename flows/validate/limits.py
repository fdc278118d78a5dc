"""The limits of data/rules that checks read: tables of `staging`, filled from their CSV files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator

import duckdb

from flows.database import insert_rows, run_sql
from flows.resources import resource

Row = dict[str, str]


class LimitsError(ValueError):
    """A file of limits cannot be used; the message names file, line and cell."""


def load_limits(connection: duckdb.DuckDBPyConnection) -> None:
    """Create and fill staging.site_properties, term_limits, completeness_limits and drift_limits.

    Raises LimitsError for a number or a yes/no that is none, ages in years.
    """
    for name, read in _READERS.items():
        run_sql(connection, f"staging/{name}")
        insert_rows(connection, f"staging.{name}", list(_read(name, read)))


def _read(name: str, read: Callable[[Row], tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    with resource("data", "rules", f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), start=2):
            try:
                yield read(row)
            except (KeyError, ValueError) as error:
                raise LimitsError(f"data/rules/{name}.csv, line {line}: {error}; correct the cell") from error


def _site(row: Row) -> tuple[object, ...]:
    sides = [side for side in row["excluded_laterality"].split("|") if side]
    return row["site_code"], row["sex"] or None, sides, _yes(row["is_single_digit"]), _yes(row["is_skin"])


def _term(row: Row) -> tuple[object, ...]:
    ages = (_number(row[name]) for name in ("onset_below_years", "age_from_years", "age_to_years"))
    return row["vocabulary"], row["code"], row["sex"] or None, *ages


def _completeness(row: Row) -> tuple[object, ...]:
    return row["field"], float(row["minimum_share"]), int(row["minimum_records"])


def _drift(row: Row) -> tuple[object, ...]:
    return row["distribution"], row["level"], int(row["minimum_cases"]), int(row["minimum_denominator"])


def _number(text: str) -> float | None:
    return float(text) if text else None


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"


_READERS: dict[str, Callable[[Row], tuple[object, ...]]] = {
    "site_properties": _site,
    "term_limits": _term,
    "completeness_limits": _completeness,
    "drift_limits": _drift,
}
