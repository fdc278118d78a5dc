"""What a registry lists for review, and what it says now in the fields that a sheet answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from flows.curation.values import CLEARED, DECIDABLE, describe_value

CaseField = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PresentValue:
    """What a case says now in a field.

    words: of the golden record, or its code where it keeps none; 'not reported' where nothing is known.
    expects: what the sources say without any decision; a new decision expects it.
    """

    words: str
    expects: str

    def fingerprint(self, case_id: str, field: str) -> str:
        """Hash of all that a row of a sheet shows of the value; another one marks a stale row."""
        shown = (case_id, field, self.words, describe_value(field, self.words))
        return hashlib.sha256("\x1f".join(shown).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A value that needs an eye: why, with the sentences that it was read from."""

    case_id: str
    field: str
    present: PresentValue
    reasons: tuple[str, ...]
    quotes: tuple[str, ...]
    report: str


def read_items(
    connection: duckdb.DuckDBPyConnection, confidence_below: float, limit: int | None = None
) -> tuple[list[ReviewItem], int]:
    """Values of a published registry that need an eye, the most urgent first, and how many there are in all.

    confidence_below: evidence with less is listed (0 to 1).   limit: at most so many.
    Findings on fields of the publication are left out: nobody can decide on them for a case.
    """
    rows = connection.execute(
        "SELECT case_id, intake_field, review_reasons, quotes, report FROM review_items($below) "
        "WHERE intake_field IN (SELECT unnest($fields)) ORDER BY review_rank, case_id, intake_field",
        {"below": confidence_below, "fields": list(DECIDABLE)},
    ).fetchall()
    chosen = rows[:limit]
    present = read_present_values(connection, [(case_id, field) for case_id, field, *_ in chosen])
    items = [
        ReviewItem(case_id, field, present[case_id, field], tuple(reasons), tuple(quotes or ()), report or "")
        for case_id, field, reasons, quotes, report in chosen
    ]
    return items, len(rows)


def read_present_values(
    connection: duckdb.DuckDBPyConnection, wanted: Iterable[CaseField]
) -> dict[CaseField, PresentValue]:
    """What a published registry says now in fields of cases; a case or field that it does not have is left out."""
    keys = sorted(set(wanted))
    rows = connection.execute(
        "WITH wanted AS (SELECT unnest($cases) AS case_id, unnest($fields) AS intake_field) "
        "SELECT case_id, intake_field, present_value, decisions.given_case_id IS NOT NULL, decisions.found_value "
        "FROM quality.present_values AS present SEMI JOIN wanted USING (case_id, intake_field) "
        "LEFT JOIN quality.decisions AS decisions ON decisions.is_in_force "
        "AND decisions.case_id = present.case_id AND decisions.field = present.intake_field",
        {"cases": [case_id for case_id, _ in keys], "fields": [field for _, field in keys]},
    ).fetchall()
    return {
        (case_id, field): PresentValue(words or CLEARED, (found if is_decided else words) or CLEARED)
        for case_id, field, words, is_decided, found in rows
    }
