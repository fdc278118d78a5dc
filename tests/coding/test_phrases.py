"""Laboratory values and ages in the words of reports, with answers worked out by hand (laboratory_phrases.csv, age_phrases.csv)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.coding.laboratory import parse_measurement
from flows.coding.numbers import factor_of
from flows.coding.quantities import parse_age

HERE = Path(__file__).parent


def _phrases(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


LABORATORY = _phrases("laboratory_phrases.csv")
AGES = _phrases("age_phrases.csv")


def _ends(row: dict[str, str]) -> list[object]:
    """Both ends of the interval that a row expects: a number, a fraction ("14/365.25"), or empty for an open end."""
    return [pytest.approx(factor_of(row[end]), rel=1e-9) if row[end] else None for end in ("low", "high")]


def _fits(problem: str | None, expected: str) -> bool:
    return expected in (problem or "") if expected else problem is None


@pytest.mark.parametrize("row", LABORATORY, ids=lambda row: f"{row['test']}: {row['phrase']}")
def test_a_laboratory_value_is_read(row: dict[str, str]) -> None:
    item = parse_measurement(row["phrase"], row["test"])
    assert [item.value_low, item.value_high] == _ends(row)
    assert (item.code, item.bounds or "", item.precision or "", item.unit or "", item.comparator or "") == (
        row["test_read"], row["bounds"], row["precision"], row["unit"], row["comparator"],
    )  # fmt: skip
    assert (item.interpretation or "", item.state) == (row["interpretation"], row["state"])
    assert _fits(item.problem, row["problem"]), item.problem


@pytest.mark.parametrize("row", AGES, ids=lambda row: row["phrase"])
def test_an_age_is_read(row: dict[str, str]) -> None:
    item = parse_age(row["phrase"])
    assert [item.value_low, item.value_high] == _ends(row)
    assert (item.bounds or "", item.precision or "", item.comparator or "") == (
        row["bounds"], row["precision"], row["comparator"],
    )  # fmt: skip
    assert _fits(item.problem, row["problem"]), item.problem


@pytest.mark.parametrize("rows", [LABORATORY, AGES], ids=["laboratory", "ages"])
def test_there_are_eighty_different_phrases(rows: list[dict[str, str]]) -> None:
    assert len({(row.get("test"), row["phrase"]) for row in rows}) == len(rows) >= 80
