"""Counts over documents, and the scores that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.evaluate.comparing import Comparison
from flows.evaluate.intervals import Interval, f1, f1_interval, share, wilson


@dataclass(slots=True)
class Tally:
    """Counts of one field in one document.   rows: patients with gold or an answer; exact: those without an error."""

    n_gold: int = 0
    answered: int = 0
    n_found: int = 0
    right: int = 0
    near: int = 0
    rows: int = 0
    exact: int = 0

    def add(self, comparison: Comparison) -> None:
        """Count a patient in. Where there is neither gold nor answer nothing is counted: silence is no hit."""
        self.n_gold += comparison.n_gold
        self.answered += comparison.answered
        self.n_found += comparison.n_found
        self.right += comparison.right
        self.near += comparison.near
        if comparison.n_gold or comparison.n_found:
            self.rows += 1
            self.exact += not comparison.missed and not comparison.spurious


@dataclass(slots=True)
class Tallies:
    """Counts of all fields, by field and document."""

    by_field: dict[str, dict[str, Tally]] = field(default_factory=dict)

    def add(self, name: str, doc_id: str, comparison: Comparison) -> None:
        """Count one field of one patient in."""
        self.by_field.setdefault(name, {}).setdefault(doc_id, Tally()).add(comparison)


@dataclass(frozen=True, slots=True)
class FieldScore:
    """How well one field was read; intervals hold 95%, what is not defined is None.

    tp: answers of gold that were given; fn: those that were not; fp: answers that gold does not have. precision is the
    share of the n_found answers that are right, recall the share of gold's n_gold that were given. near: of the fp
    those whose code lies above or below one of gold's. accuracy, of fields with one value: patients without an error
    among the n_rows with gold or an answer.
    """

    field: str
    n_documents: int
    n_gold: int
    n_found: int
    tp: int
    fp: int
    fn: int
    near: int
    precision: float | None
    precision_interval: Interval | None
    recall: float | None
    recall_interval: Interval | None
    f1: float | None
    f1_interval: Interval | None
    n_rows: int
    accuracy: float | None
    accuracy_interval: Interval | None


def score_field(name: str, tallies: dict[str, Tally], *, single: bool) -> FieldScore:
    """The score of a field out of its counts by document."""
    counts = [(tally.n_gold, tally.answered, tally.n_found, tally.right) for _, tally in sorted(tallies.items())]
    n_gold, answered, n_found, right = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0, 0)
    rows = sum(tally.rows for tally in tallies.values())
    exact = sum(tally.exact for tally in tallies.values())
    return FieldScore(
        field=name,
        n_documents=len(tallies),
        n_gold=n_gold,
        n_found=n_found,
        tp=answered,
        fp=n_found - right,
        fn=n_gold - answered,
        near=sum(tally.near for tally in tallies.values()),
        precision=share(right, n_found),
        precision_interval=wilson(right, n_found),
        recall=share(answered, n_gold),
        recall_interval=wilson(answered, n_gold),
        f1=f1(n_gold, answered, n_found, right),
        f1_interval=f1_interval(counts),
        n_rows=rows,
        accuracy=share(exact, rows) if single else None,
        accuracy_interval=wilson(exact, rows) if single else None,
    )


@dataclass(frozen=True, slots=True)
class ScreeningScore:
    """Whether documents were told apart: tp and fn of those with a case, fp and tn of those without.

    kinds: of the documents without a case, by what they are instead: how many, and how many were taken for a case.
    """

    n: int
    tp: int
    fp: int
    fn: int
    tn: int
    precision: float | None
    precision_interval: Interval | None
    recall: float | None
    recall_interval: Interval | None
    f1: float | None
    f1_interval: Interval | None
    accuracy: float | None
    accuracy_interval: Interval | None
    kinds: dict[str, tuple[int, int]]


def score_screening(pairs: dict[str, tuple[bool, bool, str | None]]) -> ScreeningScore:
    """The score of screening.   pairs: of each document whether it is a case, whether it was taken for one, its kind."""
    counts = [(int(gold), int(gold and taken), int(taken), int(gold and taken)) for gold, taken, _ in pairs.values()]
    tp = sum(gold and taken for gold, taken, _ in pairs.values())
    fp = sum(taken and not gold for gold, taken, _ in pairs.values())
    fn = sum(gold and not taken for gold, taken, _ in pairs.values())
    n = len(pairs)
    tn = n - tp - fp - fn
    kinds: dict[str, tuple[int, int]] = {}
    for gold, taken, kind in pairs.values():
        if not gold:
            n_kind, n_taken = kinds.get(kind or "other", (0, 0))
            kinds[kind or "other"] = (n_kind + 1, n_taken + taken)
    return ScreeningScore(
        n=n,
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        precision=share(tp, tp + fp),
        precision_interval=wilson(tp, tp + fp),
        recall=share(tp, tp + fn),
        recall_interval=wilson(tp, tp + fn),
        f1=f1(tp + fn, tp, tp + fp, tp),
        f1_interval=f1_interval(counts) if counts else None,
        accuracy=share(tp + tn, n),
        accuracy_interval=wilson(tp + tn, n),
        kinds=dict(sorted(kinds.items())),
    )
