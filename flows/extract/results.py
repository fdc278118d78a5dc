"""Which result belongs to which test, in a sentence that names several of both.

A judgement in front of a name runs on through the list behind it ("normal calcium and phosphate"), one behind a list
runs back through it ("calcium, phosphate and PTH were normal"), a number belongs to the name before it, and "9.2 and
3.4 mg/dL, respectively" is dealt out in order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Brackets hold values and reference ranges, which do not part the members of a list.
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_WORD = re.compile(r"[^\W_]+")
_SPLIT = re.compile(r"[,;]|(?<!\w)(?:and|or|nor)(?!\w)", re.IGNORECASE)
_MOST_STRANGERS = 3
_LONGEST_GAP = 90


@dataclass(frozen=True, slots=True)
class Named:
    """A test named at text[start:end]. stated: judgement that the word itself holds ("hypercalcaemia": high).

    takes_values: False for a panel of tests, which has no number of its own.
    """

    code: str
    start: int
    end: int
    stated: str | None = None
    takes_values: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """A judgement or a value at text[start:end]. code: of a judgement; None for a value."""

    start: int
    end: int
    code: str | None = None


@dataclass(slots=True)
class Reported:
    """A name with what is said of it; start and end hold all the words that were needed to tell.

    is_later: the same sentence gives another result of this test before it ("fell from 13 to 9").
    """

    name: Named
    value: Said | None = None
    judgement: Said | None = None
    start: int = 0
    end: int = 0
    is_later: bool = False

    def __post_init__(self) -> None:
        """The quote begins with the name alone."""
        self.start, self.end = self.name.start, self.name.end

    def reach(self, start: int, end: int) -> None:
        """Let the quote hold these words too."""
        self.start, self.end = min(self.start, start), max(self.end, end)


class Assignment:
    """The results of one sentence, dealt out to its names. patterns: the roles join, link, plural and stop."""

    def __init__(
        self,
        text: str,
        names: Sequence[Named],
        values: Sequence[Said],
        judgements: Sequence[Said],
        patterns: Mapping[str, re.Pattern[str]],
        ranges: Sequence[tuple[int, int]] = (),
    ) -> None:
        """text: of the document; names, values and judgements: in its order, without overlaps.

        ranges: offsets of reference ranges, which say nothing.
        """
        self._text = text
        self._patterns = patterns
        self._values = values
        self._judgements = judgements
        self._ranges = ranges
        self.reported = [Reported(name) for name in names]
        self._later: list[Reported] = []

    def run(self) -> list[Reported]:
        """The names that have a result, in the order of the text; a name with two results stands there twice."""
        self._give_values()
        self._give_judgements()
        told = [one for one in self.reported if one.value or one.judgement or one.name.stated]
        return sorted([*told, *self._later], key=lambda one: (one.name.start, one.is_later, one.end))

    def _give_values(self) -> None:
        waiting: list[tuple[int, Said]] = []
        for value in self._values:
            index = self._before(value.start)
            if index is None:
                continue
            report = self.reported[index]
            if not report.name.takes_values:
                continue
            if report.value is None and not any(held == index for held, _ in waiting):
                if self._linked(report.name.end, value.start):
                    waiting.append((index, value))
            elif any(held == index for held, _ in waiting):
                last = next(one for held, one in reversed(waiting) if held == index)
                if self._linked(last.end, value.start):
                    waiting.append((index, value))
        for index in dict.fromkeys(held for held, _ in waiting):
            values = [value for held, value in waiting if held == index]
            members = self._list_up_to(index)
            if len(values) > 1 and len(values) == len(members):
                for member, value in zip(members, values, strict=True):
                    self._give(member, value, None)
            else:
                self._give(index, values[0], None)
                for earlier, value in pairwise(values):
                    # A bracket right behind a value gives it once more in another unit.
                    if "(" not in self._text[earlier.end : value.start]:
                        self._add(index, value, None)

    def _add(self, index: int, value: Said | None, judgement: Said | None) -> None:
        """One more result of a name that has one already."""
        report = Reported(self.reported[index].name, value, judgement, is_later=True)
        for said in (value, judgement):
            if said is not None:
                report.reach(said.start, said.end)
        self._later.append(report)

    def _list_up_to(self, index: int) -> list[int]:
        """The names without values that are joined to this one in front of it, and itself."""
        members = [index]
        while members[0] > 0 and self._joined(members[0] - 1) and self.reported[members[0] - 1].value is None:
            members.insert(0, members[0] - 1)
        return members

    def _give_judgements(self) -> None:
        behind: list[Said] = []
        for judgement in self._judgements:
            index = self._after(judgement.end)
            if index is not None and self._in_front(judgement.end, self.reported[index].name.start):
                self._run_on(index, judgement)
            else:
                behind.append(judgement)
        for judgement in behind:
            index = self._before(judgement.start)
            if index is not None and self._linked(self.reported[index].name.end, judgement.start):
                self._run_back(index, judgement)
                following = self._after(judgement.end)
                if following is not None and self._patterns["likewise"].fullmatch(
                    self._text[judgement.end : self.reported[following].name.start].strip(" ,")
                ):
                    self._run_on(following, judgement)

    def _run_on(self, index: int, judgement: Said) -> None:
        self._give(index, None, judgement)
        while index + 1 < len(self.reported) and self._joined(index):
            following = self.reported[index + 1]
            own = any(
                one is not judgement and self.reported[index].name.end <= one.start < following.name.start
                for one in self._judgements
            )
            if own or following.name.stated or self._has_open_value(following):
                return
            if self._followed_by_judgement(index + 1):
                return
            index += 1
            self._give(index, None, judgement)

    def _followed_by_judgement(self, index: int) -> bool:
        """Whether a judgement stands behind this name as its predicate ("normal calcium, and PTH was raised")."""
        name = self.reported[index].name
        limit = self.reported[index + 1].name.start if index + 1 < len(self.reported) else name.end + _LONGEST_GAP
        return any(
            name.end <= one.start < limit and self._linked(name.end, one.start) and not self._modifies(one)
            for one in self._judgements
        )

    def _modifies(self, judgement: Said) -> bool:
        index = self._after(judgement.end)
        return index is not None and self._in_front(judgement.end, self.reported[index].name.start)

    def _run_back(self, index: int, judgement: Said) -> None:
        report = self.reported[index]
        if report.value is not None and self._goes_on(report.value.end, judgement.end):
            self._add(index, None, judgement)
            return
        if report.judgement is not None:
            return
        gap = self._text[self.reported[index].name.end : judgement.start]
        plural = self._patterns["plural"].search(_BRACKETS.sub(" ", gap)) is not None
        self._give(index, None, judgement)
        while index > 0 and self._joined(index - 1, predicates=plural):
            earlier = self.reported[index - 1]
            if earlier.judgement is not None or earlier.name.stated:
                return
            if self._has_open_value(earlier) and not plural:
                return
            index -= 1
            self._give(index, None, judgement)

    def _goes_on(self, start: int, end: int) -> bool:
        """Whether what ends at `end` is a second statement behind the one that ends at `start`."""
        gap = _BRACKETS.sub(" ", self._text[start:end])
        return self._patterns["next"].search(gap) is not None

    def _has_open_value(self, report: Reported) -> bool:
        """Whether a name has a value that stands in no bracket behind it."""
        if report.value is None:
            return False
        return "(" not in self._text[report.name.end : report.value.start].replace("[", "(")

    def _give(self, index: int, value: Said | None, judgement: Said | None) -> None:
        report = self.reported[index]
        if value is not None and report.value is None:
            report.value = value
            report.reach(value.start, value.end)
        if judgement is not None and report.judgement is None:
            report.judgement = judgement
            report.reach(judgement.start, judgement.end)

    def _before(self, offset: int) -> int | None:
        found = [index for index, one in enumerate(self.reported) if one.name.end <= offset]
        return found[-1] if found else None

    def _after(self, offset: int) -> int | None:
        return next((index for index, one in enumerate(self.reported) if one.name.start >= offset), None)

    def _in_front(self, end: int, start: int) -> bool:
        """Whether a judgement that ends here stands in front of the name that begins there."""
        gap = self._text[end:start]
        if len(gap) > _LONGEST_GAP or _SPLIT.search(gap) or any(mark in gap for mark in ":()[]"):
            return False
        rest = self._patterns["in_front"].sub(" ", gap)
        return _WORD.search(rest) is None

    def _joined(self, index: int, *, predicates: bool = False) -> bool:
        """Whether nothing but joints, brackets and values (with predicates: and "was") parts this name from the next."""
        start, end = self.reported[index].name.end, self.reported[index + 1].name.start
        if end - start > 2 * _LONGEST_GAP:
            return False
        gap = _BRACKETS.sub(" ", self._blank(start, end, judgements=False))
        rest = self._patterns["join"].sub(" ", gap)
        if predicates:
            rest = self._patterns["copula"].sub(" ", rest)
        return _WORD.search(rest) is None and ";" not in gap

    def _linked(self, start: int, end: int) -> bool:
        """Whether what begins at `end` is said of the name that ends at `start`."""
        if end - start > _LONGEST_GAP:
            return False
        gap = self._blank(start, end, judgements=True)
        if self._patterns["stop"].search(gap):
            return False
        strangers = self._strangers(gap)
        if not strangers:
            return True
        lead = gap[: gap.find(strangers[0])]
        if _SPLIT.search(_BRACKETS.sub(" ", lead)) or len(strangers) > _MOST_STRANGERS:
            return False
        return self._patterns["copula"].search(gap) is not None

    def _strangers(self, gap: str) -> list[str]:
        return _WORD.findall(self._patterns["link"].sub(" ", self._patterns["join"].sub(" ", gap)))

    def _blank(self, start: int, end: int, *, judgements: bool) -> str:
        """The words between two offsets, with values (and judgements) blanked out."""
        gap = self._text[start:end]
        said = [(one.start, one.end) for one in (*self._values, *(self._judgements if judgements else ()))]
        for first, last in (*said, *self._ranges):
            low, high = max(first, start), min(last, end)
            if low < high:
                gap = gap[: low - start] + " " * (high - low) + gap[high - start :]
        return gap
