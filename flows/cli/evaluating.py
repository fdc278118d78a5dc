"""Commands that show how well narratives are read: extract, evaluate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.common import Format, JsonOption, console, fail, print_json, print_rows
from flows.cli.extracting import extract


class Half(StrEnum):
    """The halves of the gold narratives: rules may be tuned on the one, never on the other."""

    development = "development"
    test = "test"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(extract)
    app.command()(evaluate)


def evaluate(
    gold: Annotated[
        list[Path] | None,
        typer.Option(
            "--gold",
            help="Gold answers as JSON lines, or a folder of them; may be repeated [default: the shipped narratives]",
            show_default=False,
        ),
    ] = None,
    documents: Annotated[
        list[Path] | None,
        typer.Option(
            "--documents",
            help="Their texts: JSON lines with id and text, may be gzipped [default: documents.jsonl beside the gold]",
            show_default=False,
        ),
    ] = None,
    half: Annotated[Half | None, typer.Option("--half", help="Only documents of this half")] = None,
    context: Annotated[
        Path | None,
        typer.Option("--context", help="Score the context algorithm alone on this kit (tab-separated)"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score extraction against gold answers: precision, recall and F1 with 95% intervals, and every error.

    [bold]Example:[/] calcinosis evaluate --gold gold.jsonl --documents texts.jsonl.gz --json
    """
    from flows.evaluate.context_kit import ContextKitError
    from flows.evaluate.gold import GoldError

    result: dict[str, Any] = {}
    try:
        if gold or documents or half or context is None:
            result |= _score_gold(gold, documents, half, quiet=json)
        if context is not None:
            result["context"] = _score_context(context, quiet=json)
    except (GoldError, ContextKitError) as error:
        fail(str(error), 2)
    if json:
        print_json(result)


def _score_gold(
    gold: list[Path] | None, documents: list[Path] | None, half: Half | None, *, quiet: bool
) -> dict[str, Any]:
    from flows.evaluate.documents import read_texts
    from flows.evaluate.gold import GoldError, documents_beside, gold_files, read_gold
    from flows.evaluate.report import evaluation_json
    from flows.evaluate.scoring import evaluate as score
    from flows.resources import resource

    files = [file for path in gold or [resource("data", "gold", "narratives")] for file in gold_files(path)]
    answers = read_gold(files)
    texts = read_texts(documents or documents_beside(files), answers.keys(), half.value if half else None)
    if half:
        answers = {doc_id: answer for doc_id, answer in answers.items() if doc_id in texts}
    if not texts:
        raise GoldError("none of the gold documents has a text: give the texts with --documents")
    evaluation = score(answers, texts)
    if not quiet:
        _print_evaluation(evaluation)
    return evaluation_json(evaluation)


def _score_context(kit: Path, *, quiet: bool) -> dict[str, Any]:
    from flows.evaluate.context_kit import score_context
    from flows.evaluate.report import context_json, shown

    score = score_context(kit)
    if not quiet:
        rows = [
            {
                "task": task.task,
                "n": task.n,
                "tp": task.true_positive,
                "fp": task.false_positive,
                "fn": task.false_negative,
                "precision": shown(task.precision, task.precision_interval),
                "recall": shown(task.recall, task.recall_interval),
                "F1": shown(task.f1, task.f1_interval),
            }
            for task in score.tasks
        ]
        print_rows(rows, list(rows[0]), Format.table, f"Context of {score.n} phrases")
        if score.unplaced:
            print(f"Not in their sentences, so that nothing was found of them: phrases {', '.join(score.unplaced)}")
        for error in score.errors:
            expected = error.task if error.expected else f"not {error.task}"
            console().print(f"{error.number}: {error.phrase}: expected {expected}", style="bold", markup=False)
            console().print(f"  {error.sentence}", markup=False)
    return context_json(score)


def _print_evaluation(evaluation: Any) -> None:
    from flows.evaluate.report import field_rows, screening_rows, shown

    out = console()
    out.print(
        f"{evaluation.n_documents} documents, {evaluation.n_cases} with a case, {evaluation.n_persons} scored for their "
        "patients whatever the disease"
    )
    if evaluation.missing:
        out.print(f"without a text: {', '.join(evaluation.missing)}", style="bold red", markup=False)
    for doc_id, reason in evaluation.failed.items():
        out.print(f"reading broke off: {doc_id}: {reason}", style="bold red", markup=False)
    for title, scores in (("", evaluation.scores), ("debatable: ", evaluation.debatable)):
        screening = scores.screening
        if screening.n:
            rows = screening_rows(screening)
            print_rows(rows, list(rows[0]), Format.table, f"{title}screening of {screening.n} documents")
            out.print(
                f"precision {shown(screening.precision, screening.precision_interval)}, "
                f"recall {shown(screening.recall, screening.recall_interval)}, "
                f"F1 {shown(screening.f1, screening.f1_interval)}"
            )
            taken = [f"{kind} {n_taken} of {n}" for kind, (n, n_taken) in screening.kinds.items() if n_taken]
            if taken:
                out.print(f"taken for a case: {', '.join(taken)}", markup=False)
        for name, group in (("cases", scores.cases), ("patients whatever the disease", scores.persons)):
            if group:
                rows = field_rows(group)
                print_rows(rows, list(rows[0]), Format.table, f"{title}{name}")
    for error in evaluation.errors:
        place = f"{error.doc_id}" + (f" patient {error.patient}" if error.patient else "")
        what = {
            "missed": f"missed {error.expected}",
            "spurious": f"not in gold: {error.found}",
            "wrong": f"expected {error.expected}, found {error.found}",
        }[error.kind]
        out.print(
            f"{place} {error.field}: {what}{' (debatable)' if error.debatable else ''}", style="bold", markup=False
        )
        if error.sentence:
            out.print(f"  {error.sentence}", markup=False)
