"""The row of a table that holds its headings, and the names under which its columns go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from flows.ingest.errors import UnreadableFileError
from flows.ingest.mapping import Mapping
from flows.ingest.sources import Limits

_MAX_HEADING_SIGNS = 200


def count_known(row: Sequence[str | None], mapping: Mapping) -> int:
    """How many different fields the cells of a row name."""
    fields = {mapping.read_heading(cell)[0] for cell in row if cell and len(cell) <= _MAX_HEADING_SIGNS}
    return len(fields - {None})


def find_header(rows: Sequence[Sequence[str | None]], mapping: Mapping) -> int | None:
    """Index of the row that names the most known fields, the first of equals; None when no row names any.

    So titles, remarks and empty rows above the headings are passed over.
    """
    best, place = 0, None
    for index, row in enumerate(rows):
        known = count_known(row, mapping)
        if known > best:
            best, place = known, index
    return place


def name_columns(row: Sequence[str | None], mapping: Mapping, place: str, limits: Limits) -> tuple[str, ...]:
    """Headings of a header row, without outer blanks; a column without one is called "(column 7)".

    place: file and line of the row, for messages. A heading that stands twice goes on as "notes (column 9)" when it
    is not known. Raises UnreadableFileError: too_many_columns; duplicate_heading when a known heading stands twice,
    since nobody can say which column counts.
    """
    if len(row) > limits.columns:
        raise too_many_columns(len(row), place, limits)
    positions: dict[str, list[int]] = defaultdict(list)
    for number, cell in enumerate(row, start=1):
        positions[(cell or "").strip()].append(number)
    names = []
    for number, cell in enumerate(row, start=1):
        text = (cell or "").strip()
        if not text:
            names.append(f"(column {number})")
            continue
        same = positions[text]
        if len(same) > 1 and mapping.read_heading(text)[0] is not None:
            listed = " and ".join(str(one) for one in same)
            raise UnreadableFileError(
                "duplicate_heading",
                f"{place}: the heading {text!r} stands in columns {listed}",
                "Rename or remove all but one, so that it is clear which column counts",
            )
        names.append(text if same[0] == number else f"{text} (column {number})")
    return tuple(names)


def too_many_columns(n_columns: int, place: str, limits: Limits) -> UnreadableFileError:
    """The error for a table wider than the limit."""
    return UnreadableFileError(
        "too_many_columns",
        f"{place}: {n_columns:,} columns, more than the {limits.columns} that a table of cases may have",
        "Check the delimiter, or keep only the columns of the template (calcinosis template)",
    )


def no_known_heading(place: str, seen: Sequence[str | None]) -> UnreadableFileError:
    """The error for a table in which no heading is known; `seen` is its first row that is not empty."""
    shown = ", ".join(repr(cell.strip()[:40]) for cell in seen[:8] if cell and cell.strip())
    return UnreadableFileError(
        "no_known_heading",
        f"{place}: none of the headings is known (seen: {shown or 'only empty cells'})",
        "Say in registry.toml which heading is which field ([sources.<key>] columns), or use the headings of"
        " calcinosis template",
    )
