"""Values and units that can hardly be right, each with the unit that may have been meant."""

from __future__ import annotations

import csv

import pytest

from flows.coding.laboratory import code_laboratory, parse_measurement
from flows.coding.plausibility import doubt
from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource

DOUBTS = [
    # The number fits in the unit of the other system, or in none.
    ("phosphate", "45 mmol/L", "outside 0.06 to 9.7 mmol/L: mg/dL?"),
    ("phosphate", "4.5 mmol/L", None),
    ("phosphate", "31 mg/dL", "outside 0.2 to 30 mg/dL"),
    ("calcium", "2.4 mg/dL", "outside 4 to 30 mg/dL: mmol/L?"),
    ("calcium", "9.4 mmol/L", "outside 1 to 7.5 mmol/L: mg/dL?"),
    ("calcium", "9.4 mg/dL", None),
    ("calcium", "94 mg/L", "mg/L is no unit that this test is given in"),
    ("calcium", "9.4", None),
    ("calcium", ">6.5 mmol/L", None),
    ("calcium", ">8 mmol/L", "outside 1 to 7.5 mmol/L: mg/dL?"),
    ("ionised_calcium", "4.8 mmol/L", "outside 0.4 to 4 mmol/L: mg/dL?"),
    ("parathyroid_hormone", "400 pg/dL", "pg/dL is no unit that this test is given in: pg/mL?"),
    ("parathyroid_hormone", "1,250 pg/mL", None),
    ("creatinine", "90 mg/dL", "outside 0.1 to 40 mg/dL: umol/L?"),
    ("albumin", "38 g/dL", "outside 0.5 to 7 g/dL: g/L?"),
]


@pytest.mark.parametrize(("test", "text", "expected"), DOUBTS)
def test_a_doubtful_value_is_told_and_stays(test: str, text: str, expected: str | None) -> None:
    item = parse_measurement(text, test)
    assert item.doubt == expected
    assert item.problem is None
    assert item.value_low is not None


def test_a_test_without_limits_is_never_doubted() -> None:
    assert doubt("aldolase", "U/L", 1e9, 1e9) is None
    assert doubt(None, "mg/dL", 1e9, 1e9) is None


def test_each_result_of_a_cell_has_its_own_doubt() -> None:
    items = code_laboratory("PTH=400 pg/dL, creatinine=0.9 mg/dL")
    assert [item.doubt for item in items] == ["pg/dL is no unit that this test is given in: pg/mL?", None]


def test_limits_name_known_tests_and_their_source() -> None:
    with resource("data", "rules", "plausible_limits.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    tests = load_vocabulary("laboratory_test").terms
    assert all(row["test"] in tests and row["source"] and float(row["low"]) < float(row["high"]) for row in rows)
