"""The coder of each field: from an author's string to coded items.

`code_text(field, text)` is pure, deterministic, and never raises on odd text. Words for missing values come first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flows.coding.diseases import code_diseases
from flows.coding.items import CodedItem
from flows.coding.laboratory import code_autoantibodies, code_interpretation, code_laboratory, parse_measurement
from flows.coding.missing import missing_state
from flows.coding.quantities import parse_age, parse_duration, parse_integer, parse_size_mm, parse_year
from flows.coding.sites import code_sites
from flows.coding.terms import VOCABULARIES as TERM_VOCABULARIES
from flows.coding.terms import code_terms
from flows.coding.vocabulary import load_vocabulary

Coder = Callable[[str], list[CodedItem]]

VOCABULARIES: Mapping[str, str] = {
    **TERM_VOCABULARIES,
    "lesion_sites": "lesion_site",
    "associated_diseases": "disease",
    "comorbidities": "disease",
    "other_labs": "laboratory_test",
    "autoantibodies": "autoantibody",
}
"""Field -> vocabulary, for every field that has one."""

MULTI_VALUED = frozenset(
    {
        "lesion_sites",
        "associated_diseases",
        "comorbidities",
        "other_labs",
        "autoantibodies",
        "morphology",
        "imaging",
        "treatments",
    }
)
"""Fields whose cell may hold several values, separated by semicolons."""


def _one(parse: Callable[[str], CodedItem]) -> Coder:
    return lambda text: [parse(text)]


def _measured(test_code: str) -> Coder:
    return lambda text: [parse_measurement(text, test_code)]


FIELDS: Mapping[str, Coder] = {
    "sex": partial(code_terms, "sex"),
    "variant_stated": partial(code_terms, "variant_stated"),
    "variant_judged": partial(code_terms, "variant_judged"),
    "variant_subtype": partial(code_terms, "variant_subtype"),
    "lesion_sites": code_sites,
    "associated_diseases": code_diseases,
    "comorbidities": code_diseases,
    "disease_duration_years": _one(parse_duration),
    "age_years": _one(parse_age),
    "serum_calcium": partial(code_interpretation, test_code="calcium"),
    "serum_calcium_value": _measured("calcium"),
    "serum_phosphate": partial(code_interpretation, test_code="phosphate"),
    "serum_phosphate_value": _measured("phosphate"),
    "other_labs": code_laboratory,
    "autoantibodies": code_autoantibodies,
    "morphology": partial(code_terms, "morphology"),
    "largest_size_mm": _one(parse_size_mm),
    "histology": partial(code_terms, "histology"),
    "imaging": partial(code_terms, "imaging"),
    "treatments": partial(code_terms, "treatments"),
    "outcome": partial(code_terms, "outcome"),
    "country": partial(code_terms, "country"),
    "year": _one(parse_year),
    "patient_index": _one(parse_integer),
}
"""Field -> coder of one distinct string (of a multi-valued field: of one part of a cell)."""


def code_text(field: str, text: str) -> list[CodedItem]:
    """Code one distinct string of a field; at least one item, in the order of the text.

    A word for a missing value gives one item with that state: not_reported ("NR", "unknown"), not_assessed ("not
    done"), or, in a field with several values, absent with the code none ("nil"). Raises KeyError for a field that is
    not coded.
    """
    coder = FIELDS[field]
    vocabulary = VOCABULARIES.get(field)
    state = missing_state(text)
    if state is None:
        return coder(text) or [CodedItem(text)]
    if state == "absent" and field in MULTI_VALUED:
        return [CodedItem(text, "none", state="absent")]
    # Some fields have a word of their own for what is a missing value elsewhere: histology "no".
    if vocabulary is not None and field not in MULTI_VALUED and load_vocabulary(vocabulary).lookup(text) is not None:
        return coder(text)
    return [CodedItem(text, state="not_reported" if state == "absent" else state)]


def suggest(field: str, text: str) -> tuple[str, str, float] | None:
    """The term of the field's vocabulary that looks most like an unmapped text: code, label, likeness from 0 to 1.

    None for a field without a vocabulary, and where nothing is alike at all.
    """
    if field not in VOCABULARIES:
        return None
    vocabulary = load_vocabulary(VOCABULARIES[field])
    found = vocabulary.suggest(text)
    if not found or not found[0][1]:
        return None
    code, likeness = found[0]
    return code, vocabulary.terms[code].label, likeness
