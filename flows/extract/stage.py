"""The extraction stage: documents that name calcification are read, and their patients become intake records."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import duckdb
import pandas as pd

from flows.database import run_sql
from flows.extract.composing import intake_record, used_findings
from flows.extract.extractor import DocumentTooLargeError, extract
from flows.extract.model import Document, Extraction, Section
from flows.extract.reading import Reading
from flows.extract.screening import screen_documents

LOGGER = logging.getLogger(__name__)

_BATCH = 500
_DOCUMENT = (
    "document_id", "text", "coverage", "title", "authors", "journal", "year", "doi", "pmid", "pmcid", "url", "country",
    "licence", "article_type", "language", "line_number", "sections",
)  # fmt: skip


def extract_records(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Fill staging.extracted_records, staging.extracted_findings and staging.document_outcomes from raw.documents.

    A document that cannot be read to its end is recorded as failed with its reason, and the others are read. Returns the
    number of documents by state, and of records.
    """
    run_sql(connection, "staging/document_duplicates")
    screen_documents(connection)
    run_sql(connection, "staging/unread_documents")
    first = connection.execute("SELECT coalesce(max(rowid), -1) + 1 FROM raw.records").fetchall()[0][0]
    writer = _Writer(connection, int(first))
    for number, source_key, file_sha256, document in _relevant(connection):
        writer.add(number, source_key, file_sha256, document)
    writer.flush()
    states = connection.execute("SELECT document_state, count(*) FROM staging.document_outcomes GROUP BY 1").fetchall()
    return {**dict(states), "records": writer.next_record - int(first)}


def _relevant(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, str, str, Document]]:
    query = (
        f"SELECT document_no, source_key, file_sha256, {', '.join(_DOCUMENT)} FROM raw.documents "
        "ANTI JOIN staging.document_outcomes USING (document_no) WHERE document_no > ? ORDER BY document_no LIMIT ?"
    )
    last = 0
    while rows := connection.execute(query, [last, _BATCH]).fetchall():
        for number, source_key, file_sha256, *values in rows:
            fields = dict(zip(_DOCUMENT, values, strict=True))
            fields["authors"] = tuple(fields["authors"] or ())
            fields["sections"] = tuple(Section(**section) for section in fields["sections"] or ())
            yield number, source_key, file_sha256, Document(**fields)
        last = rows[-1][0]


class _Writer:
    """Collects what was read and writes it in batches."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, next_record: int) -> None:
        self.next_record = next_record
        self._connection = connection
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def add(self, number: int, source_key: str, file_sha256: str, document: Document) -> None:
        """Read a document and keep what it gives."""
        outcome: dict[str, Any] = {"document_no": number}
        try:
            extraction = extract(document)
        except DocumentTooLargeError as error:
            outcome |= {"document_state": "failed", "reason": "too_large", "detail": str(error)}
        except Exception as error:
            LOGGER.exception("%s: %s cannot be read", source_key, document.document_id)
            outcome |= {"document_state": "failed", "reason": "extraction_failed"}
            outcome["detail"] = f"{document.document_id}: {type(error).__name__}: {error}"
        else:
            outcome |= self._keep(number, source_key, file_sha256, extraction)
        self._put("document_outcomes", outcome)

    def _keep(self, number: int, source_key: str, file_sha256: str, extraction: Extraction) -> dict[str, Any]:
        document = extraction.document
        is_full = document.coverage == "full_text"
        sentences = Reading(document) if extraction.cases else None
        for case in extraction.cases:
            place = {"record_no": self.next_record, "document_no": number}
            self.next_record += 1
            self._put(
                "extracted_records",
                {
                    **place,
                    "document_tier": document.coverage,
                    "document_scope": "full" if is_full else "partial",
                    "source_key": source_key,
                    "file_sha256": file_sha256,
                    "line_number": document.line_number,
                    **intake_record(document, case),
                },
            )
            used = set(map(id, used_findings(document, case)))
            for position, finding in enumerate(case.findings, start=1):
                sentence = sentences.sentence_at(finding.start) if sentences else None
                self._put(
                    "extracted_findings",
                    {
                        **place,
                        "finding_position": position,
                        "intake_field": finding.name,
                        "finding_value": finding.value,
                        "item_state": finding.state,
                        "is_used": id(finding) in used,
                        "quote": document.text[finding.start : finding.end],
                        "quote_start": finding.start,
                        "quote_end": finding.end,
                        "sentence_start": sentence.start if sentence else finding.start,
                        "sentence_end": max(sentence.end, finding.end) if sentence else finding.end,
                        "section_role": sentence.role if sentence else None,
                        "extraction_rule": finding.rule,
                        "confidence": finding.confidence,
                        "timing": finding.timing,
                        "treatment_target": finding.target,
                    },
                )
        scope = extraction.scope
        return {
            "document_state": "in_scope" if scope.in_scope else "out_of_scope",
            "reason": scope.reason,
            "scope_start": scope.start,
            "scope_end": scope.end,
            "n_patients": len(extraction.cases),
        }

    def _put(self, table: str, row: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).append(row)
        if len(self._rows[table]) >= 10 * _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was collected."""
        for table, rows in self._rows.items():
            frame = pd.DataFrame(rows, dtype=object)
            self._connection.register("incoming", frame)
            try:
                self._connection.execute(f"INSERT INTO staging.{table} BY NAME SELECT * FROM incoming")
            finally:
                self._connection.unregister("incoming")
        self._rows = {}
