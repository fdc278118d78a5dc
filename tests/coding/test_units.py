"""Units through Pint: what converts into what, and what the rules files may not say."""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest

from flows.coding.units import canonical_unit, conversion
from flows.resources import resource

CONVERSIONS = [
    # quantity, unit, canonical unit, what one of the unit is in it, worked out by hand
    ("calcium", "mmol/L", "mg/dL", 4.008),
    ("calcium", "mEq/L", "mg/dL", 2.004),
    ("calcium", "umol/L", "mg/dL", 0.004008),
    ("phosphate", "mmol/l", "mg/dL", 3.097),
    ("phosphate", "g/L", "mg/dL", 100),
    ("parathyroid_hormone", "pmol/L", "pg/mL", 9.425),
    ("parathyroid_hormone", "fmol/mL", "pg/mL", 9.425),
    ("vitamin_d_25", "nmol/L", "ng/mL", 0.400641025641),
    ("alkaline_phosphatase", "nkat/L", "U/L", 0.06),
    ("alkaline_phosphatase", "IU/mL", "U/L", 1000),
    ("tsh", "µIU/mL", "m[IU]/L", 1),
    ("tsh", "IU/L", "m[IU]/L", 1000),
    ("white_cell_count", "cells/mm3", "10*9/L", 0.001),
    ("proteinuria", "g/day", "mg/24 h", 1000),
    ("urine_calcium", "mmol/24h", "mg/24 h", 40.08),
    ("calcium_phosphate_product", "mmol²/L²", "mg2/dL2", 12.413),
    ("time", "months", "a", 1 / 12),
    ("time", "hours", "a", 1 / 8766),
    ("time", "decades", "a", 10),
    ("length", "inches", "mm", 25.4),
    ("length", "cm", "mm", 10),
]


@pytest.mark.parametrize(("quantity", "unit", "canonical", "factor"), CONVERSIONS)
def test_a_unit_converts(quantity: str, unit: str, canonical: str, factor: float) -> None:
    found = conversion(quantity, unit)
    assert found is not None
    assert found.unit == canonical
    assert found.factor == pytest.approx(factor, rel=1e-12 if factor > 0.5 else 1e-9)


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ("platelets", "mg/dL"),
        ("alkaline_phosphatase", "mg/dL"),
        ("alkaline_phosphatase", "mmol/L"),
        ("tsh", "ukat/L"),
        ("gfr", "mL"),
        ("fgf23_c_terminal", "pg/mL"),
        ("length", "a"),
        ("time", "mg/dL"),
    ],
)
def test_a_unit_of_another_dimension_does_not(quantity: str, unit: str) -> None:
    assert conversion(quantity, unit) is None


@pytest.mark.parametrize("word", ["in", "a", "to", "m", "and/or", "day", "kg", "pg/dX", ""])
def test_a_word_of_the_text_is_no_unit_of_a_laboratory(word: str) -> None:
    assert conversion(None, word) is None


@pytest.mark.parametrize(
    ("written", "symbol"),
    [("IU/l", "U/L"), ("pg/dl", "pg/dL"), ("MG/DL", "mg/dL"), ("mM", "mm"), ("nmol·L⁻¹", "nmol/L")],
)
def test_a_unit_without_a_test_keeps_its_usual_symbol(written: str, symbol: str) -> None:
    found = conversion(None, written)
    assert found is not None
    assert (found.unit, found.factor) == (symbol, 1)


def test_every_row_of_conversions_converts_by_its_own_factor() -> None:
    with resource("data", "rules", "conversions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert all(row["source"] for row in rows)
    for row in rows:
        found = conversion(row["quantity"], row["from_unit"])
        above, _, below = row["factor"].partition("/")
        assert found is not None, row
        assert found.unit == canonical_unit(row["quantity"]) == row["unit"]
        assert found.factor == pytest.approx(float(above) / float(below or 1)), row


def test_pint_is_imported_only_where_a_unit_is_converted() -> None:
    program = "import sys, flows.coding.coder; print('pint' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert printed.strip() == "False"
