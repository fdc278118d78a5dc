"""What `calcinosis extract --json` gives for a patient, as answers field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.evaluate.comparing import Answer
from flows.evaluate.expected import sides, time_of, unknown

Case = dict[str, Any]

_FIELDS_OF = {
    "site_laterality": ("lesion_sites",),
    "absent_sites": ("lesion_sites",),
    "diseases": ("associated_diseases", "comorbidities"),
    "absent_diseases": ("associated_diseases", "comorbidities"),
    "disease_duration": ("disease_duration_years",),
    "labs": ("serum_calcium", "serum_calcium_value", "serum_phosphate", "serum_phosphate_value", "other_labs"),
}


def answers_of(case: Case) -> dict[str, list[Answer]]:
    """The answers to all fields of one patient (an entry of `cases` of flows.extract.report.as_json)."""
    find = _Places(case)
    diseases = [*case["associated_diseases"], *case["comorbidities"]]
    return {
        "age_years": _range(case, "age_low", "age_high", case["age_text"], find("age_years")),
        "sex": _one(case, "sex", find),
        "variant_stated": _one(case, "variant_stated", find),
        "variant_subtype": _one(case, "variant_subtype", find),
        "lesion_sites": _coded(case["lesion_sites"], "present", find("lesion_sites")),
        "absent_sites": _coded(case["lesion_sites"], "absent", find("absent_sites")),
        "associated_diseases": _coded(case["associated_diseases"], "present", find("associated_diseases")),
        "comorbidities": _coded(case["comorbidities"], "present", find("comorbidities")),
        "diseases": _coded(diseases, "present", find("diseases")),
        "absent_diseases": _coded(diseases, "absent", find("absent_diseases")),
        "disease_duration": _range(
            case,
            "disease_duration_low",
            "disease_duration_high",
            case["disease_duration_text"],
            find("disease_duration"),
        ),
        "labs": _labs(case, find("labs")),
        "autoantibodies": [
            Answer(
                (item["name"], item["result"]), f"{item['name']} {item['result']}", find("autoantibodies")(item["text"])
            )
            for item in case["autoantibodies"]
        ],
        "morphology": [
            Answer((item["code"], item["state"]), f"{item['code']} {item['state']}", find("morphology")(item["text"]))
            for item in case["morphology"]
        ],
        "largest_size_mm": [
            Answer((size, size), str(size), find("largest_size_mm")(None))
            for size in (case["largest_size_mm"],)
            if size is not None
        ],
        "histology": _one(case, "histology", find),
        "imaging": _coded(case["imaging"], "present", find("imaging")),
        "treatments": _coded(
            [item for item in case["treatments"] if item["target"] == "calcinosis"], "present", find("treatments")
        ),
        "outcome": _one(case, "outcome", find),
    }


Find = Callable[[str | None], int | None]


class _Places:
    """Where the words of an answer stand, by the evidence of the case."""

    def __init__(self, case: Case) -> None:
        self._evidence = case["evidence"]

    def __call__(self, field: str) -> Find:
        names = _FIELDS_OF.get(field, (field,))

        def find(quote: str | None) -> int | None:
            entries = [entry for entry in self._evidence if entry["field"] in names]
            if quote is None:
                # Of a field with one value the surest finding is used, then the first.
                return int(max(entries, key=lambda entry: entry["confidence"])["start"]) if entries else None
            return next((int(entry["start"]) for entry in entries if entry["quote"] == quote), None)

        return find


def _one(case: Case, name: str, find: _Places) -> list[Answer]:
    return [] if case[name] is None else [Answer((case[name],), case[name], find(name)(None))]


def _range(case: Case, low: str, high: str, text: str | None, find: Find) -> list[Answer]:
    if case[low] is None and case[high] is None:
        return []
    return [Answer((case[low], case[high]), f"{text} ({case[low]} to {case[high]})", find(text))]


def _coded(items: list[Case], state: str, find: Find) -> list[Answer]:
    return [
        Answer(
            (item["code"],) if item["code"] else unknown(item["text"]),
            f"{item['code'] or 'no code'} ({item['text']})",
            find(item["text"]),
            sides(item.get("laterality")),
        )
        for item in items
        # "No other lesions" denies nothing by name.
        if item["state"] == state and item["code"] != "none"
    ]


def _labs(case: Case, find: Find) -> list[Answer]:
    answers = []
    for item in case["labs"]:
        (timing,) = time_of(item["timing"])
        key = (item["test"], item["interpretation"], item["value"], timing)
        shown = " ".join(str(part) for part in key if part is not None)
        answers.append(Answer(key, f"{shown} ({item['text']})", find(item["text"]), frozenset({timing})))
    return answers
