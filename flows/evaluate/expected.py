"""Gold rows as answers that are expected, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from flows.coding.coder import code_text
from flows.coding.vocabulary import normalise
from flows.evaluate.comparing import Expected, Key
from flows.evaluate.gold import Row

_SIDES = {"left": {"left"}, "right": {"right"}, "bilateral": {"left", "right"}, "midline": {"midline"}}


def expected_of(row: Row) -> dict[str, list[Expected]]:
    """What gold says of a patient, for each field that the row covers; a field without its column is not there."""
    return {name: read(row) for name, (column, read) in _READERS.items() if column in row}


def sides(laterality: str | None) -> frozenset[str]:
    """The sides that a code of data/vocabulary/laterality.csv stands for."""
    return frozenset(_SIDES.get(laterality or "", ()))


def time_of(timing: str | None) -> frozenset[str]:
    """The time of a laboratory value; what is not said otherwise was found at presentation."""
    return frozenset({(timing or "presentation").replace("_", " ")})


def unknown(words: str) -> Key:
    """The key of words that have no code."""
    return ("?" + normalise(words),)


@lru_cache(maxsize=65_536)
def codes(field: str, words: str) -> tuple[Key, ...]:
    """Keys of the codes of some words; of the words themselves where there is no code."""
    found = tuple(dict.fromkeys((item.code,) for item in code_text(field, words) if item.code))
    return found or (unknown(words),)


def _age(row: Row) -> list[Expected]:
    span = row.get("age_text")
    age, low, high = row["age_years"], row.get("age_low"), row.get("age_high")
    if age is not None:
        ages: list[tuple[Any, Any]] = [(age, age)]
    elif low is not None and high is not None:
        ages = [(low, high)]
    else:
        return []
    ages += [(other, other) for other in row.get("age_alt") or ()]
    return [Expected(tuple(ages), span or str(age), span)]


def _single(name: str, span: str, *alternatives: str, field: str | None = None) -> Callable[[Row], list[Expected]]:
    """A column with one value. field: intake field whose coder gives the codes of words; None where it holds codes."""

    def read(row: Row) -> list[Expected]:
        value = row[name]
        others = [other for column in alternatives for other in row.get(column) or ()]
        values = [value, *others] if value is not None else []
        keys = [key for words in values if words is not None for key in (codes(field, words) if field else ((words,),))]
        if not keys:
            return []
        return [Expected(tuple(keys), str(value), row.get(span) or None, optional=None in values)]

    return read


def _number(name: str, span: str) -> Callable[[Row], list[Expected]]:
    def read(row: Row) -> list[Expected]:
        value = row[name]
        return [] if value is None else [Expected(((value, value),), row.get(span) or str(value), row.get(span))]

    return read


def _sites(column: str) -> Callable[[Row], list[Expected]]:
    def read(row: Row) -> list[Expected]:
        return [
            Expected(
                (key, *_others("lesion_sites", item.get("site_alt") or ())),
                item["site"],
                item["text"],
                sides(item.get("laterality")),
            )
            for item in row[column]
            for key in codes("lesion_sites", item["site"])
        ]

    return read


def _others(field: str, words: Iterable[str]) -> tuple[Key, ...]:
    return tuple(key for alternative in words for key in codes(field, alternative))


def _diseases(row: Row, column: str) -> list[Expected]:
    return [
        Expected(
            (key, *_of_the_words("associated_diseases", item)),
            item["disease"],
            item["text"],
            either=bool(item.get("either_list")),
        )
        for item in row.get(column) or ()
        for key in codes("associated_diseases", item["disease"])
    ]


def _of_the_words(field: str, item: Row) -> tuple[Key, ...]:
    """The author's words may say more or less than gold's name for them; their own code is as right, if it is one."""
    own = codes(field, item["text"])
    return own if len(own) == 1 else ()


def _labs(row: Row) -> list[Expected]:
    expected = []
    for item in row["labs"]:
        value = None if item["value"] is None else float(item["value"])
        for (code,) in codes("other_labs", item["test"] + "=normal"):
            key = (code, item["interpretation"], value, item["timing"])
            shown = " ".join(str(part) for part in key if part is not None)
            expected.append(Expected((key,), shown, item["text"], time_of(item["timing"])))
    return expected


def _autoantibodies(row: Row) -> list[Expected]:
    return [
        Expected(((code, item["result"]),), f"{item['name']} {item['result']}", item.get("text"))
        for item in row["autoantibodies"]
        for (code,) in codes("autoantibodies", f"{item['name']}={item['result']}")
    ]


def _morphology(row: Row) -> list[Expected]:
    return [
        Expected(
            ((item["morphology"], item.get("state", "present")),),
            f"{item['morphology']} {item.get('state', '')}".strip(),
            item["text"],
        )
        for item in row["morphology"]
    ]


def _imaging(row: Row) -> list[Expected]:
    return [Expected(((item["imaging"],),), item["imaging"], item["text"]) for item in row["imaging"]]


def _treatments(row: Row) -> list[Expected]:
    return [
        Expected((key, *_of_the_words("treatments", item)), item["treatment"], item["text"])
        for item in row["treatments"]
        if item["target"] == "calcinosis"
        for key in codes("treatments", item["treatment"])
    ]


_READERS: dict[str, tuple[str, Callable[[Row], list[Expected]]]] = {
    "age_years": ("age_years", _age),
    "sex": ("sex", _single("sex", "sex_text")),
    "variant_stated": ("variant_stated", _single("variant_stated", "variant_text", "variant_stated_alt")),
    "variant_subtype": (
        "variant_subtype",
        _single("variant_subtype", "variant_text", "variant_subtype_alt", field="variant_subtype"),
    ),
    "lesion_sites": ("lesion_sites", _sites("lesion_sites")),
    "absent_sites": ("absent_sites", _sites("absent_sites")),
    "associated_diseases": ("associated_diseases", lambda row: _diseases(row, "associated_diseases")),
    "comorbidities": ("comorbidities", lambda row: _diseases(row, "comorbidities")),
    "diseases": ("comorbidities", lambda row: _diseases(row, "associated_diseases") + _diseases(row, "comorbidities")),
    "absent_diseases": ("absent_diseases", lambda row: _diseases(row, "absent_diseases")),
    "disease_duration": ("disease_duration_years", _number("disease_duration_years", "disease_duration_text")),
    "labs": ("labs", _labs),
    "autoantibodies": ("autoantibodies", _autoantibodies),
    "morphology": ("morphology", _morphology),
    "largest_size_mm": ("largest_size_mm", _number("largest_size_mm", "largest_size_text")),
    "histology": ("histology", _single("histology", "histology_text")),
    "imaging": ("imaging", _imaging),
    "treatments": ("treatments", _treatments),
    "outcome": ("outcome", _single("outcome", "outcome_text", "outcome_alt")),
}
