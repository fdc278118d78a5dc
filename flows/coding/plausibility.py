"""Values that can hardly be right as they are written, and the unit that may have been meant.

data/rules/plausible_limits.csv has a row for each unit that laboratories give a test in, with the limits between which
patients live. The number is looked at as it is written: a value in the unit of another country is the commonest slip, and
a conversion would hide it. Nothing is changed here; what is found becomes a finding.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flows.coding.units import conversion, normalise_unit
from flows.resources import resource

_NEAR = 2.0
"""How far beyond the limits of a unit a number may lie for that unit to be suggested where none fits better."""


class LimitsError(ValueError):
    """data/rules/plausible_limits.csv names a unit that its test has no conversion for, or limits that are no numbers."""


@dataclass(frozen=True, slots=True)
class _Limits:
    unit: str
    low: float
    high: float

    def hold(self, low: float, high: float, leeway: float = 1.0) -> bool:
        return high >= self.low / leeway and low <= self.high * leeway


def doubt(test: str | None, unit: str, low: float | None, high: float | None) -> str | None:
    """Why a value can hardly be right as it is written, with a suggestion; None where it may be, or nothing is known.

    test: code in data/vocabulary/laboratory_test.csv. unit: as written. low, high: the number as written, before any
    conversion; None is an open end.
    """
    rows = _limits().get(test or "")
    symbol = conversion(None, unit)
    if not rows or symbol is None:
        return None
    least, most = (low if low is not None else -float("inf")), (high if high is not None else float("inf"))
    others = [row for row in rows if normalise_unit(row.unit) != normalise_unit(symbol.unit)]
    own = next((row for row in rows if row not in others), None)
    if own is not None and own.hold(least, most):
        return None
    meant = next((row.unit for leeway in (1.0, _NEAR) for row in others if row.hold(least, most, leeway)), None)
    if own is not None:
        said = f"outside {own.low:g} to {own.high:g} {own.unit}"
    else:
        said = f"{symbol.unit} is no unit that this test is given in"
    return f"{said}: {meant}?" if meant else said


@cache
def _limits() -> Mapping[str, tuple[_Limits, ...]]:
    path = resource("data", "rules", "plausible_limits.csv")
    found: dict[str, list[_Limits]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            try:
                limits = _Limits(row["unit"], float(row["low"]), float(row["high"]))
            except ValueError as error:
                raise LimitsError(f"rules/{path.name}, line {reader.line_num}: a limit is no number") from error
            if conversion(row["test"], row["unit"]) is None:
                raise LimitsError(
                    f"rules/{path.name}, line {reader.line_num}: '{row['unit']}' does not convert for '{row['test']}'"
                )
            found.setdefault(row["test"], []).append(limits)
    return {test: tuple(rows) for test, rows in found.items()}
