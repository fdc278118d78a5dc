"""What a person is told when a file, an argument or a mapping cannot be used."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "cell_too_large",
    "changed_while_read",
    "damaged",
    "duplicate_heading",
    "empty",
    "line_too_long",
    "no_known_heading",
    "no_records",
    "no_text",
    "not_what_its_name_says",
    "password_protected",
    "permission_denied",
    "too_deep",
    "too_large",
    "too_many_columns",
    "too_many_pages",
    "too_many_sections",
    "too_slow",
    "truncated",
    "unknown_format",
    "unsafe",
    "wrong_encoding",
]


class UnreadableFileError(Exception):
    """A file that cannot be read whole; nothing of it is used.

    reason: short lasting name, fit for counting.   detail: what was found, and where in the file.
    advice: what the sender of the file can do next.
    """

    def __init__(self, reason: Reason, detail: str, advice: str) -> None:
        super().__init__(f"{detail}. {advice}")
        self.reason: Reason = reason
        self.detail = detail
        self.advice = advice


class SourceNotFoundError(Exception):
    """Arguments that name no file."""


class MappingError(ValueError):
    """A mapping that contradicts itself, the data dictionary or the form that mappings have."""
