"""An evaluation as JSON for programs, and as rows for tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flows.evaluate.context_kit import ContextScore
from flows.evaluate.intervals import Interval
from flows.evaluate.scores import FieldScore, ScreeningScore
from flows.evaluate.scoring import Evaluation, Scores

_Json = dict[str, Any]


def evaluation_json(evaluation: Evaluation) -> _Json:
    """Scores, debatable ones apart, and each error; intervals are [low, high], what is not defined is null."""
    return {
        "n_documents": evaluation.n_documents,
        "n_cases": evaluation.n_cases,
        "n_persons": evaluation.n_persons,
        "missing_documents": list(evaluation.missing),
        "failed_documents": dict(evaluation.failed),
        **_scores_json(evaluation.scores),
        "debatable": _scores_json(evaluation.debatable),
        "errors": [asdict(error) for error in evaluation.errors],
    }


def _scores_json(scores: Scores) -> _Json:
    screening = asdict(scores.screening)
    kinds = screening.pop("kinds")
    return {
        "screening": {
            **screening,
            "kinds": [{"kind": kind, "n": n, "taken_for_case": taken} for kind, (n, taken) in kinds.items()],
        },
        "fields": [asdict(score) for score in scores.cases],
        "persons": [asdict(score) for score in scores.persons],
    }


def context_json(score: ContextScore) -> _Json:
    """Scores of the context algorithm and each of its errors."""
    return {
        "n": score.n,
        "unplaced": list(score.unplaced),
        "tasks": [{**asdict(task), "n": task.n} for task in score.tasks],
        "errors": [asdict(error) for error in score.errors],
    }


def field_rows(scores: Sequence[FieldScore]) -> list[_Json]:
    """One row a field, for a person to read."""
    return [
        {
            "field": score.field,
            "gold": score.n_gold,
            "found": score.n_found,
            "tp": score.tp,
            "fp": score.fp,
            "fn": score.fn,
            "near": score.near,
            "precision": shown(score.precision, score.precision_interval),
            "recall": shown(score.recall, score.recall_interval),
            "F1": shown(score.f1, score.f1_interval),
            "accuracy": "" if score.accuracy is None else shown(score.accuracy, score.accuracy_interval),
        }
        for score in scores
    ]


def screening_rows(score: ScreeningScore) -> list[_Json]:
    """The confusion table: what documents are against what they were taken for."""
    return [
        {"document": "with a case", "taken for a case": score.tp, "not taken": score.fn},
        {"document": "without a case", "taken for a case": score.fp, "not taken": score.tn},
    ]


def shown(value: float | None, interval: Interval | None) -> str:
    """0.912 (0.85-0.95); a dash where it is not defined."""
    if value is None:
        return "-"
    return f"{value:.3f}" if interval is None else f"{value:.3f} ({interval[0]:.2f}-{interval[1]:.2f})"
