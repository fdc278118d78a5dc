"""Files of decisions: `data/curation/decisions.csv`, and the one of an installation.

A decision names a case, a field, the value that holds from now on, and what the sources said when it was made (`expects`).
A value of 'not reported' clears the field; an empty `expects` expects nothing.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flows.curation.values import DECIDABLE, refuse_value, value_key
from flows.home import Home
from flows.resources import resource

COLUMNS = ("case_id", "field", "value", "expects", "decided_by", "decided_on", "why")
_REQUIRED = ("case_id", "field", "value", "decided_by", "decided_on", "why")
_CASE_ID = re.compile(r"case_[0-9a-f]{16}")
_MAX_SHOWN = 20


class DecisionError(ValueError):
    """A file of decisions cannot be used; the message names file and line and says what to do."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of a file of decisions.

    expects: what the sources said when it was decided; empty expects nothing.   decided_on: ISO date.
    file_name, line_number: where it stands.
    """

    case_id: str
    field: str
    value: str
    expects: str
    decided_by: str
    decided_on: str
    why: str
    file_name: str = ""
    line_number: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What is decided: case and field."""
        return self.case_id, self.field


@dataclass(frozen=True)
class Decisions:
    """All decisions of a run; of two on the same field of the same case the later file's holds, and the other is superseded."""

    in_force: tuple[Decision, ...] = ()
    superseded: tuple[Decision, ...] = ()
    sha256: str = field(default_factory=lambda: _hash(()))


def decisions_path(home: Home, configured: Path | None = None) -> Path:
    """The file that `review apply` writes: the one of registry.toml, else curation/decisions.csv in the home folder."""
    return configured or home.path / "curation" / "decisions.csv"


def load_decisions(home: Home, configured: Path | None = None) -> Decisions:
    """Decisions that the project ships and those of the installation, which go before them.

    Raises DecisionError when a file is not whole, or the one that registry.toml names is not there.
    """
    if configured is not None and not configured.is_file():
        raise DecisionError(f"{configured} does not exist: correct 'decisions' in registry.toml, or remove it")
    own = decisions_path(home, configured)
    files = [resource("data", "curation", "decisions.csv"), *([own] if own.is_file() else [])]
    return combine(*(read_decisions(path) for path in files))


def combine(*files: Sequence[Decision]) -> Decisions:
    """Decisions of several files, the later of which go before the earlier ones."""
    in_force: dict[tuple[str, str], Decision] = {}
    superseded = []
    for decisions in files:
        for decision in decisions:
            earlier = in_force.pop(decision.key, None)
            if earlier is not None:
                superseded.append(earlier)
            in_force[decision.key] = decision
    ordered = tuple(sorted(in_force.values(), key=lambda decision: decision.key))
    superseded.sort(key=lambda decision: decision.key)
    return Decisions(ordered, tuple(superseded), _hash([*ordered, *superseded]))


def _hash(decisions: Iterable[Decision]) -> str:
    """SHA-256 of all that decisions say and where they stand, whichever order the files have."""
    digest = hashlib.sha256()
    for decision in decisions:
        row = [getattr(decision, column) for column in (*COLUMNS, "file_name", "line_number")]
        digest.update("\x1f".join(map(str, row)).encode() + b"\x1e")
    return digest.hexdigest()


def read_decisions(path: Path) -> list[Decision]:
    """Decisions of one file, in its order. Raises DecisionError with every line that cannot be used."""
    decisions, problems = [], []
    first: dict[tuple[str, str], int] = {}
    for line, row in _rows(path):
        decision = Decision(**row, file_name=path.name, line_number=line)
        reasons = list(_refusals(decision))
        if decision.key in first:
            reasons.append(
                f"{decision.field} of {decision.case_id} is decided in line {first[decision.key]} already: keep one of the two"
            )
        first.setdefault(decision.key, line)
        problems += [f"{path}, line {line}: {reason}" for reason in reasons]
        decisions.append(decision)
    if problems:
        more = len(problems) - _MAX_SHOWN
        raise DecisionError("\n".join([*problems[:_MAX_SHOWN], *([f"and {more} more"] if more > 0 else [])]))
    return decisions


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            headings = next(reader, [])
            _check_headings(path, headings)
            end = reader.line_num
            for cells in reader:
                line, end = end + 1, reader.line_num
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) != len(headings):
                    raise DecisionError(
                        f"{path}, line {line}: {len(cells)} cells under {len(headings)} headings; "
                        "put a value that holds a comma in double quotes"
                    )
                yield line, {name: cell.strip() for name, cell in zip(headings, cells, strict=True)}
    except (csv.Error, UnicodeDecodeError) as error:
        raise DecisionError(f"{path}: {error}; save the file as CSV in UTF-8") from error


def _check_headings(path: Path, headings: Sequence[str]) -> None:
    unknown = [heading for heading in headings if heading not in COLUMNS]
    missing = [column for column in COLUMNS if column not in headings]
    if unknown or missing or len(set(headings)) < len(headings):
        reasons = [f"unknown column '{heading}'" for heading in unknown]
        reasons += [f"no column '{column}'" for column in missing]
        raise DecisionError(
            f"{path}, line 1: {'; '.join(reasons) or 'a column stands twice'}; the columns are {','.join(COLUMNS)}"
        )


def _refusals(decision: Decision) -> Iterator[str]:
    for column in _REQUIRED:
        if not getattr(decision, column):
            yield f"{column} is empty" + (": write 'not reported' to clear the field" if column == "value" else "")
    if decision.case_id and not _CASE_ID.fullmatch(decision.case_id):
        yield f"'{decision.case_id}' is no case: copy the case_id from `calcinosis case`"
    if decision.decided_on:
        try:
            date.fromisoformat(decision.decided_on)
        except ValueError:
            yield f"'{decision.decided_on}' is no date: write it as 2026-01-31"
    if decision.field and decision.field not in DECIDABLE:
        near = difflib.get_close_matches(decision.field, DECIDABLE, n=1)
        hint = f"did you mean {near[0]}" if near else f"the fields are {', '.join(DECIDABLE)}"
        yield f"'{decision.field}' cannot be decided on: {hint}"
    elif decision.field and decision.value and not is_confirmation(decision):
        reason = refuse_value(decision.field, decision.value)
        if reason:
            yield reason


def is_confirmation(decision: Decision) -> bool:
    """Whether a decision only says that what the sources say is right, be it words that no vocabulary knows."""
    return bool(decision.expects) and value_key(decision.field, decision.value) == value_key(
        decision.field, decision.expects
    )


def save_decisions(path: Path, new: Sequence[Decision]) -> int:
    """Put decisions into a file, in the place of those on the same case and field; all or nothing.

    Returns how many rows the file has then. Raises DecisionError when the file or a decision cannot be used.
    """
    known = read_decisions(path) if path.exists() else []
    replaced = {decision.key: decision for decision in new}
    rows = [replaced.pop(decision.key, decision) for decision in known] + list(replaced.values())
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with staged.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
            stream.flush()
            os.fsync(stream.fileno())
        read_decisions(staged)
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)
    return len(rows)
