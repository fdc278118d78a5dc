"""What is told of a record that cannot be read while the others of its file are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flows.ingest.errors import Reason, UnreadableFileError


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record of a set that gives no document.

    line_number: line or ordinal of the record in its file.   reason, detail, advice: as in UnreadableFileError.
    """

    line_number: int
    reason: Reason
    detail: str
    advice: str


OnBroken = Callable[[BrokenRecord], None]


def report(error: UnreadableFileError, line_number: int, on_broken: OnBroken | None) -> None:
    """Tell of a broken record; where nobody listens, raise the error."""
    if on_broken is None:
        raise error
    on_broken(BrokenRecord(line_number, error.reason, error.detail, error.advice))
