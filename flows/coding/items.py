"""What a coder gives back: the author's words with what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["present", "absent", "not_reported", "not_assessed"]
Bounds = Literal["[]", "[)", "(]", "()"]


@dataclass(frozen=True, slots=True)
class CodedItem:
    """One item found in an author's string.

    text: the author's words for this item, unchanged.
    code: code in the field's vocabulary; None when the words are not known (an unmapped term) or the field has no vocabulary.
    laterality_code: code in data/vocabulary/laterality.csv, for sites.
    state: present; absent ("no lupus", "anti-centromere negative"); not_reported / not_assessed ("NR", "not done").
    value_low, value_high, bounds, precision, unit, comparator: a quantity in the canonical unit of the field, as an interval.
    unit is the canonical unit, or None when the text gives none; comparator is '<', '>', '<=', '>=' or None.
    interpretation: low / normal / high / abnormal / positive / negative, as the author says.
    doubt: why the value can hardly be right as it is written, with what may have been meant ("...: mg/dL?"); the value stays.
    problem: why the words could not be read as this field asks ("not a number", "unknown unit 'pg/dX'"); None when all is well.
    """

    text: str
    code: str | None = None
    laterality_code: str | None = None
    state: State = "present"
    value_low: float | None = None
    value_high: float | None = None
    bounds: Bounds | None = None
    precision: str | None = None
    unit: str | None = None
    comparator: str | None = None
    interpretation: str | None = None
    doubt: str | None = None
    problem: str | None = None
