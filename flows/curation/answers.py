"""From the answers of a review sheet to decisions, cell by cell and all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.curation.decisions import Decision
from flows.curation.review import CaseField, PresentValue
from flows.curation.sheet import CHOICES, ReviewError, Row
from flows.curation.values import CLEARED, DECIDABLE, refuse_value, value_key


@dataclass(frozen=True, slots=True)
class Answers:
    """What a sheet answers. unanswered: rows without a decision.   known: answers that are decisions already."""

    decisions: tuple[Decision, ...]
    unanswered: int
    known: int


def judge_answers(
    path: Path,
    rows: Sequence[Row],
    present: Mapping[CaseField, PresentValue],
    *,
    reviewer: str | None = None,
    decided_on: date | None = None,
    decided: Sequence[Decision] = (),
) -> Answers:
    """Make decisions of the rows that are answered.

    present: what the registry says now.   reviewer: for rows that name none.   decided_on: today, if not given.
    decided: decisions that were taken before; an answer that says the same again is passed over.
    Raises ReviewError with every cell that does not fit.
    """
    day = (decided_on or date.today()).isoformat()
    held = {decision.key: decision for decision in decided}
    problems: list[str] = []
    decisions: list[Decision] = []
    unanswered = known = 0
    first: dict[CaseField, Row] = {}
    for row in rows:
        key = row.case_id, row.field
        if row.decision == "" and not row.new_value:
            unanswered += 1
        elif key in first:
            problems.append(
                f"{path}, {row.cell('case_id')}: {row.field} of {row.case_id} is answered in row {first[key].line} already; "
                "take one of the two out"
            )
        elif _is_known(row, held.get(key)):
            known += 1
        elif reasons := list(_refusals(row, present.get(key), reviewer)):
            problems += [f"{path}, {row.cell(column)}: {reason}" for column, reason in reasons]
        else:
            decisions.append(
                Decision(
                    row.case_id,
                    row.field,
                    answer_of(row),
                    present[key].expects,
                    row.reviewer or reviewer or "",
                    day,
                    row.comment or "kept on review",
                )
            )
        first.setdefault(key, row)
    if problems:
        raise ReviewError(problems)
    return Answers(tuple(decisions), unanswered, known)


def answer_of(row: Row) -> str:
    """The value that an answered row asks for: the present one, the new one, or 'not reported'."""
    return {"keep": row.present_value, "change": row.new_value, "clear": CLEARED}[row.decision]


def _is_known(row: Row, held: Decision | None) -> bool:
    return (
        held is not None
        and row.decision in CHOICES
        and value_key(row.field, held.value) == value_key(row.field, answer_of(row))
    )


def _refusals(row: Row, present: PresentValue | None, reviewer: str | None) -> Iterator[tuple[str, str]]:
    """Columns of a row that do not fit, each with what is wrong and what to do."""
    if row.field not in DECIDABLE:
        yield "field", f"'{row.field}' cannot be decided on; put the field back that the sheet came with"
        return
    if present is None:
        yield "case_id", f"the registry has no case '{row.case_id}' any more; export a new sheet"
        return
    if present.fingerprint(row.case_id, row.field) != row.row_hash:
        yield (
            "present_value",
            f"the row is stale or was changed: it shows '{row.present_value}', the registry says '{present.words}' now; "
            "export a new sheet and answer it there",
        )
    if row.decision not in CHOICES:
        yield (
            "decision",
            (
                f"'{row.decision}' is no decision; write {', '.join(CHOICES)}, or leave the cell empty"
                if row.decision
                else "there is a new value and no decision; write change"
            ),
        )
        return
    if not (row.reviewer or reviewer):
        yield "reviewer", "nobody signs the decision; write a name, or pass --reviewer"
    if row.decision != "keep" and not row.comment:
        yield "comment", f"no reason is given; write why to {row.decision} the value"
    if row.decision != "change":
        if row.new_value:
            yield "new_value", f"there is a new value beside '{row.decision}'; write change, or empty the cell"
    elif not row.new_value:
        yield "new_value", f"no new value is given; write it, or clear to say '{CLEARED}'"
    elif reason := refuse_value(row.field, row.new_value):
        yield "new_value", reason
    elif value_key(row.field, row.new_value) == value_key(row.field, row.present_value):
        yield "new_value", f"'{row.new_value}' is what the registry says already; write keep"
