"""Compare the context algorithm with plain NegEx on a ConText kit, side by side in one run, as a Markdown table.

    python -m benchmarks.context FILE.tsv

FILE.tsv has the columns number, phrase, sentence, negation, temporality, experiencer. NegEx is negspaCy with its clinical
terms on blank English, the marked phrase set as the entity by hand; it decides negation only.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import spacy
from negspacy.negation import Negex
from negspacy.termsets import termset
from spacy.tokens import Span

from flows.evaluate.context_kit import (
    TASKS,
    Interval,
    Judge,
    KitRow,
    TaskScore,
    judge_by_context,
    read_kit,
    score_rows,
)


def negex_judge() -> Judge:
    """NegEx as negspaCy has it: the tasks (negation alone) that it marks for a phrase."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    negex = Negex(nlp, "negex", neg_termset=termset("en_clinical").get_patterns(), ent_types=[])

    def judge(row: KitRow) -> frozenset[str]:
        doc = nlp(row.sentence)
        span = doc.char_span(row.start, row.end, label="PHRASE", alignment_mode="expand")
        if span is None:
            return frozenset()
        doc.ents = (Span(doc, span.start, span.end, label="PHRASE"),)
        return frozenset({"negation"} if negex(doc).ents[0]._.negex else ())

    return judge


def table(rows: Sequence[KitRow]) -> str:
    """Scores of both algorithms on the same rows."""
    negex_name = f"NegEx (negspaCy {version('negspacy')})"
    judges: list[tuple[str, Callable[[KitRow], frozenset[str]], tuple[str, ...]]] = [
        ("ours", judge_by_context, TASKS),
        (negex_name, negex_judge(), ("negation",)),
    ]
    lines = [
        f"{len(rows)} phrases; intervals hold 95% (precision and recall Wilson, F1 bootstrap).",
        "",
        "| algorithm | task | phrases marked in gold | precision | recall | F1 | ms per sentence |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, judge, tasks in judges:
        judge(rows[0])  # loads the terms
        begin = time.perf_counter()
        for row in rows:
            judge(row)
        cost = 1000 * (time.perf_counter() - begin) / len(rows)
        lines += [_line(name, score, cost) for score in score_rows(rows, judge, tasks).tasks]
    return "\n".join(lines)


def _line(name: str, score: TaskScore, cost: float) -> str:
    marked = score.true_positive + score.false_negative
    cells = [
        name,
        score.task,
        str(marked),
        _cell(score.precision, score.precision_interval),
        _cell(score.recall, score.recall_interval),
        _cell(score.f1, score.f1_interval),
        f"{cost:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _cell(value: float | None, interval: Interval | None) -> str:
    if value is None or interval is None:
        return "not defined"
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def main() -> None:
    """Print the table for a kit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kit", type=Path, help="tab-separated kit")
    rows = read_kit(parser.parse_args().kit)
    if not rows:
        parser.error("the kit has no phrases")
    print(table(rows))


if __name__ == "__main__":
    main()
