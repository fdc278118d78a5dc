"""Scores the context algorithm on sentences with one marked phrase each, as in the ConText kit (Harkema et al. 2009).

The kit is a tab-separated table: number, phrase, sentence, negation (Affirmed, Negated, Possible), temporality (Recent,
Historical, Hypothetical or "Not particular"), experiencer (Patient, or who else). The kit counts what has resolved as
negated. For single scores precision and recall come with Wilson intervals, F1 with a percentile bootstrap of the
sentences (2,000 draws, fixed seed).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.evaluate.intervals import Interval, f1, f1_interval, share, wilson
from flows.extract.context import Contexts
from flows.extract.cues import RESOLVED
from flows.extract.model import Document, Section
from flows.extract.reading import Reading

COLUMNS = ("number", "phrase", "sentence", "negation", "temporality", "experiencer")
TASKS = ("negation", "historical", "hypothetical", "experiencer")


class ContextKitError(ValueError):
    """The table is not in the form of the kit; the message names the file and what is missing."""


@dataclass(frozen=True, slots=True)
class KitRow:
    """One marked phrase. start, end: offsets of the phrase in the sentence; both 0 where it does not stand there, so that
    nothing can be said of it.
    """

    number: str
    phrase: str
    sentence: str
    start: int
    end: int
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class TaskScore:
    """How often one task was decided right; a hit is a phrase that both gold and program mark.

    precision, recall, f1 are None where they are not defined (nothing marked). Intervals hold 95%.
    """

    task: str
    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    precision: float | None
    precision_interval: Interval | None
    recall: float | None
    recall_interval: Interval | None
    f1: float | None
    f1_interval: Interval | None

    @property
    def n(self) -> int:
        """Phrases scored."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


@dataclass(frozen=True, slots=True)
class ContextError:
    """A phrase that was decided otherwise than gold has it. expected: whether gold marks it."""

    task: str
    number: str
    phrase: str
    sentence: str
    expected: bool


@dataclass(frozen=True, slots=True)
class ContextScore:
    """Scores of all tasks, and each error with its sentence. unplaced: numbers of the rows whose phrase is not in it."""

    n: int
    unplaced: tuple[str, ...]
    tasks: tuple[TaskScore, ...]
    errors: tuple[ContextError, ...]

    def task(self, name: str) -> TaskScore:
        """The score of one task. Raises KeyError for an unknown name."""
        for score in self.tasks:
            if score.task == name:
                return score
        raise KeyError(name)


def read_kit(path: Path) -> list[KitRow]:
    """The rows of a kit. Raises ContextKitError for a file without its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ContextKitError(f"{path.name}: columns are missing: {', '.join(missing)}")
        return [_row(row) for row in reader]


def _row(row: dict[str, str]) -> KitRow:
    start, end = find_phrase(row["phrase"], row["sentence"]) or (0, 0)
    gold = {
        "negation": row["negation"].casefold() == "negated",
        "historical": row["temporality"].casefold() == "historical",
        "hypothetical": row["temporality"].casefold() in {"hypothetical", "not particular"},
        "experiencer": row["experiencer"].casefold() != "patient",
    }
    marked = frozenset(task for task, is_marked in gold.items() if is_marked)
    return KitRow(row["number"], row["phrase"], row["sentence"], start, end, marked)


def find_phrase(phrase: str, sentence: str) -> tuple[int, int] | None:
    """Offsets of a phrase in its sentence, whatever the white space; in capitals (so the kit marks it) first.

    Of a phrase that goes beyond the sentence the longest part that lies in it is taken; None where no word of it does.
    """
    words = phrase.split()
    for size in range(len(words), 0, -1):
        for part in (words[:size], words[-size:]):
            for pattern, flags in ((_spaced(map(str.upper, part)), 0), (_spaced(part), re.IGNORECASE)):
                match = re.search(pattern, sentence, flags)
                if match:
                    return match.span()
    return None


def _spaced(words: Iterable[str]) -> str:
    return r"\s+".join(map(re.escape, words))


Judge = Callable[[KitRow], frozenset[str]]


def judge_by_context(row: KitRow) -> frozenset[str]:
    """The tasks that our algorithm marks for a phrase."""
    if row.start == row.end:
        return frozenset()
    document = Document(row.number, row.sentence, (Section("other", None, 0, len(row.sentence)),))
    reading = Reading(document)
    sentence = reading.sentence_at(row.start)
    if sentence is None:
        return frozenset()
    said = Contexts(reading).of(sentence).categories(row.start, min(row.end, sentence.end))
    tasks = {
        "negation": bool(said & {"negated", RESOLVED}),
        "historical": "historical" in said,
        "hypothetical": "hypothetical" in said,
        "experiencer": bool(said & {"family", "other_person"}),
    }
    return frozenset(task for task, is_marked in tasks.items() if is_marked)


def score_context(path: Path) -> ContextScore:
    """Scores the context algorithm on a kit. Raises ContextKitError for a file that is none."""
    return score_rows(read_kit(path), judge_by_context)


def score_rows(rows: Sequence[KitRow], judge: Judge, tasks: Iterable[str] = TASKS) -> ContextScore:
    """Scores any judge on the rows of a kit, so that algorithms can be compared side by side."""
    answers = [judge(row) for row in rows]
    scores, errors = [], []
    for task in tasks:
        pairs = [(task in row.gold, task in answer) for row, answer in zip(rows, answers, strict=True)]
        scores.append(_score(task, pairs))
        errors += [
            ContextError(task, row.number, row.phrase, row.sentence, expected)
            for row, (expected, given) in zip(rows, pairs, strict=True)
            if expected != given
        ]
    unplaced = tuple(row.number for row in rows if row.start == row.end)
    return ContextScore(len(rows), unplaced, tuple(scores), tuple(errors))


def _score(task: str, pairs: Sequence[tuple[bool, bool]]) -> TaskScore:
    hit = sum(expected and given for expected, given in pairs)
    n_given = sum(given for _, given in pairs)
    n_expected = sum(expected for expected, _ in pairs)
    return TaskScore(
        task,
        hit,
        n_given - hit,
        n_expected - hit,
        len(pairs) - n_given - n_expected + hit,
        share(hit, n_given),
        wilson(hit, n_given),
        share(hit, n_expected),
        wilson(hit, n_expected),
        f1(n_expected, hit, n_given, hit),
        f1_interval([(expected, expected and given, given, expected and given) for expected, given in pairs]),
    )
