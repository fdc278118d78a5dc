"""Answers held against gold: which of gold's are given, and which of those given are right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows.coding.vocabulary import load_vocabulary

Key = tuple[Any, ...]
Agree = Callable[[Key, Key], bool]


@dataclass(frozen=True, slots=True)
class Expected:
    """One answer of gold.

    accepted: keys that are right, the best first; the code stands first in a key.   span: words of the text that say it.
    aside: what is scored apart (sides, times).   optional: no answer is right too.
    either: right in the other list as well (associated diseases and comorbidities).
    """

    accepted: tuple[Key, ...]
    shown: str
    span: str | None = None
    aside: frozenset[str] = frozenset()
    optional: bool = False
    either: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the program.   start: offset of its words in the document, where known."""

    key: Key
    shown: str
    start: int | None = None
    aside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of one field of one patient.

    An answer may cover two of gold's (two spans of one lesion), so answered and right are counted by themselves.
    near: of the wrong answers those that lie above or below one of gold's in the vocabulary.
    matches: gold's answers that are given, each with those that give it.
    """

    n_gold: int
    n_found: int
    missed: tuple[Expected, ...]
    spurious: tuple[Answer, ...]
    near: int
    matches: tuple[tuple[Expected, tuple[Answer, ...]], ...]

    @property
    def answered(self) -> int:
        """Answers of gold that are given."""
        return self.n_gold - len(self.missed)

    @property
    def right(self) -> int:
        """Answers given that gold accepts."""
        return self.n_found - len(self.spurious)


def compare(
    expected: Iterable[Expected],
    answers: Iterable[Answer],
    *,
    agree: Agree | None = None,
    vocabulary: str | None = None,
) -> Comparison:
    """Hold the answers to one field against gold; answers with the same key count once, as do gold's.

    agree: when two keys say the same; equal ones by default.   vocabulary: of the codes, to see what is near.
    """
    gold, found = _merged(expected), _united(answers)
    if not found:
        gold = [item for item in gold if not item.optional]
    matches: list[tuple[Expected, tuple[Answer, ...]]] = []
    missed: list[Expected] = []
    for item in gold:
        given = tuple(answer for answer in found if gives(answer, item, agree))
        if given:
            matches.append((item, given))
        else:
            missed.append(item)
    spurious = [answer for answer in found if not any(gives(answer, item, agree) for item in gold)]
    near = sum(_is_near(vocabulary, answer, gold) for answer in spurious) if vocabulary else 0
    return Comparison(len(gold), len(found), tuple(missed), tuple(spurious), near, tuple(matches))


def gives(answer: Answer, item: Expected, agree: Agree | None = None) -> bool:
    """Whether an answer is one of those that gold accepts."""
    return any(agree(key, answer.key) if agree else key == answer.key for key in item.accepted)


def move_either(
    expected: tuple[Sequence[Expected], Sequence[Expected]], answers: tuple[Sequence[Answer], Sequence[Answer]]
) -> tuple[list[Answer], list[Answer]]:
    """The answers to two lists, each in the list in which gold has it where gold says that either is right."""
    lists: tuple[list[Answer], list[Answer]] = ([], [])
    for own, other in ((0, 1), (1, 0)):
        for answer in answers[own]:
            is_own = any(gives(answer, item) for item in expected[own])
            moves = not is_own and any(item.either and gives(answer, item) for item in expected[other])
            lists[other if moves else own].append(answer)
    return lists


def _merged(expected: Iterable[Expected]) -> list[Expected]:
    by_key: dict[Key, Expected] = {}
    for item in expected:
        first = by_key.get(item.accepted[0])
        by_key[item.accepted[0]] = (
            item
            if first is None
            else replace(
                first,
                accepted=tuple(dict.fromkeys((*first.accepted, *item.accepted))),
                aside=first.aside | item.aside,
                optional=first.optional and item.optional,
                either=first.either or item.either,
            )
        )
    return list(by_key.values())


def _united(answers: Iterable[Answer]) -> list[Answer]:
    by_key: dict[Key, Answer] = {}
    for answer in answers:
        first = by_key.setdefault(answer.key, answer)
        by_key[answer.key] = replace(first, aside=first.aside | answer.aside)
    return list(by_key.values())


def _is_near(vocabulary: str, answer: Answer, gold: Iterable[Expected]) -> bool:
    terms = load_vocabulary(vocabulary)
    code = answer.key[0]
    return code in terms.terms and any(
        key[0] in terms.terms and (terms.is_within(code, key[0]) or terms.is_within(key[0], code))
        for item in gold
        for key in item.accepted
    )


def same_number(one: Key, other: Key, *, absolute: float = 0.01, relative: float = 0.01) -> bool:
    """Whether two quantities, each (low, high), agree: the middle with a single number, both ends with a range."""
    (low, high), (found_low, found_high) = one, other
    if found_low is None or found_high is None:
        return False
    if low == high:
        return _is_close((found_low + found_high) / 2, low, absolute, relative)
    return _is_close(found_low, low, absolute, relative) and _is_close(found_high, high, absolute, relative)


def within(one: Key, other: Key) -> bool:
    """Whether a single number (value, value) lies in an interval (low, high), up to 1% or 0.05; an open end is no end."""
    value, (low, high) = one[0], other
    slack = max(0.05, 0.01 * abs(value))
    if high is None or low is None:
        return _is_close(value, high if low is None else low, slack, 0.0)
    return bool(low - slack <= value <= high + slack)


def same_result(one: Key, other: Key) -> bool:
    """Whether two laboratory results (test, judgement, value, …) agree: in all that both say, and in at least one thing.

    A result of which gold says neither judgement nor value agrees by its test alone.
    """
    if one[0] != other[0]:
        return False
    if one[1] is None and one[2] is None:
        return True
    said = []
    if one[1] is not None and other[1] is not None:
        said.append(one[1] == other[1])
    if one[2] is not None and other[2] is not None:
        said.append(_is_close(other[2], one[2], 0.0, 0.01))
    return bool(said) and all(said)


def _is_close(value: float, other: float, absolute: float, relative: float) -> bool:
    # 1e-9: a difference of exactly 0.01 years is none of binary fractions.
    return math.isclose(value, other, rel_tol=relative, abs_tol=absolute + 1e-9)
