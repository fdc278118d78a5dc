"""The texts that gold answers are about, read as the pipeline reads them."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from flows.evaluate.gold import GoldError
from flows.extract.model import Document
from flows.ingest.errors import UnreadableFileError
from flows.ingest.narrative.limits import NarrativeLimits
from flows.ingest.narrative.records import read_ndjson

_GZIP = b"\x1f\x8b"


def read_texts(files: Iterable[Path], doc_ids: Collection[str], half: str | None = None) -> dict[str, Document]:
    """The documents with these ids, by the id that their record has in `id` or `doc_id`.

    files: JSON lines, packed or not.   half: only records whose `half` is this.
    Raises GoldError for a file that cannot be read, or an id that stands twice.
    """
    found: dict[str, Document] = {}
    for file in files:
        if not file.is_file():
            raise GoldError(f"{file} does not exist: name the texts with --documents")
        for doc_id, document in _read(file, doc_ids, half):
            if doc_id in found:
                raise GoldError(f"{file.name}: {doc_id} stands twice")
            found[doc_id] = document
    return found


def _read(file: Path, doc_ids: Collection[str], half: str | None) -> list[tuple[str, Document]]:
    chosen: list[str] = []
    # The readers call a document by its DOI, so only the records that are asked for are handed to them, in order.
    with tempfile.TemporaryDirectory(prefix="calcinosis-gold-") as folder:
        records = Path(folder) / "records.jsonl"
        with records.open("w", encoding="utf-8") as stream:
            for record in _records(file):
                doc_id = record.get("id") or record.get("doc_id")
                if doc_id in doc_ids and half in (None, record.get("half")):
                    chosen.append(str(doc_id))
                    stream.write(json.dumps(record, ensure_ascii=False) + "\n")
        try:
            documents = list(read_ndjson(records, file.name, NarrativeLimits()))
        except UnreadableFileError as error:
            raise GoldError(str(error)) from error
    return list(zip(chosen, documents, strict=True))


def _records(file: Path) -> Iterable[dict[str, Any]]:
    with file.open("rb") as head:
        packed = head.read(2) == _GZIP
    try:
        with gzip.open(file, "rt", encoding="utf-8-sig") if packed else file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    record = json.loads(line)
                    if not isinstance(record, dict):
                        raise GoldError(f"{file.name}, line {number} is no object")
                    yield record
    except (OSError, EOFError, ValueError) as error:
        if isinstance(error, GoldError):
            raise
        raise GoldError(f"{file.name} cannot be read as JSON lines ({error})") from error
