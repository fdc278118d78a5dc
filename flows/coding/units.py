"""Units as authors write them, and their conversion to the canonical unit of a quantity (data/rules/units.csv).

A row without a quantity holds whatever is measured (mg% is mg/dL; 1 g/L is 100 mg/dL); a row with one names its
canonical unit, and the conversions that need its molar mass. A unit from which no row leads there is not converted.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from flows.coding.numbers import factor_of
from flows.resources import resource

_PER = re.compile(r"\s+per\s+|\s+pro\s+")
_INVERSE = re.compile(r"[.\s*]*([a-z]+)\^?-1\b")
_DROPPED = re.compile(r"[\s^*(){}\[\]_]|(?<!\d)\.|\.(?!\d)")
_TIMES = re.compile(r"^x(?=1)")


class UnitError(ValueError):
    """data/rules/units.csv names two canonical units for one quantity, or a factor that is no number."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """value in `unit` = value as written * factor."""

    unit: str
    factor: float


@dataclass(frozen=True, slots=True)
class _Units:
    canonical: Mapping[str, str]
    spelled: Mapping[str, str]
    edges: Mapping[str, Mapping[str, Mapping[str, float]]]
    written: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=16_384)
def normalise_unit(unit: str) -> str:
    """A unit in the form in which units are compared: "mmol · L⁻¹" and "mmol/l" are one."""
    folded = unicodedata.normalize("NFKC", unit).casefold().replace("\u03bc", "u").replace("\u00d7", "x")
    folded = folded.replace("\u2212", "-").replace("\u00b7", ".").replace("\u22c5", ".")
    folded = unicodedata.normalize("NFKD", folded)
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    folded = _INVERSE.sub(r"/\1", _PER.sub("/", folded))
    return _TIMES.sub("", _DROPPED.sub("", folded))


def canonical_unit(quantity: str) -> str | None:
    """The unit in which a quantity is kept, or None where the table has no row for it."""
    return _units().canonical.get(quantity)


@lru_cache(maxsize=16_384)
def conversion(quantity: str | None, unit: str) -> Conversion | None:
    """How to write a value of this unit in the canonical unit of the quantity; None when the unit does not fit.

    quantity: a laboratory test's code, time or length; None, or one without rows, keeps the unit, usually spelled.
    """
    units = _units()
    start = normalise_unit(unit)
    target = units.canonical.get(quantity or "")
    if target is None:
        spelled = _walk(units, "", start, None)
        return None if spelled is None else Conversion(spelled[0], 1.0)
    found = _walk(units, quantity or "", start, normalise_unit(target))
    return None if found is None else Conversion(target, found[1])


@cache
def spellings(quantity: str) -> Mapping[str, tuple[str, float]]:
    """Unit as written (normalised) -> its symbol (mo, cm) and its factor to the canonical unit; for time and length."""
    written = _units().written.get(quantity, {})
    symbols = set(written.values())
    found: dict[str, tuple[str, float]] = {}
    for unit in (*written, *symbols):
        if (convert := conversion(quantity, unit)) is not None:
            found[unit] = (unit if unit in symbols else written[unit], convert.factor)
    return found


@cache
def doubtful_units(quantity: str) -> Mapping[str, str]:
    """Units that count only behind a larger one ("2 y 3 m"), with their symbols; alone they may be something else."""
    return _units().written.get(f"{quantity}_after_years", {})


def _walk(units: _Units, quantity: str, start: str, target: str | None) -> tuple[str, float] | None:
    if start == target:
        return start, 1.0
    seen = {start: 1.0}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        if target is None and here in units.spelled:
            return units.spelled[here], 1.0
        for edges in ({quantity: units.edges.get(quantity, {})} | {"": units.edges[""]}).values():
            for there, factor in edges.get(here, {}).items():
                if target is None and factor != 1:
                    continue
                if there not in seen:
                    seen[there] = seen[here] * factor
                    waiting.append(there)
    return (target, seen[target]) if target in seen else None


@cache
def _units() -> _Units:
    path = resource("data", "rules", "units.csv")
    canonical: dict[str, str] = {}
    spelled: dict[str, str] = {}
    edges: dict[str, dict[str, dict[str, float]]] = {"": {}}
    written: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            quantity, unit, other = row["quantity"], normalise_unit(row["unit"]), normalise_unit(row["canonical_unit"])
            try:
                factor = factor_of(row["factor"])
            except (ValueError, ZeroDivisionError) as error:
                raise UnitError(
                    f"rules/{path.name}, line {reader.line_num}: factor '{row['factor']}' is no number"
                ) from error
            written.setdefault(quantity, {}).setdefault(unit, other)
            known = canonical.setdefault(quantity, row["canonical_unit"]) if quantity and unit == other else None
            if known not in (None, row["canonical_unit"]):
                raise UnitError(
                    f"rules/{path.name}, line {reader.line_num}: '{quantity}' already has the canonical unit "
                    f"'{known}'; keep one"
                )
            # The first spelling that the file maps others to is the usual one.
            spelled.setdefault(other, row["canonical_unit"])
            if unit != other:
                edges.setdefault(quantity, {}).setdefault(unit, {})[other] = factor
                edges.setdefault(quantity, {}).setdefault(other, {}).setdefault(unit, 1 / factor)
    return _Units(canonical, spelled, edges, written)
