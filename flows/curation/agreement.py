"""How far two reviewers agree, field by field, and what is left to settle.

Cohen's kappa with its asymptotic 95% interval (Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323-327), percent agreement
with its Wilson interval. Two answers agree where they ask for values that are coded alike, however they are worded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.curation.answers import answer_of
from flows.curation.sheet import CHOICES, ReviewError, Row
from flows.curation.values import value_key

ALL_FIELDS = "(all fields: keep, change or clear)"


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """Agreement of two reviewers on one field.

    n: values that both answered.   agreement: share of them on which they agree (0 to 1), with its 95% Wilson interval.
    kappa: Cohen's kappa with its 95% interval; None where it is not defined, since both gave one and the same answer throughout.
    """

    field: str
    n: int
    n_agreed: int
    agreement: float
    agreement_low: float
    agreement_high: float
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sheets against each other.

    fields: one row a field, and ALL_FIELDS last.   agreed: rows of the first sheet on which both agree.
    disputed: pairs of rows that differ.   unpaired: rows that only one of them answered.
    """

    fields: tuple[FieldAgreement, ...]
    agreed: tuple[Row, ...]
    disputed: tuple[tuple[Row, Row], ...]
    unpaired: int


def compare_sheets(first: Sequence[Row], second: Sequence[Row]) -> Comparison:
    """Compare the answers of two reviewers to the same questions.

    Raises ReviewError when a decision is none of the choices, or the two sheets show different values in a row.
    """
    ours, theirs = _answered(first), _answered(second)
    problems = [
        f"{ours[key].cell('present_value')}: the other sheet shows another value of {key[1]} of {key[0]}; "
        "compare two copies of one export"
        for key in ours
        if key in theirs and ours[key].row_hash != theirs[key].row_hash
    ]
    if problems:
        raise ReviewError(problems)
    pairs = [(ours[key], theirs[key]) for key in sorted(ours, key=lambda key: (key[1], key[0])) if key in theirs]
    fields = [
        _agreement(field, [(_answer(one), _answer(other)) for one, other in pairs if one.field == field])
        for field in dict.fromkeys(one.field for one, _ in pairs)
    ]
    if pairs:
        fields.append(_agreement(ALL_FIELDS, [((one.decision,), (other.decision,)) for one, other in pairs]))
    return Comparison(
        tuple(fields),
        tuple(_joint(one, other) for one, other in pairs if _answer(one) == _answer(other)),
        tuple((one, other) for one, other in pairs if _answer(one) != _answer(other)),
        len(ours.keys() ^ theirs.keys()),
    )


def rows_to_settle(comparison: Comparison) -> list[Row]:
    """A review sheet of what the two see differently, with both answers beside each value, to be answered once more."""
    return [
        replace(
            one,
            why_listed="\n".join(_said(row, name) for row, name in ((one, "first reviewer"), (other, "second reviewer"))),
            decision="", new_value="", reviewer="", comment="",
        )
        for one, other in comparison.disputed
    ]  # fmt: skip


def _said(row: Row, name: str) -> str:
    answer = f"{row.decision} to '{row.new_value}'" if row.decision == "change" else row.decision
    return f"{row.reviewer or name}: {answer}" + (f" ({row.comment})" if row.comment else "")


def _joint(one: Row, other: Row) -> Row:
    reviewers = " and ".join(dict.fromkeys(name for name in (one.reviewer, other.reviewer) if name))
    comments = "; ".join(dict.fromkeys(words for words in (one.comment, other.comment) if words))
    return replace(one, reviewer=reviewers, comment=comments)


def _answered(rows: Sequence[Row]) -> dict[tuple[str, str], Row]:
    problems = []
    answered: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.decision == "" and not row.new_value:
            continue
        if row.decision not in CHOICES:
            problems.append(f"{row.cell('decision')}: '{row.decision}' is no decision; write {', '.join(CHOICES)}")
        elif (row.case_id, row.field) in answered:
            problems.append(
                f"{row.cell('case_id')}: {row.field} of {row.case_id} stands twice; take one of the two out"
            )
        answered[row.case_id, row.field] = row
    if problems:
        raise ReviewError(problems)
    return answered


def _answer(row: Row) -> tuple[object, ...]:
    return value_key(row.field, answer_of(row))


def _agreement(field: str, pairs: Sequence[tuple[tuple[object, ...], tuple[object, ...]]]) -> FieldAgreement:
    from statsmodels.stats.inter_rater import cohens_kappa  # type: ignore[import-untyped]
    from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

    answers = sorted({answer for pair in pairs for answer in pair}, key=repr)
    table = [[0] * len(answers) for _ in answers]
    for one, other in pairs:
        table[answers.index(one)][answers.index(other)] += 1
    n, agreed = len(pairs), sum(table[place][place] for place in range(len(answers)))
    low, high = proportion_confint(agreed, n, method="wilson")
    kappa = kappa_low = kappa_high = None
    if len(answers) > 1:
        result = cohens_kappa(table)
        kappa, kappa_low, kappa_high = (_finite(value) for value in (result.kappa, result.kappa_low, result.kappa_upp))
    return FieldAgreement(field, n, agreed, agreed / n, float(low), float(high), kappa, kappa_low, kappa_high)


def _finite(value: float) -> float | None:
    """A number within the range of kappa; the asymptotic interval may reach beyond it."""
    return max(-1.0, min(1.0, float(value))) if math.isfinite(value) else None
