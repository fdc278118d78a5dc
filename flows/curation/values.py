"""What may be decided on a field, and when two texts say the same."""

from __future__ import annotations

import re
from functools import lru_cache

from flows.coding.coder import FIELDS, MULTI_VALUED, VOCABULARIES, code_text, suggest
from flows.coding.items import CodedItem
from flows.coding.vocabulary import load_vocabulary

CLEARED = "not reported"
"""The value that clears a field: nothing is reported, whatever the sources say."""

# Year, country and index belong to the publication and to the identity of a case; variant_judged is never an input.
DECIDABLE = tuple(
    field for field in FIELDS if field not in ("year", "country", "patient_index", "variant_judged")
)  # fmt: skip
"""Fields that a curator can decide on."""

_PARTS = re.compile(r"\s*[;|\n]\s*")

Key = tuple[tuple[object, ...], ...]


def coded_items(field: str, text: str) -> tuple[CodedItem, ...]:
    """Items of a whole cell, cut into parts as the coding stage cuts it (sql/macros/cell_parts.sql)."""
    parts = _PARTS.split(text) if field in MULTI_VALUED else [text]
    return tuple(item for part in parts if part.strip() for item in code_text(field, part.strip()))


def cell_state(items: tuple[CodedItem, ...]) -> str | None:
    """State of a whole cell as sql/staging/coded_cells.sql gives it; None where it says nothing on the field as a whole."""
    if any(item.state == "present" for item in items):
        return "present"
    if any(item.state == "absent" and item.code == "none" for item in items):
        return "absent"
    if any(item.state == "not_assessed" and item.code is None for item in items):
        return "not_assessed"
    if any(item.state == "not_reported" for item in items):
        return "not_reported"
    return None


def refuse_value(field: str, text: str) -> str | None:
    """Why a text cannot be the value of a decision, with what to write instead; None where it can.

    field: one of DECIDABLE.
    """
    if not text.strip():
        return f"the value is empty: write '{CLEARED}' to clear the field"
    items = coded_items(field, text)
    state = cell_state(items)
    if state == "not_reported":
        return None
    if state == "not_assessed":
        return f"'{text}' says that nobody looked, as if there were no decision: write '{CLEARED}' to clear the field"
    for item in items:
        if item.problem:
            return f"'{item.text}' cannot be read: {item.problem}"
        if item.code is None and field in VOCABULARIES:
            nearest = suggest(field, item.text)
            hint = f"; the nearest is '{nearest[1]}' ({nearest[0]})" if nearest else ""
            return f"'{item.text}' is in no vocabulary ({VOCABULARIES[field]}.csv){hint}"
        if item.code is None and item.value_low is None and item.value_high is None:
            return f"'{item.text}' is no value of {field}"
    if state is None:
        return f"'{text}' only denies single values: write what is there, or 'none' where there is nothing"
    return None


@lru_cache(maxsize=65_536)
def value_key(field: str, text: str | None) -> Key:
    """What a text says, so that two texts that say the same have the same key; silence and 'not reported' are one.

    The order of several values does not matter; words that no coder knows stand for themselves.
    """
    items = coded_items(field, text or CLEARED)
    if cell_state(items) in ("not_reported", "not_assessed") or not items:
        return (("not_reported",),)
    keys = {
        (
            item.code or ("" if item.value_low is not None or item.value_high is not None else item.text.casefold()),
            item.laterality_code or "",
            item.state,
            _number(item.value_low),
            _number(item.value_high),
            item.bounds or "",
            item.unit or "",
            item.interpretation or "",
        )
        for item in items
    }
    return tuple(sorted(keys))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def describe_value(field: str, text: str | None) -> str:
    """What a text was coded to, in words: "elbow (left); knee", "36 a", "not reported"."""
    items = coded_items(field, text or CLEARED)
    if not items or cell_state(items) in ("not_reported", "not_assessed"):
        return CLEARED
    return "; ".join(_describe(field, item) for item in items)


def _describe(field: str, item: CodedItem) -> str:
    words = [f"no {_label(field, item)}" if item.state == "absent" and item.code != "none" else _label(field, item)]
    if item.laterality_code:
        words.append(f"({item.laterality_code})")
    if item.value_low is not None or item.value_high is not None:
        ends = dict.fromkeys(_number(end) for end in (item.value_low, item.value_high) if end is not None)
        words.append(" to ".join(ends) + (f" {item.unit}" if item.unit else ""))
    if item.interpretation and item.interpretation != item.code:
        words.append(f"({item.interpretation})")
    return " ".join(word for word in words if word)


def _label(field: str, item: CodedItem) -> str:
    if item.code == "none":
        return "none"
    if item.code is None:
        is_number = item.value_low is not None or item.value_high is not None
        return "" if is_number else f"{item.text} [no code]"
    if field not in VOCABULARIES:
        return item.code
    term = load_vocabulary(VOCABULARIES[field]).terms.get(item.code)
    return term.label if term else item.code


def allowed_labels(field: str) -> list[tuple[str, str]]:
    """Code and label of the terms that a coded field may take, in the order of the vocabulary; empty without one."""
    if field not in VOCABULARIES:
        return []
    return [
        (term.code, term.label)
        for term in load_vocabulary(VOCABULARIES[field]).terms.values()
        if (field != "variant_stated" or term.level == "variant") and refuse_value(field, term.label) is None
    ]
