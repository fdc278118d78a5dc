"""Ages, durations, sizes, years and counts as authors write them, each as an interval in its canonical unit.

Words for ages and the cues around numbers are data (data/rules/age_words.csv, number_words.csv), and so are the units
(data/rules/units.csv). What is written is read, however unlikely: that nobody is 250 years old is a rule's business.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from flows.coding.items import Bounds, CodedItem
from flows.coding.numbers import NUMBER, Interval, factor_of, fold, interval, read_commas, write_digits
from flows.coding.units import doubtful_units, spellings
from flows.resources import resource

_PRECISIONS: Mapping[str, str] = {
    "decade": "decade",
    "a": "year",
    "mo": "month",
    "wk": "week",
    "d": "day",
    "h": "hour",
}
_COMPARATORS: Mapping[str, str] = {"less": "<", "at_most": "<=", "more": ">", "at_least": ">="}
_ISO_DURATION = re.compile(r"p(?:(\d+(?:\.\d+)?)y)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)w)?(?:(\d+(?:\.\d+)?)d)?")
_DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_DECADE = re.compile(
    r"(?<![\w.])(\d0)(?:'?s|ies)\b|\b(\d{1,2})(?:st|nd|rd|th)(?:\s*(?:-|to|and|or)\s*(\d{1,2})(?:st|nd|rd|th))?\s+decade"
)
_TWO_DECADES = re.compile(r"(?<![\w.])(\d0)(?:'?s|ies)?\s*(?:-|to|or|and)\s*(\d0)(?:'?s|ies)\b")
_YEAR = re.compile(r"(?<![\d.])(\d{4})(?:\.0+)?(?![\d.])")
_INTEGER = re.compile(r"(?<![\w.,])(?<!\d[-/])([+-]?\d+)(?:\.0+)?(?![\w.,]|\s*[-/]\s*\d)")
_NEGATIVE = re.compile(r"\s*[-\u2212]\s*\d")
_LETTERS = re.compile(r"[a-z]+(?:[-'/][a-z]+)*")
_AND = frozenset({"and", "und", "y", "e", "et"})
_BETWEEN = re.compile(r"\b(?:between|entre|tra|zwischen)\s*$")
_NEGATIVE = re.compile(rf"\s*-\s*({NUMBER})\s*")
_DIMENSION = re.compile(r"\s*(?:x|\u00d7|\*|by)\s*")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A quantity at text[start:end]; unit is the symbol of the finest unit, None when none is written."""

    low: float
    high: float
    unit: str | None
    start: int
    end: int
    is_range: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of data/rules/age_words.csv: intervals of age words, and the sorts of cue."""

    ages: Mapping[str, Interval]
    age: re.Pattern[str]
    cues: Mapping[str, re.Pattern[str]]
    fillers: frozenset[str]


def parse_age(text: str) -> CodedItem:
    """Read an age as an interval of years.

    "55" and "55-year-old" are 55; "18 months" 1.5; "12-day-old" 0.0329; "5-6 years" 5 to 6; "in her 70s" 70 up to, not
    including, 80; "newborn" 0 up to 28 days. A bare number is years. precision is year, month, week, day, hour, range,
    decade, word or approximate. A text without an age, with two, or with a relative's age has no value and a problem.
    Source: UCUM, 1 a = 365.25 d, 1 mo = 1/12 a, 1 wk = 7 d.
    """
    return _parse_time(text, "an age", ages=True)


def parse_duration(text: str) -> CodedItem:
    """Read a length of time as an interval of years; as `parse_age`, without decades of life and words for ages."""
    return _parse_time(text, "a duration", ages=False)


def parse_size_mm(text: str) -> CodedItem:
    """Read the largest diameter in a text as an interval of millimetres.

    "3 x 2 cm" is 30 mm, "5-10 mm" 5 to 10, "up to 3 cm" 30 (the largest is asked), a bare "10" 10 mm. Of several sizes
    the largest counts. precision is range, approximate or None. A text without a size, or with a minus before it, has no
    value and a problem.
    """
    words = _words()
    folded = write_digits(read_commas(fold(text), thousands=False))
    if _NEGATIVE.match(folded):
        return CodedItem(text, problem="not a size")
    readings = _readings(folded, "length")
    alone = [one for one in readings if one.unit is not None] or [
        one for one in readings if _may_stand_alone(folded, one, words)
    ]
    if not alone:
        return CodedItem(text, problem="not a size")
    largest = max(alone, key=lambda one: one.high)
    cue = _cue_before(folded, largest, words)
    comparator = _COMPARATORS.get(cue) if cue not in (None, "at_most") else None
    said = interval(largest.low, largest.high, comparator, floor=0.0)
    precision = "approximate" if cue == "approximate" else "range" if largest.is_range else None
    return _quantity(text, said, "mm", precision)


def parse_year(text: str) -> CodedItem:
    """Read a year of four digits ("2014", "Jan 2014", "2014-03-01", "2014.0"); of "2014/2015" both, as an interval."""
    years = [float(year) for year in dict.fromkeys(_YEAR.findall(fold(text)))]
    if not years:
        return CodedItem(text, problem="not a year of four digits")
    if len(years) > 2:
        return CodedItem(text, problem=f"more than one year: {', '.join(f'{year:.0f}' for year in years)}")
    return _quantity(text, interval(years[0], years[-1]), "a", "range" if len(years) > 1 else "year")


def cue_beside(before: str) -> str | None:
    """What the words at the end of a folded text say of the number behind them: approximate, less, more, at_least or None.

    The words are those of data/rules/age_words.csv. Between cue and number nothing may stand: "above normal, 11" is 11.
    """
    before = before.rstrip(" =:(")
    for kind in ("at_least", "less", "more", "approximate"):
        if any(match.end() == len(before) for match in _words().cues[kind].finditer(before)):
            return kind
    return None


def parse_integer(text: str) -> CodedItem:
    """Read a whole number ("2", "2.0", "case 2", "patient three", "#2"). Anything else has no value and a problem."""
    numbers = list(dict.fromkeys(_INTEGER.findall(write_digits(fold(text)))))
    if len(numbers) != 1:
        return CodedItem(text, problem="not a whole number")
    value = float(numbers[0])
    return CodedItem(text, value_low=value, value_high=value, bounds="[]")


def _quantity(text: str, said: Interval, unit: str, precision: str | None) -> CodedItem:
    return CodedItem(
        text,
        value_low=said.low,
        value_high=said.high,
        bounds=said.bounds,
        precision=precision,
        unit=unit,
        comparator=said.comparator,
    )


def _parse_time(text: str, what: str, *, ages: bool) -> CodedItem:
    words = _words()
    plain = read_commas(fold(text), thousands=False)
    if (iso := _ISO_DURATION.fullmatch(plain)) and any(iso.groups()):
        return _iso(text, iso)
    folded = write_digits(plain)
    if _DATE.search(folded):
        return CodedItem(text, problem=f"a date, not {what}")
    if negative := _NEGATIVE.fullmatch(folded):
        return _quantity(text, interval(-float(negative[1]), -float(negative[1])), "a", "year")
    folded = _swapped().sub(r"\2 \1", _article().sub("1 ", folded))
    if ages and (cue := words.cues["not_an_age"].search(folded)):
        return CodedItem(text, problem=f"'{cue.group()}': not the age of the patient")
    if ages and (item := _decade(text, folded, words)):
        return item
    outside = _BRACKETS.sub(lambda match: " " * len(match.group()), folded)
    for searched in (outside, folded):
        readings = _readings(searched, "time")
        if any(one.unit is not None for one in readings):
            readings = [one for one in readings if one.unit is not None]
        else:
            doubtful = _doubtful(text, searched, readings)
            if doubtful:
                return CodedItem(text, problem=f"'{doubtful}' alone may be a unit or the sex")
        if readings:
            return _one_time(text, searched, readings, words, what)
    if ages and (word := _longest(words.age, folded)) is not None:
        return _quantity(text, words.ages[word], "a", "word")
    return CodedItem(text, problem=f"not {what}")


def _one_time(text: str, folded: str, readings: list[_Reading], words: _Words, what: str) -> CodedItem:
    if len({(one.low, one.high) for one in readings}) > 1:
        return CodedItem(text, problem=f"more than one number that may be {what}")
    reading = readings[0]
    if reading.unit is None and not _may_stand_alone(folded, reading, words):
        return CodedItem(text, problem=f"not {what}: {_neighbour(folded, reading, words)!r} beside the number")
    cue = _cue_before(folded, reading, words) or _cue_after(folded, reading, words)
    said = interval(reading.low, reading.high, _COMPARATORS.get(cue or ""), floor=0.0)
    if cue == "approximate":
        return _quantity(text, said, "a", "approximate")
    return _quantity(text, said, "a", "range" if reading.is_range else _PRECISIONS[reading.unit or "a"])


def _iso(text: str, match: re.Match[str]) -> CodedItem:
    factors = spellings("time")
    given = [(float(value), unit) for value, unit in zip(match.groups(), ("a", "mo", "wk", "d"), strict=True) if value]
    years = sum(value * factors[unit][1] for value, unit in given)
    return _quantity(text, interval(years, years), "a", _PRECISIONS[given[-1][1]])


def _decade(text: str, folded: str, words: _Words) -> CodedItem | None:
    if two := _TWO_DECADES.search(folded):
        return _quantity(text, Interval(float(two[1]), float(two[2]) + 10, "[)"), "a", "decade")
    match = _DECADE.search(folded)
    if match is None:
        return None
    if match[1]:
        low = high = float(match[1])
    else:
        low = 10 * (float(match[2]) - 1)
        high = 10 * (float(match[3]) - 1) if match[3] else low
    return _quantity(text, Interval(low, high + 10, "[)"), "a", "decade")


@cache
def _units_pattern(quantity: str) -> str:
    units = sorted(spellings(quantity), key=len, reverse=True)
    spelled = "|".join(r"\.?".join(map(re.escape, unit)) if len(unit) < 4 else re.escape(unit) for unit in units)
    return rf"(?:{spelled})(?![a-z])\.?"


@cache
def _article() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?<!\d\s)an?\s+(?={_units_pattern('time')})")


@cache
def _swapped() -> re.Pattern[str]:
    """A unit before its number: "day 12 of life"."""
    return re.compile(rf"\b({_units_pattern('time')})\s+({NUMBER})(?=\s+of\s+(?:life|age))")


@cache
def _patterns(quantity: str) -> tuple[re.Pattern[str], ...]:
    unit = _units_pattern(quantity)
    finer = "|".join(map(re.escape, doubtful_units(quantity)))
    later = rf"(?:{unit}|(?:{finer})(?![a-z])\.?)" if finer else unit
    one = rf"(?:(?<![\w.])|(?<=(?<![a-z])[mf]))({NUMBER})(?:(?:st|nd|rd|th)?[\s-]*({unit}))?"
    ranged = re.compile(
        rf"(?<![\w.])({NUMBER})[\s-]*({unit})?\s*(?:-|to|until|bis|hasta|or|oder|ou|and|und|y|e|et|a)\s*({NUMBER})[\s-]*({unit})?"
    )
    compound = re.compile(
        rf"(?<![\w.])({NUMBER})[\s-]*({unit})((?:[\s,]|and|&|-|y\s|et\s|und\s|e\s)*({NUMBER})[\s-]*({later}))+"
    )
    return ranged, compound, re.compile(one)


def _readings(folded: str, quantity: str) -> list[_Reading]:
    """All quantities of a folded text, from left to right: ranges, compounds ("2 y 3 mo"), products, single numbers."""
    factors = spellings(quantity)
    patterns = _patterns(quantity)
    ranged, compound, single = patterns
    if quantity != "time":
        patterns = (ranged, single)
    found: list[_Reading] = []
    position = 0
    while position < len(folded):
        candidates = [match for pattern in patterns if (match := pattern.search(folded, position))]
        candidates = [
            match for match in candidates if not (match.re is ranged and not _is_range(folded, match, factors))
        ]
        if not candidates:
            break
        # At one place a compound says more than a range, and both say more than a number alone.
        match = min(candidates, key=lambda one: (one.start(), -_span(one, single)))
        if match.re is compound:
            reading = _compound(match, quantity)
        elif match.re is ranged:
            high_unit = _symbol(match[4], factors) or _symbol(match[2], factors)
            low_unit = _symbol(match[2], factors) or high_unit
            low = float(match[1]) * _factor(match[2] or match[4], factors)
            high = float(match[3]) * _factor(match[4] or match[2], factors)
            reading = _Reading(low, high, high_unit or low_unit, match.start(), match.end(), is_range=True)
        else:
            value = float(match[1]) * _factor(match[2], factors)
            reading = _Reading(value, value, _symbol(match[2], factors), match.start(), match.end())
        found.append(reading)
        position = max(match.end(), match.start() + 1)
    return _products(folded, found, factors) if quantity == "length" else found


def _span(match: re.Match[str], single: re.Pattern[str]) -> int:
    return 0 if match.re is single else len(match.group())


def _is_range(folded: str, match: re.Match[str], factors: Mapping[str, tuple[str, float]]) -> bool:
    # "2 years and 3 months" is one age; only behind "between" does "and" join the ends of a range.
    joint = folded[match.end(2) if match[2] else match.end(1) : match.start(3)].strip()
    # "4-month-10-day-old" is one age too: a range goes up.
    if joint == "-" and match[2] and match[4]:
        low, high = (float(match[one]) * _factor(match[one + 1], factors) for one in (1, 3))
        return low < high
    return joint not in _AND or bool(_BETWEEN.search(folded[: match.start()]))


def _compound(match: re.Match[str], quantity: str) -> _Reading:
    factors = dict(spellings(quantity))
    factors.update((unit, (symbol, factors[symbol][1])) for unit, symbol in doubtful_units(quantity).items())
    pieces = re.findall(rf"({NUMBER})[\s-]*([a-z][a-z./]*)", match.group())
    total, symbol = 0.0, ""
    for value, unit in pieces:
        key = unit.replace(".", "")
        total += float(value) * factors[key][1]
        symbol = factors[key][0]
    return _Reading(total, total, symbol, match.start(), match.end())


def _factor(unit: str | None, factors: Mapping[str, tuple[str, float]]) -> float:
    return factors[unit.replace(".", "")][1] if unit else 1.0


def _symbol(unit: str | None, factors: Mapping[str, tuple[str, float]]) -> str | None:
    return factors[unit.replace(".", "")][0] if unit else None


def _products(folded: str, found: list[_Reading], factors: Mapping[str, tuple[str, float]]) -> list[_Reading]:
    """Sizes in two or three dimensions as one reading: the largest, the unit being that of the last with one."""
    merged: list[list[_Reading]] = []
    for reading in found:
        if merged and _DIMENSION.fullmatch(folded[merged[-1][-1].end : reading.start]):
            merged[-1].append(reading)
        else:
            merged.append([reading])
    readings: list[_Reading] = []
    for group in merged:
        unit: str | None = None
        sized: list[_Reading] = []
        for one in reversed(group):
            unit = one.unit or unit
            factor = factors[unit][1] if unit and not one.unit else 1.0
            sized.append(
                _Reading(one.low * factor, one.high * factor, unit, group[0].start, group[-1].end, one.is_range)
            )
        readings.append(max(sized, key=lambda one: one.high))
    return readings


def _may_stand_alone(folded: str, reading: _Reading, words: _Words) -> bool:
    return _neighbour(folded, reading, words) is None


def _neighbour(folded: str, reading: _Reading, words: _Words) -> str | None:
    """The word beside a number without unit that shows that it counts something else ("55 kg", "stage 4"), or None."""
    before: list[str] = _LETTERS.findall(folded[: reading.start])[-1:]
    after: list[str] = _LETTERS.findall(folded[reading.end :])[:1]
    touching = folded[reading.end : reading.end + 1]
    if touching and touching in "%:/" and not _LETTERS.match(folded[reading.end + 1 :].lstrip()):
        return touching
    if _cue_before(folded, reading, words):
        before = []
    for word in (*after, *before):
        pieces = re.split(r"[-'/]", word)
        if not all(piece in words.fillers for piece in pieces if piece):
            return word
    return None


def _cue_before(folded: str, reading: _Reading, words: _Words) -> str | None:
    before = folded[: reading.start].rstrip()
    for kind in ("at_most", "at_least", "less", "more", "approximate"):
        match = None
        for match in words.cues[kind].finditer(before):  # noqa: B007 - the last one stands nearest to the number
            pass
        if match is not None and not re.search(r"\d", before[match.end() :]) and len(before) - match.end() <= 12:
            return kind
    return None


def _cue_after(folded: str, reading: _Reading, words: _Words) -> str | None:
    after = folded[reading.end :].lstrip(" -")
    if after.startswith("+"):
        return "at_least"
    match = words.cues["at_least"].match(after)
    return "at_least" if match else None


def _doubtful(text: str, folded: str, readings: Iterable[_Reading]) -> str | None:
    """A unit of one lower-case letter that may as well be the sex ("18 m"), as the author wrote it."""
    for unit in doubtful_units("time"):
        if any(re.match(rf"\s*{unit}(?![a-z])", folded[one.end :]) for one in readings):
            match = re.search(rf"(?<=\d)\s*({unit})(?![^\W\d_])", text)
            if match:
                return match[1]
    return None


def _longest(pattern: re.Pattern[str], folded: str) -> str | None:
    found: list[str] = [match.group() for match in pattern.finditer(folded)]
    return max(found, key=len, default=None)


@cache
def _words() -> _Words:
    ages: dict[str, Interval] = {}
    cues: dict[str, list[str]] = {}
    fillers: set[str] = set()
    with resource("data", "rules", "age_words.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, strict=True):
            word = fold(row["word"])
            if row["kind"] == "age":
                low, high = (factor_of(row[column]) if row[column] else None for column in ("low_years", "high_years"))
                ages[word] = Interval(low, high, cast(Bounds, row["bounds"]))
            elif row["kind"] == "filler":
                fillers.update(re.split(r"[\s'-]+", word))
            else:
                cues.setdefault(row["kind"], []).append(word)
    return _Words(ages, _either(ages), {kind: _either(found) for kind, found in cues.items()}, frozenset(fillers))


def _either(words: Iterable[str]) -> re.Pattern[str]:
    alternatives = []
    for word in sorted(words, key=len, reverse=True):
        start = r"(?<![a-z])" if word[0].isalpha() else ""
        end = r"(?![a-z])" if word[-1].isalpha() else ""
        alternatives.append(f"{start}{re.escape(word)}{end}")
    return re.compile("|".join(alternatives))
