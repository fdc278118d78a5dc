"""Measure the reading of narratives: speed, screening of a large set, and accuracy, as Markdown sections.

    python -m benchmarks.extraction [--gold FILE_OR_FOLDER --documents FILE] [--context FILE.tsv]

Speed is CPU time of one core, after the terms are loaded. Without further files accuracy is that on data/gold/narratives.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.context import read_kit
from benchmarks.context import table as context_table
from flows.database import open_build
from flows.extract.extractor import extract
from flows.extract.model import Document, Section
from flows.extract.screening import is_relevant
from flows.home import Home
from flows.load.raw import load_raw, plan_files
from flows.load.records import gather_records
from flows.resources import resource

GOLD = resource("data", "gold", "narratives")
DOCUMENT_CHARACTERS, PER_SECOND = 2_000, 200
SCREENED, SCREEN_SECONDS, RELEVANT_SHARE = 10_000, 3.0, 0.02


def gold_texts() -> list[str]:
    """Texts of the gold narratives."""
    with (GOLD / "documents.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def extraction_speed(texts: Sequence[str]) -> float:
    """Documents of 2 kB that are read from text to values per second of one core; the median of five passes."""
    joined = "\n\n".join(texts)
    starts = range(0, len(joined) - DOCUMENT_CHARACTERS, DOCUMENT_CHARACTERS)
    documents = [_document(f"d{start}", joined[start : start + DOCUMENT_CHARACTERS]) for start in starts]
    rates = []
    for _ in range(6):
        begin = time.process_time()
        for document in documents:
            extract(document, everything=True)
        rates.append(len(documents) / (time.process_time() - begin))
    return statistics.median(rates[1:])


def _document(name: str, text: str) -> Document:
    return Document(name, text, (Section("case", None, 0, len(text)),))


def write_corpus(path: Path, texts: Sequence[str], n: int) -> int:
    """Write n short reports, of which a few name calcification, as NDJSON. Returns how many do."""
    chooser = random.Random(1)
    relevant = [text for text in texts if is_relevant(text)]
    sentences = [part.strip() + "." for text in texts for part in text.split(". ") if not is_relevant(part)]
    n_relevant = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(n):
            if chooser.random() < RELEVANT_SHARE:
                text = f"{chooser.choice(relevant)} Report {number}."
            else:
                text = " ".join([*chooser.sample(sentences, 8), f"Report {number}."])
            n_relevant += is_relevant(text)
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return n_relevant


def screening_seconds(texts: Sequence[str], folder: Path) -> tuple[float, float, int]:
    """Seconds to read 10,000 reports into raw, and to screen them and extract the relevant ones; and how many are."""
    corpus, home = folder / "corpus.ndjson", Home(folder / "home")
    n_relevant = write_corpus(corpus, texts, SCREENED)
    home.create()
    begin = time.monotonic()
    load_raw(home, "run", plan_files(home, [str(corpus)], {}, full=True), {})
    read = time.monotonic()
    with open_build(home.build_database("run")) as connection:
        gather_records(connection)
    return read - begin, time.monotonic() - read, n_relevant


def scores(gold: Path, documents: Path | None, half: str | None = None) -> dict[str, Any]:
    """What `calcinosis evaluate --json` gives."""
    program = str(Path(sys.executable).with_name("calcinosis"))
    options = [*(["--documents", str(documents)] if documents else []), *(["--half", half] if half else [])]
    result = subprocess.run(
        [program, "evaluate", "--gold", str(gold), *options, "--json"], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def accuracy_table(named: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """F1 (or accuracy) of every field with n and its 95% interval, one column a set."""
    sets = list(named)
    fields = list(dict.fromkeys(row["field"] for _, one in sets for row in one["fields"]))
    lines = [
        f"| field | {' | '.join(name for name, _ in sets)} |",
        f"|---|{'---|' * len(sets)}",
        f"| screening, precision | {' | '.join(_cell(one['screening'], 'precision') for _, one in sets)} |",
        f"| screening, recall | {' | '.join(_cell(one['screening'], 'recall') for _, one in sets)} |",
    ]
    for field in fields:
        rows = [next((row for row in one["fields"] if row["field"] == field), None) for _, one in sets]
        lines.append(f"| {field}, F1 | {' | '.join(_cell(row, 'f1') for row in rows)} |")
    for field in ("age_years", "sex", "n_patients"):
        rows = [next((row for row in one["persons"] if row["field"] == field), None) for _, one in sets]
        lines.append(f"| {field} of any patient, F1 | {' | '.join(_cell(row, 'f1') for row in rows)} |")
    return lines


def _cell(row: dict[str, Any] | None, metric: str) -> str:
    if row is None or row.get(metric) is None:
        return "-"
    low, high = row[f"{metric}_interval"]
    n = row.get("n_gold", row.get("n"))
    return f"{row[metric]:.3f} ({low:.2f} to {high:.2f}; n {n})"


def sections(gold: Path | None = None, documents: Path | None = None, kit: Path | None = None) -> list[str]:
    """The Markdown lines on narratives for RESULTS.md."""
    texts = gold_texts()
    rate = extraction_speed(texts)
    with tempfile.TemporaryDirectory(prefix="calcinosis-bench-") as folder:
        read, screened, n_relevant = screening_seconds(texts, Path(folder))
    sets = [(f"own narratives, {half} half", scores(GOLD, None, half)) for half in ("development", "test")]
    if gold is not None:
        sets.append(("published reports", scores(gold, documents)))
    lines = [
        "## Narratives",
        "",
        "| what | measured | target |",
        "|---|---|---|",
        f"| documents of {DOCUMENT_CHARACTERS:,} characters read to values, a second and core | {rate:.0f} | {PER_SECOND} |",
        f"| {SCREENED:,} reports screened, {n_relevant} of them extracted | {screened:.1f} s | {SCREEN_SECONDS:g} s |",
        f"| reading these {SCREENED:,} into raw | {read:.1f} s | |",
        "",
        "Rules were written with the development half in view, half of which is hard by intent: terse notes, tables, several",
        "patients a report. The test half was written by readers who knew neither the rules nor the other half.",
        "",
        *accuracy_table(sets),
        "",
    ]
    if kit is not None:
        lines += ["### Context alone, beside plain NegEx on the same sentences", "", context_table(read_kit(kit)), ""]
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the sections."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_options(parser)
    options = parser.parse_args(arguments)
    print("\n".join(sections(options.gold, options.documents, options.context)))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options that name files to be scored beside the project's own."""
    parser.add_argument("--gold", type=Path, default=None, help="gold answers on published reports")
    parser.add_argument("--documents", type=Path, default=None, help="the texts of these reports")
    parser.add_argument("--context", type=Path, default=None, help="a ConText kit")


if __name__ == "__main__":
    main()
