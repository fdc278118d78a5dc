"""JSON: a list of objects, an object that holds such a list, or one object a line (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flows.ingest.errors import UnreadableFileError
from flows.ingest.headings import count_known, name_columns, no_known_heading, too_many_columns
from flows.ingest.mapping import Mapping
from flows.ingest.sources import Limits, Sheet, Workspace
from flows.ingest.tables import Row, materialise

_JOINT = "; "
_HEAD_SIGNS = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as the file writes it, which arithmetic would change."""

    text: str


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number)


def looks_like_json(path: Path) -> bool:
    """Whether a UTF-8 text begins as JSON objects or lists do."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.read(4096).lstrip()
    return head.startswith("{") or (head.startswith("[") and head[1:].lstrip()[:1] in ("{", "]", ""))


def read_json(
    workspace: Workspace, path: Path, name: str, mapping: Mapping, limits: Limits
) -> tuple[Sheet, Literal["json", "ndjson"]]:
    """Read the records of a UTF-8 JSON or NDJSON file; the headings are the keys in order of first appearance.

    Objects inside a record give keys such as "patient.age"; lists of plain values are joined with "; ", lists of
    objects stay JSON. line_number is the record's ordinal in JSON and its line in NDJSON.   name: for messages.
    Raises UnreadableFileError: truncated, damaged, too_large, no_records, no_known_heading, too_many_columns,
    cell_too_large.
    """
    form: Literal["json", "ndjson"] = "ndjson" if _has_an_object_a_line(path) else "json"
    if form == "ndjson":
        first_pass: Iterable[tuple[int, dict[str, str | None]]] = _from_lines(path, name, limits)
    else:
        first_pass = list(_from_document(path, name, limits))
    keys: dict[str, int] = {}
    n_records = 0
    for _, record in first_pass:
        n_records += 1
        for key in record:
            keys.setdefault(key, len(keys))
        if len(keys) > limits.columns:
            raise too_many_columns(len(keys), name, limits)
    if not n_records:
        raise UnreadableFileError("no_records", f"{name} holds no record", "Export it again")
    headings = name_columns(list(keys), mapping, name, limits)
    if not count_known(headings, mapping):
        raise no_known_heading(name, headings)
    records = _from_lines(path, name, limits) if form == "ndjson" else first_pass
    query, n_rows = materialise(workspace, _rows(records, keys), len(headings))
    if not n_rows:
        raise UnreadableFileError("no_records", f"{name} holds only empty records", "Export it again")
    return Sheet(None, headings, 0, query, n_rows), form


def _rows(records: Iterable[tuple[int, dict[str, str | None]]], keys: dict[str, int]) -> Iterator[Row]:
    for number, record in records:
        yield number, [record.get(key) for key in keys]


def _has_an_object_a_line(path: Path) -> bool:
    """NDJSON begins with a line that is a whole object and, unless it is the only one, with an object after it."""
    with path.open(encoding="utf-8-sig") as file:
        lines = (line for line in iter(lambda: file.readline(_HEAD_SIGNS * 64), "") if line.strip())
        first, second = next(lines, ""), next(lines, "")
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict):
        return False
    return bool(second) or not _lists_of_objects(value)


def _from_lines(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, dict[str, str | None]]]:
    bound = limits.columns * limits.cell_bytes // 16
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(iter(lambda: file.readline(bound), ""), start=1):
            if not line.strip():
                continue
            place = f"{name}, line {number}"
            if len(line) >= bound:
                raise _cell_too_large(place, limits)
            try:
                value = _DECODER.decode(line.strip())
            except RecursionError as error:
                raise _too_deep(place) from error
            except ValueError as error:
                if file.readline(1) == "" and not line.endswith("\n"):
                    raise _truncated(name, f"inside the object of line {number}") from error
                raise UnreadableFileError(
                    "damaged", f"{place} is not valid JSON ({error})", "Export it again, one object a line"
                ) from error
            yield number, _as_record(value, place, limits)


def _from_document(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, dict[str, str | None]]]:
    n_bytes = path.stat().st_size
    if n_bytes > limits.document_bytes:
        raise UnreadableFileError(
            "too_large",
            f"{name} is one JSON document of {n_bytes:,} bytes, more than the {limits.document_bytes:,} that are read",
            "Give it as NDJSON (one object a line) or CSV, which may be of any size",
        )
    text = path.read_text(encoding="utf-8-sig").strip()
    try:
        document = _DECODER.decode(text)
    except RecursionError as error:
        raise _too_deep(name) from error
    except json.JSONDecodeError as error:
        if _stops_early(text, error):
            raise _truncated(name, f"in line {error.lineno}") from error
        raise UnreadableFileError(
            "damaged",
            f"{name}, line {error.lineno}, column {error.colno} is not valid JSON ({error.msg})",
            "Export it again",
        ) from error
    for number, value in enumerate(_list_of_records(document, name), start=1):
        yield number, _as_record(value, f"{name}, record {number}", limits)


def _stops_early(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the fault is that the text ends: at its end, or in a string that is never closed."""
    return (
        error.pos >= len(text)
        or error.msg.startswith("Unterminated string")
        or (
            error.msg.startswith(("Expecting", "Invalid"))
            and not text.endswith(("]", "}"))
            and len(text) - error.pos < 12
        )
    )


