"""The command extract: what stands in narratives, without a registry."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.common import JsonOption, console, fail

if TYPE_CHECKING:
    from flows.extract.model import Document, Extraction

_BATCH = 256
_BATCH_CHARACTERS = 4_000_000


def extract(
    files: Annotated[list[str], typer.Argument(help="Files, folders or quoted patterns of case reports")],
    everything: Annotated[
        bool, typer.Option("--all", help="Read the patients of documents out of scope too, whatever their disease")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Read case reports and print their patients with the words that each value comes from; no registry is touched.

    [bold]Example:[/] calcinosis extract reports/ letter.pdf --json

    Exit code: 0, or 2 where no document could be read.
    """
    from flows.ingest.discovery import discover

    reader = _Reader([entry.path for entry in discover(files) if entry.skipped is None])
    if json:
        _print_as_json(reader.extractions(everything))
    else:
        _print_for_people(reader, everything)
    sys.stdout.flush()
    if not reader.n_documents:
        fail("no document could be read", 2)


class _Reader:
    """Reads files one after another; what cannot be read is told on standard error and counted."""

    def __init__(self, paths: list[Any]) -> None:
        self._paths = paths
        self.n_documents = 0
        self.n_failed = 0

    def extractions(self, everything: bool) -> Iterator[Extraction]:
        """What was read out of every document, in the order of the files."""
        from flows.extract.extractor import extract as read_patients
        from flows.extract.model import Extraction, Scope

        for batch in _batches(self._documents()):
            relevant = [True] * len(batch) if everything else _relevant([document.text for document in batch])
            for document, is_relevant in zip(batch, relevant, strict=True):
                if not is_relevant:
                    self.n_documents += 1
                    yield Extraction(document, Scope(False, "no_relevant_term"))
                    continue
                try:
                    extraction = read_patients(document, everything=everything)
                except Exception as error:  # one document must not cost the others
                    self._tell(f"{document.document_id} cannot be read to its end ({type(error).__name__}: {error})")
                    continue
                self.n_documents += 1
                yield extraction

    def _documents(self) -> Iterator[Document]:
        from flows.ingest.errors import UnreadableFileError
        from flows.ingest.narrative import read_documents

        for path in self._paths:
            try:
                yield from read_documents(
                    path, on_broken=lambda broken: self._tell(f"{broken.detail}. {broken.advice}")
                )
            except UnreadableFileError as error:
                self._tell(str(error))

    def _tell(self, message: str) -> None:
        self.n_failed += 1
        print(f"calcinosis: {message}", file=sys.stderr)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    n_characters = 0
    for document in documents:
        batch.append(document)
        n_characters += len(document.text)
        if len(batch) >= _BATCH or n_characters >= _BATCH_CHARACTERS:
            yield batch
            batch, n_characters = [], 0
    if batch:
        yield batch


def _relevant(texts: list[str]) -> list[bool]:
    """Whether each text names calcification: DuckDB matches the pattern ten times as fast as Python does."""
    import duckdb

    from flows.extract.screening import screening_pattern

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT regexp_matches(text, $pattern) FROM (SELECT unnest($texts) AS text)",
            {"pattern": screening_pattern(), "texts": texts},
        ).fetchall()
    return [bool(match) for (match,) in rows]


def _print_as_json(extractions: Iterable[Extraction]) -> None:
    """One list, printed entry by entry, so that ten thousand documents need no more memory than one."""
    from flows.extract.report import as_json

    before = "[\n"
    for extraction in extractions:
        print(before + json_format.dumps(as_json(extraction), ensure_ascii=False), end="", flush=False)
        before = ",\n"
    print("[]" if before == "[\n" else "\n]")


def _print_for_people(reader: _Reader, everything: bool) -> None:
    from flows.extract.report import as_json

    out = console()
    n_in_scope = n_cases = 0
    for extraction in reader.extractions(everything):
        record = as_json(extraction)
        n_in_scope += record["in_scope"]
        n_cases += len(record["cases"])
        title = f": {record['title']}" if record["title"] else ""
        out.print(f"{record['document_id']}{title}", style="bold", markup=False)
        out.print(
            f"  {'in scope' if record['in_scope'] else 'out of scope'}: {_reason(record['reason'])}", markup=False
        )
        for case in record["cases"]:
            _print_case(case)
    said = f"{reader.n_documents} documents read, {n_in_scope} in scope, {n_cases} patients"
    out.print(said + (f"; {reader.n_failed} could not be read" if reader.n_failed else ""))


def _reason(code: str) -> str:
    import csv

    from flows.resources import resource

    with resource("data", "rules", "scope_reasons.csv").open(encoding="utf-8", newline="") as stream:
        labels = {row["code"]: row["label"] for row in csv.DictReader(stream)}
    return f"{code} ({labels[code]})" if code in labels else code


def _print_case(case: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from flows.extract.report import code

    table = Table("field", "value", "code", "words of the report", box=SIMPLE_HEAD, pad_edge=False)
    table.title, table.title_justify = f"  patient {case['patient_index']}", "left"
    for entry in case["evidence"]:
        codes = ", ".join(item.code for item in code(entry["field"], entry["value"]) if item.code)
        quote = " ".join(entry["quote"].split())
        table.add_row(entry["field"], Text(entry["value"]), Text(codes), Text(f"»{quote}«"))
    console().print(table)
