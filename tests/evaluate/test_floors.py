"""The scores on the gold narratives do not fall below their floors, so that a rule that costs accuracy is noticed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache

import pytest

from flows.evaluate.documents import read_texts
from flows.evaluate.gold import read_gold
from flows.evaluate.scoring import Evaluation, evaluate
from flows.resources import resource

HALVES = ("development", "test")
METRICS = ("precision", "recall", "f1", "accuracy")


def floors() -> Iterator[tuple[str, str, str, float]]:
    with resource("data", "gold", "narratives", "floors.csv").open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        assert reader.fieldnames == ["field", "half", "metric", "floor"]
        for row in reader:
            yield row["field"], row["half"], row["metric"], float(row["floor"])


@cache
def scored(half: str) -> Evaluation:
    folder = resource("data", "gold", "narratives")
    gold = read_gold([folder / "gold.jsonl"])
    texts = read_texts([folder / "documents.jsonl"], gold.keys(), half)
    return evaluate({doc_id: gold[doc_id] for doc_id in texts}, texts)


@pytest.mark.parametrize(("field", "half", "metric", "floor"), list(floors()))
def test_a_score_holds_its_floor(field: str, half: str, metric: str, floor: float) -> None:
    scores = scored(half).scores
    score = getattr(scores.screening if field == "screening" else scores.field(field), metric)
    assert score is not None
    assert score >= floor, f"{field} on the {half} half: {metric} {score:.3f} is below {floor}"


@pytest.mark.parametrize("half", HALVES)
def test_every_scored_field_has_a_floor(half: str) -> None:
    scores = scored(half).scores
    fields = {score.field for score in scores.cases} | {f"persons.{score.field}" for score in scores.persons}
    assert {field for field, of, _, _ in floors() if of == half} == fields | {"screening"}
    assert all(metric in METRICS and 0 < floor <= 1 for _, _, metric, floor in floors())


@pytest.mark.parametrize("half", HALVES)
def test_every_gold_narrative_is_read_to_its_end(half: str) -> None:
    assert not scored(half).failed
