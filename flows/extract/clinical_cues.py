"""Cues for clinical findings: small tables of regular expressions, each with a sentence that it must match."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flows.resources import resource

_SPACE = r"[\s\-\u2010-\u2015]"
COLUMNS = ("role", "cue", "matches", "must_not_match", "source")


class CueTableError(ValueError):
    """A table of cues breaks its contract; the message names file and line."""


@dataclass(frozen=True, slots=True)
class CueRow:
    """A row. cue: regular expression over whole words, any case, a space standing for any white space or hyphen.

    matches, must_not_match: a sentence in which the cue is found, and one that looks alike in which it is not.
    """

    role: str
    cue: str
    matches: str
    must_not_match: str
    source: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The cue made ready to be searched for."""
        return _compile([self.cue])


def _compile(cues: list[str], ending: str = "") -> re.Pattern[str]:
    either = "|".join(cues).replace(" ?", "\0").replace(" ", f"{_SPACE}+").replace("\0", f"{_SPACE}*")
    return re.compile(rf"(?<!\w)(?:{either})(?!\w){ending}", re.IGNORECASE)


@cache
def cue_rows(name: str) -> tuple[CueRow, ...]:
    """The rows of data/rules/<name>.csv. Raises CueTableError for unknown columns, empty cells and bad patterns."""
    rows: list[CueRow] = []
    with resource("data", "rules", f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise CueTableError(f"{name}.csv: the columns must be {', '.join(COLUMNS)}")
        for cells in reader:
            if None in cells or any(not (cells[column] or "").strip() for column in COLUMNS):
                raise CueTableError(f"{name}.csv, line {reader.line_num}: a cell is empty or there is one too many")
            row = CueRow(**cells)
            try:
                row.pattern  # noqa: B018
            except re.error as error:
                raise CueTableError(f"{name}.csv, line {reader.line_num}: {error}") from error
            rows.append(row)
    return tuple(rows)


@cache
def cue_patterns(name: str) -> Mapping[str, re.Pattern[str]]:
    """Role -> one pattern of all cues of that role in data/rules/<name>.csv. An unknown role raises KeyError."""
    cues: dict[str, list[str]] = {}
    for row in cue_rows(name):
        cues.setdefault(row.role, []).append(row.cue)
    return {role: _compile(found) for role, found in cues.items()}


@cache
def ending_pattern(name: str, role: str) -> re.Pattern[str]:
    """One pattern of all cues of a role that finds them only at the end of what it is asked to search."""
    return _compile([row.cue for row in cue_rows(name) if row.role == role], rf"{_SPACE}*$")


def only_roles(name: str, roles: frozenset[str]) -> Mapping[str, re.Pattern[str]]:
    """`cue_patterns`, after checking that the table has exactly these roles. Raises CueTableError otherwise."""
    patterns = cue_patterns(name)
    if patterns.keys() != roles:
        raise CueTableError(f"{name}.csv: the roles must be {', '.join(sorted(roles))}")
    return patterns
