"""Units as authors write them, and their conversion to the canonical unit of a quantity.

Which spellings stand for which unit is data (data/rules/units.csv); what a unit is, Pint knows from
data/rules/clinical_units.txt and, for symbols that UCUM writes with brackets, data/rules/unit_symbols.csv. What leads from
one dimension to another (mmol of calcium to mg) depends on the substance: data/rules/conversions.csv, with its source. A
unit from which nothing leads there is not converted.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from flows.coding.numbers import factor_of
from flows.resources import resource

if TYPE_CHECKING:
    from pint import Quantity, UnitRegistry

_PER = re.compile(r"\s+per\s+|\s+pro\s+")
_INVERSE = re.compile(r"[.\s*]*([a-z]+)\^?-1\b")
_DROPPED = re.compile(r"[\s^*(){}\[\]_]|(?<!\d)\.|\.(?!\d)")
_TIMES = re.compile(r"^x(?=1)")
_CONCENTRATION = re.compile(r"([a-z]+)/([a-z]?l)")
_AFTER_YEARS = "_after_years"
_EVERYDAY = frozenset({"time", "length"})


class UnitError(ValueError):
    """A rules file names two canonical units for one quantity, a factor that is no number, or a unit that Pint does not know."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """value in `unit` = value as written * factor."""

    unit: str
    factor: float


@dataclass(frozen=True, slots=True)
class _Units:
    """canonical: quantity -> unit; bridges: quantity -> (unit, factor to the canonical one); spelled: quantity -> spelling
    -> symbol; symbols: normalised symbol -> symbol as it is printed; expressions: normalised symbol -> Pint's expression.
    """

    canonical: Mapping[str, str]
    bridges: Mapping[str, tuple[tuple[str, float], ...]]
    spelled: Mapping[str, Mapping[str, str]]
    symbols: Mapping[str, str]
    expressions: Mapping[str, str]


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
    """The unit in which a quantity is kept, or None where conversions.csv has no row for it."""
    return _units().canonical.get(quantity)


@lru_cache(maxsize=16_384)
def conversion(quantity: str | None, unit: str) -> Conversion | None:
    """How to write a value of this unit in the canonical unit of the quantity; None when the unit does not fit.

    quantity: a laboratory test's code, time or length; None, or one without rows, keeps the unit, usually spelled.
    """
    units = _units()
    quantity = quantity or ""
    symbol = _symbol(quantity, normalise_unit(unit))
    if symbol is None:
        return None
    target = units.canonical.get(quantity)
    if target is None:
        # Only where a substance is known may "mM" be a concentration; as it stands, it reads like millimetres.
        return Conversion(units.spelled["length"].get(normalise_unit(unit), symbol), 1.0)
    bridges = units.bridges.get(quantity, ())
    for start, by in ((target, 1.0), *bridges):
        if (factor := _factor(symbol, start)) is not None:
            return Conversion(target, _exact(factor * by))
    return None


@cache
def spellings(quantity: str) -> Mapping[str, tuple[str, float]]:
    """Unit as written (normalised) -> its symbol (mo, cm) and its factor to the canonical unit; for time and length."""
    found: dict[str, tuple[str, float]] = {}
    for unit, symbol in _units().spelled.get(quantity, {}).items():
        if (convert := conversion(quantity, unit)) is not None:
            found[unit] = (symbol, convert.factor)
    return found


@cache
def doubtful_units(quantity: str) -> Mapping[str, str]:
    """Units that count only behind a larger one ("2 y 3 m"), with their symbols; alone they may be something else."""
    return _units().spelled.get(f"{quantity}{_AFTER_YEARS}", {})


def _symbol(quantity: str, unit: str) -> str | None:
    """The symbol of a normalised unit, as it is printed; None for what is no unit of the quantity."""
    units = _units()
    for sort in (quantity, ""):
        if (symbol := units.spelled.get(sort, {}).get(unit)) is not None:
            return symbol
    if quantity in _EVERYDAY:
        return None
    if (symbol := units.symbols.get(unit)) is not None:
        return symbol
    # What no file lists is a unit only as an amount in a volume: alone, "in" and "a" are words.
    match = _CONCENTRATION.fullmatch(unit)
    if match is None or any(_measure(part) is None for part in match.groups()):
        return None
    return f"{match[1]}/{match[2][:-1]}L"


def _exact(factor: float) -> float:
    """The factor without the last bits that a way over seconds or metres leaves behind: a month is a twelfth of a year."""
    near = float(Fraction(factor).limit_denominator(1_000_000))
    return near if abs(near - factor) <= 1e-12 * abs(factor) else factor


@lru_cache(maxsize=4096)
def _factor(symbol: str, target: str) -> float | None:
    """What one of a unit is in another one; None where they are of different dimensions."""
    if normalise_unit(symbol) == normalise_unit(target):
        return 1.0
    one, other = _measure(normalise_unit(symbol)), _measure(normalise_unit(target))
    if one is None or other is None or one.dimensionality != other.dimensionality:
        return None
    return float((one / other).to_base_units().magnitude)


@lru_cache(maxsize=4096)
def _measure(unit: str) -> Quantity[float] | None:
    """One of a normalised unit as a quantity; None where Pint does not know it."""
    from pint.errors import UndefinedUnitError

    expression = _units().expressions.get(unit, unit)
    try:
        found: Quantity[float] = _registry().Quantity(1.0) * _registry().parse_expression(expression)
    except UndefinedUnitError:
        return None
    return found


@cache
def _registry() -> UnitRegistry[float]:
    # Pint costs a tenth of a second to import, which a run that reads nothing new need not pay.
    from pint import UnitRegistry

    return UnitRegistry(resource("data", "rules", "clinical_units.txt"))


@cache
def _units() -> _Units:
    canonical: dict[str, str] = {}
    bridges: dict[str, list[tuple[str, float]]] = {}
    for place, row in _rows("conversions.csv"):
        quantity, unit, start = row["quantity"], row["unit"], row["from_unit"]
        known = canonical.setdefault(quantity, unit)
        if known != unit:
            raise UnitError(f"{place}: '{quantity}' already has the canonical unit '{known}'; keep one")
        try:
            factor = factor_of(row["factor"])
        except (ValueError, ZeroDivisionError) as error:
            raise UnitError(f"{place}: factor '{row['factor']}' is no number") from error
        if start != unit:
            bridges.setdefault(quantity, []).append((start, factor))
    spelled: dict[str, dict[str, str]] = {}
    for _, row in _rows("units.csv"):
        spelled.setdefault(row["quantity"], {}).setdefault(normalise_unit(row["unit"]), row["symbol"])
    printed = [unit for quantity, unit in canonical.items() if quantity not in _EVERYDAY]
    printed += [unit for found in bridges.values() for unit, _ in found]
    for quantity, found in spelled.items():
        if quantity.removesuffix(_AFTER_YEARS) not in _EVERYDAY:
            printed += found.values()
    symbols = {normalise_unit(symbol): symbol for symbol in reversed(printed)}
    expressions = {normalise_unit(row["symbol"]): row["expression"] for _, row in _rows("unit_symbols.csv")}
    return _Units(canonical, {name: tuple(found) for name, found in bridges.items()}, spelled, symbols, expressions)


def _rows(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a rules file, each with the place where it stands."""
    with resource("data", "rules", name).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            yield f"rules/{name}, line {reader.line_num}", row
