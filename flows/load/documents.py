"""Narrative files into `raw.documents`, as they were read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from flows.extract.model import Document
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative import BrokenRecord, read_documents

_BATCH = 2_000
_SECTION = pa.struct([("role", pa.string()), ("heading", pa.string()), ("start", pa.int64()), ("end", pa.int64())])
_TYPES = {
    "line_number": pa.int64(), "document_id": pa.string(), "document_state": pa.string(), "reason": pa.string(),
    "detail": pa.string(), "advice": pa.string(), "coverage": pa.string(), "title": pa.string(),
    "authors": pa.list_(pa.string()), "journal": pa.string(), "year": pa.int32(), "doi": pa.string(), "pmid": pa.string(),
    "pmcid": pa.string(), "url": pa.string(), "country": pa.string(), "licence": pa.string(), "article_type": pa.string(),
    "language": pa.string(), "text": pa.string(), "sections": pa.list_(_SECTION),
}  # fmt: skip


def read_narratives(connection: duckdb.DuckDBPyConnection, path: Path, source_key: str, file_sha256: str) -> int:
    """Read the documents of a file into raw.documents, a batch at a time. Returns how many records the file has.

    A record of a set that gives no document keeps its row, with its reason. Raises UnreadableFileError for a file of
    which no document can be read.
    """
    broken: list[BrokenRecord] = []
    rows = _rows(read_documents(path, on_broken=broken.append), broken)
    n = n_failed = 0
    first_failure: dict[str, Any] = {}
    while batch := list(islice(rows, _BATCH)):
        failures = [row for row in batch if row["document_state"] == "failed"]
        first_failure = first_failure or next(iter(failures), {})
        n, n_failed = n + len(batch), n_failed + len(failures)
        _insert(connection, batch, source_key, file_sha256)
    if n == n_failed:
        raise UnreadableFileError(
            first_failure.get("reason", "no_records"),
            first_failure.get("detail", f"{path.name} holds no document") + (f" (the first of {n})" if n > 1 else ""),
            first_failure.get("advice", "Export it again"),
        )
    return n


def number_documents(connection: duckdb.DuckDBPyConnection) -> None:
    """Number the documents of a build."""
    connection.execute("UPDATE raw.documents SET document_no = rowid + 1")


def _rows(documents: Iterator[Document], broken: list[BrokenRecord]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield {
            "document_state": "read",
            "authors": list(document.authors),
            "sections": [
                {"role": part.role, "heading": part.heading, "start": part.start, "end": part.end}
                for part in document.sections
            ],
            **{
                name: getattr(document, name)
                for name in _TYPES
                if name not in ("document_state", "authors", "sections", "reason", "detail", "advice")
            },
        }
        yield from _broken(broken)
    yield from _broken(broken)


def _broken(broken: list[BrokenRecord]) -> Iterator[dict[str, Any]]:
    while broken:
        record = broken.pop(0)
        yield {
            "document_state": "failed",
            "line_number": record.line_number,
            "reason": record.reason,
            "detail": record.detail,
            "advice": record.advice,
        }


def _insert(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], source_key: str, file_sha256: str
) -> None:
    table = pa.Table.from_arrays(
        [pa.array([row.get(name) for row in rows], kind) for name, kind in _TYPES.items()], names=list(_TYPES)
    )
    connection.register("incoming", table)
    try:
        connection.execute(
            "INSERT INTO raw.documents BY NAME SELECT $key AS source_key, $sha AS file_sha256, * FROM incoming",
            {"key": source_key, "sha": file_sha256},
        )
    finally:
        connection.unregister("incoming")
