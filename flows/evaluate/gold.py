"""Gold answers: what a careful reader says of a document, one JSON object a line (data/gold/README.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class GoldError(ValueError):
    """Gold answers that cannot be used; the message names the file and says what to do."""


@dataclass(slots=True)
class GoldDocument:
    """What is known of one document.

    is_case: whether it reports a patient with calcinosis cutis; None where only age and sex were noted.
    debatable: whether readers may differ on `is_case`.   kind: what a document without a case is instead.
    patients: one row a patient with calcinosis, by patient_index.
    person: row with n_patients, age_years and sex of the first patient, whatever the disease.
    """

    doc_id: str
    is_case: bool | None = None
    debatable: bool = False
    kind: str | None = None
    patients: list[Row] = field(default_factory=list)
    person: Row | None = None


def gold_files(path: Path) -> list[Path]:
    """The files of answers that a path names: itself, or of a folder all JSON lines without a text of their own.

    Raises GoldError where there are none.
    """
    if path.is_dir():
        found = [file for file in sorted(path.glob("*.jsonl")) if "text" not in next(_rows(file), {"text": None})]
        if not found:
            raise GoldError(f"{path} holds no gold answers: give a file with one JSON object a line")
        return found
    if not path.is_file():
        raise GoldError(f"{path} does not exist: give a file of gold answers, or a folder of such files")
    return [path]


def read_gold(files: Iterable[Path]) -> dict[str, GoldDocument]:
    """The documents of all files by id. Raises GoldError for lines in another form and for answers that contradict."""
    documents: dict[str, GoldDocument] = {}
    for file in files:
        for row in _rows(file):
            doc_id = row.get("doc_id")
            if not isinstance(doc_id, str) or not doc_id:
                raise GoldError(f"{file.name}: a row has no doc_id")
            _add(documents.setdefault(doc_id, GoldDocument(doc_id)), row, file)
    for document in documents.values():
        document.patients.sort(key=lambda row: int(row.get("patient_index") or 1))
        if document.patients:
            document.debatable = all(row.get("debatable") for row in document.patients)
    return documents


def _add(document: GoldDocument, row: Row, file: Path) -> None:
    is_case = row.get("is_case")
    if is_case is not None:
        if document.is_case is not None and document.is_case != is_case:
            raise GoldError(f"{file.name}: {document.doc_id} is a case in one row and none in another")
        document.is_case = is_case
    if is_case:
        if any(row.get("patient_index") == other.get("patient_index") for other in document.patients):
            raise GoldError(f"{file.name}: patient {row.get('patient_index')} of {document.doc_id} stands twice")
        document.patients.append(row)
        return
    if is_case is False:
        document.debatable = bool(row.get("debatable"))
        document.kind = row.get("kind")
    if "age_years" in row or "sex" in row:
        document.person = row


def _rows(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise GoldError(f"{file.name}, line {number} is not valid JSON ({error})") from error
            if not isinstance(row, dict):
                raise GoldError(f"{file.name}, line {number} is no object")
            yield row


def documents_beside(files: Sequence[Path]) -> list[Path]:
    """The texts that stand beside gold answers as documents.jsonl. Raises GoldError where there are none."""
    found = {file.with_name("documents.jsonl") for file in files}
    there = sorted(file for file in found if file.is_file())
    if not there:
        raise GoldError(f"there is no documents.jsonl beside {files[0].name}: name the texts with --documents")
    return there