def _lists_of_objects(document: dict[str, Any]) -> list[list[Any]]:
    found = []
    for value in document.values():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            found.append(value)
        elif isinstance(value, dict):
            found.extend(_lists_of_objects(value))
    return found


def _list_of_records(document: Any, name: str) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        lists = _lists_of_objects(document)
        return max(lists, key=len) if lists else [document]
    raise UnreadableFileError(
        "no_records", f"{name} is valid JSON but neither a list of objects nor an object", "Give a list of objects"
    )


def _as_record(value: Any, place: str, limits: Limits) -> dict[str, str | None]:
    if not isinstance(value, dict):
        raise UnreadableFileError(
            "damaged", f"{place} is not an object but {json.dumps(_plain(value))[:40]}", "Give one object a record"
        )
    record: dict[str, str | None] = {}
    _flatten(value, "", record)
    for text in record.values():
        if text and len(text) > limits.cell_bytes:
            raise _cell_too_large(place, limits)
    return record


def _flatten(value: dict[str, Any], prefix: str, record: dict[str, str | None]) -> None:
    for key, item in value.items():
        if isinstance(item, dict):
            _flatten(item, f"{prefix}{key}.", record)
        elif isinstance(item, list):
            if any(isinstance(part, dict | list) for part in item):
                record[prefix + key] = json.dumps(_plain(item), ensure_ascii=False)
            else:
                parts = (_as_text(part) for part in item)
                record[prefix + key] = _JOINT.join(part for part in parts if part)
        else:
            record[prefix + key] = _as_text(item)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.text if isinstance(value, _Number) else str(value)
    if text == "NaN":
        return None
    return str(text.removesuffix(".0"))


def _plain(value: Any) -> Any:
    if isinstance(value, _Number):
        return float(value.text) if any(sign in value.text for sign in ".eEN") else int(value.text)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _truncated(name: str, where: str) -> UnreadableFileError:
    return UnreadableFileError(
        "truncated", f"{name} ends too early, {where}", "Copy or download it again; the transfer was cut off"
    )


def _too_deep(place: str) -> UnreadableFileError:
    return UnreadableFileError("damaged", f"{place} is nested too deeply", "Give a list of plain objects")


def _cell_too_large(place: str, limits: Limits) -> UnreadableFileError:
    return UnreadableFileError(
        "cell_too_large",
        f"{place}: a value has more than {limits.cell_bytes:,} bytes",
        "Keep such texts in a file of their own",
    )
