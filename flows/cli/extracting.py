"""The command extract: what stands in narratives, without a registry."""

from __future__ import annotations

import contextlib
import csv
import json as json_format
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.common import JsonOption, console, fail

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from flows.extract.model import Document

_BATCH = 64
_BATCH_CHARACTERS = 1_000_000
# So many documents are read in less time than further processes need to start.
_ALONE = 512

Record = dict[str, Any]


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

    reader = _Reader([entry.path for entry in discover(files) if entry.skipped is None], everything)
    if json:
        _print_as_json(reader.records())
    else:
        _print_for_people(reader)
    sys.stdout.flush()
    if not reader.n_documents:
        fail("no document could be read", 2)


class _Reader:
    """Reads files one after another; what cannot be read is told on standard error and counted."""

    def __init__(self, paths: list[Path], everything: bool) -> None:
        self._paths = paths
        self._everything = everything
        self.n_documents = 0
        self.n_failed = 0

    def records(self) -> Iterator[Record]:
        """What was read out of every document (flows.extract.report.as_json), in the order of the files.

        Many documents are read by as many processes as there are processors, a few batches ahead of what is taken.
        """
        # Every command imports this module, and only this one needs processes.
        import multiprocessing
        from concurrent.futures import Future, ProcessPoolExecutor

        n_processes = _processors()
        n_read = 0
        with contextlib.ExitStack() as stack:
            pool: ProcessPoolExecutor | None = None
            waiting: deque[tuple[list[Record | None], Future[list[Record | str]]]] = deque()
            for batch in _batches(self._documents()):
                screened: list[Record | None] = [None] * len(batch) if self._everything else _screened(batch)
                relevant = [document for document, record in zip(batch, screened, strict=True) if record is None]
                if pool is None and n_processes > 1 and n_read >= _ALONE:
                    # Forking would copy locks that threads of DuckDB may hold.
                    context = multiprocessing.get_context("spawn")
                    pool = stack.enter_context(
                        ProcessPoolExecutor(n_processes, context, initializer=_ignore_interrupts)
                    )
                n_read += len(relevant)
                if pool is not None:
                    work = pool.submit(_read, relevant, self._everything)
                else:
                    work = Future()
                    work.set_result(_read(relevant, self._everything))
                waiting.append((screened, work))
                while len(waiting) > (2 * n_processes if pool else 0):
                    yield from self._merged(*waiting.popleft())
            while waiting:
                yield from self._merged(*waiting.popleft())

    def _merged(self, screened: list[Record | None], work: Future[list[Record | str]]) -> Iterator[Record]:
        read = iter(work.result())
        for record in screened:
            result = next(read) if record is None else record
            if isinstance(result, str):
                self._tell(result)
            else:
                self.n_documents += 1
                yield result

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


def _screened(batch: list[Document]) -> list[Record | None]:
    """The record of each document that names no calcification, None for those that are to be read."""
    import duckdb

    from flows.extract.model import Extraction, Scope
    from flows.extract.report import as_json
    from flows.extract.screening import screening_pattern

    # DuckDB matches the pattern ten times as fast as Python does.
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT regexp_matches(text, $pattern) FROM (SELECT unnest($texts) AS text)",
            {"pattern": screening_pattern(), "texts": [document.text for document in batch]},
        ).fetchall()
    return [
        None if is_relevant else as_json(Extraction(document, Scope(False, "no_relevant_term")))
        for document, (is_relevant,) in zip(batch, rows, strict=True)
    ]


def _read(documents: list[Document], everything: bool) -> list[Record | str]:
    """The record of each document, or why it could not be read to its end."""
    from flows.extract.extractor import DocumentTooLargeError
    from flows.extract.extractor import extract as read_patients
    from flows.extract.report import as_json

    records: list[Record | str] = []
    for document in documents:
        try:
            records.append(as_json(read_patients(document, everything=everything)))
        except DocumentTooLargeError as error:
            records.append(str(error))
        except Exception as error:  # one document must not cost the others
            records.append(f"{document.document_id} cannot be read to its end ({type(error).__name__}: {error})")
    return records


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ignore_interrupts() -> None:
    # The process that was started by hand ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _print_as_json(records: Iterable[Record]) -> None:
    """One list, printed entry by entry, so that ten thousand documents need no more memory than one."""
    before = "[\n"
    for record in records:
        print(before + json_format.dumps(record, ensure_ascii=False), end="")
        before = ",\n"
    print("[]" if before == "[\n" else "\n]")


def _print_for_people(reader: _Reader) -> None:
    out = console()
    n_in_scope = n_cases = 0
    for record in reader.records():
        n_in_scope += record["in_scope"]
        n_cases += len(record["cases"])
        title = f": {record['title']}" if record["title"] else ""
        out.print(f"{record['document_id']}{title}", style="bold", markup=False)
        reason = _reasons().get(record["reason"], record["reason"])
        out.print(f"  {'in scope' if record['in_scope'] else 'out of scope'}: {reason}", markup=False)
        for case in record["cases"]:
            _print_case(case)
    said = f"{reader.n_documents} documents read, {n_in_scope} in scope, {n_cases} patients"
    out.print(said + (f"; {reader.n_failed} could not be read" if reader.n_failed else ""))


@cache
def _reasons() -> dict[str, str]:
    from flows.resources import resource

    with resource("data", "rules", "scope_reasons.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row["label"] for row in csv.DictReader(stream)}


def _print_case(case: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from flows.coding.coder import FIELDS
    from flows.extract.evidence import coded

    table = Table("field", "value", "code", "words of the report", box=SIMPLE_HEAD, pad_edge=False)
    table.title, table.title_justify = f"  patient {case['patient_index']}", "left"
    for entry in case["evidence"]:
        name, value = entry["field"], entry["value"]
        codes = ", ".join(item.code for item in coded(name, value) if item.code) if name in FIELDS else ""
        quote = " ".join(entry["quote"].split())
        table.add_row(name, Text(value), Text(codes), Text(f"»{quote}«"))
    console().print(table)
