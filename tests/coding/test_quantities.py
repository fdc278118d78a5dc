"""Ages, durations, sizes, years and counts as authors write them. Expected values are worked out by hand."""

from __future__ import annotations

import pytest

from flows.coding.items import CodedItem
from flows.coding.quantities import parse_age, parse_duration, parse_integer, parse_size_mm, parse_year

DAY = 1 / 365.25
WEEK = 7 / 365.25

YEARS_SAID_EXACTLY = [
    ("55", 55, "year"),
    ("55 years", 55, "year"),
    ("55-year-old", 55, "year"),
    ("55 yo", 55, "year"),
    ("55 y.o.", 55, "year"),
    ("55y/o", 55, "year"),
    ("41-old-year", 41, "year"),
    ("62-years-old", 62, "year"),
    ("a 7-year-old girl", 7, "year"),
    ("aged 55", 55, "year"),
    ("Age: 55", 55, "year"),
    ("55 year old Caucasian woman", 55, "year"),
    ("55M", 55, "year"),
    ("F/45", 45, "year"),
    ("45/F", 45, "year"),
    ("3 1/2 years", 3.5, "year"),
    ("3½ years", 3.5, "year"),
    ("2 6/12 years", 2.5, "year"),
    ("two and a half years", 2.5, "year"),
    ("4 and 1/2 years", 4.5, "year"),
    ("thirty-four-year-old", 34, "year"),
    ("one hundred and two years", 102, "year"),
    ("fifty five", 55, "year"),
    ("2,5", 2.5, "year"),
    ("1·5 years", 1.5, "year"),
    ("1.33", 1.33, "year"),
    ("0.077", 0.077, "year"),
    ("55 ans", 55, "year"),
    ("55 años", 55, "year"),
    ("55 Jahre", 55, "year"),
    ("treinta y cuatro años", 34, "year"),
    ("55 years (onset at 40)", 55, "year"),
    ("P55Y", 55, "year"),
    ("0", 0, "year"),
    ("250", 250, "year"),
    ("-5", -5, "year"),
    ("18 months", 1.5, "month"),
    ("18-month-old", 1.5, "month"),
    ("eleven months", 11 / 12, "month"),
    ("2 y 3 mo", 2.25, "month"),
    ("2y3m", 2.25, "month"),
    ("2 years and 3 months", 2.25, "month"),
    ("1 year 4 months", 4 / 3, "month"),
    ("P18M", 1.5, "month"),
    ("3 weeks of age", 3 * WEEK, "week"),
    ("12-day-old", 12 * DAY, "day"),
    ("24 days, male", 24 * DAY, "day"),
    ("12th day of life", 12 * DAY, "day"),
    ("day 12 of life", 12 * DAY, "day"),
    ("36 hours old", 1.5 * DAY, "hour"),
]


@pytest.mark.parametrize(("text", "years", "precision"), YEARS_SAID_EXACTLY)
def test_an_age_is_read_in_years(text: str, years: float, precision: str) -> None:
    item = parse_age(text)
    assert item.value_low == pytest.approx(years, rel=1e-9)
    assert item.value_high == item.value_low
    assert (item.bounds, item.precision, item.unit, item.comparator, item.problem) == ("[]", precision, "a", None, None)
    assert item.text == text


def test_units_that_follow_each_other_make_one_age_and_not_a_range() -> None:
    item = parse_age("4-month-10-day-old")
    assert item.value_low == item.value_high == pytest.approx(4 / 12 + 10 / 365.25)
    going_up = parse_age("6-month-2-year-old")
    assert going_up.value_low == pytest.approx(0.5)
    assert going_up.value_high == pytest.approx(2)


def test_a_decade_as_a_length_of_time_is_ten_years() -> None:
    assert parse_duration("two decades").value_low == 20
    more = parse_duration("more than a decade")
    assert (more.value_low, more.value_high, more.comparator) == (10, None, ">")
    assert parse_age("third decade").value_low == 20


def test_twelve_days_are_a_thirtieth_of_a_year() -> None:
    # 12 / 365.25 = 0.032854…
    assert parse_age("12-day-old").value_low == pytest.approx(0.0329, abs=5e-5)


INTERVALS = [
    ("5-6 years", 5, 6, "[]", "range"),
    ("5–10-year-old", 5, 10, "[]", "range"),
    ("between 5 and 6 years", 5, 6, "[]", "range"),
    ("5 a 6 años", 5, 6, "[]", "range"),
    ("6 months to 2 years", 0.5, 2, "[]", "range"),
    ("in her 70s", 70, 80, "[)", "decade"),
    ("70s", 70, 80, "[)", "decade"),
    ("seventies", 70, 80, "[)", "decade"),
    ("in his late seventies", 70, 80, "[)", "decade"),
    ("mid-forties", 40, 50, "[)", "decade"),
    ("fifth decade", 40, 50, "[)", "decade"),
    ("first decade of life", 0, 10, "[)", "decade"),
    ("fifth to sixth decade", 40, 60, "[)", "decade"),
    ("60s-70s", 60, 80, "[)", "decade"),
    ("neonate", 0, 28 * DAY, "[)", "word"),
    ("newborn", 0, 28 * DAY, "[)", "word"),
    ("recién nacido", 0, 28 * DAY, "[)", "word"),
    ("infant", 0, 2, "[)", "word"),
    ("child", 0, 18, "[)", "word"),
    ("teenager", 13, 20, "[)", "word"),
    ("middle-aged", 45, 65, "[)", "word"),
    ("octogenarian", 80, 90, "[)", "word"),
    ("elderly", 65, None, "[)", "word"),
    ("adult woman", 18, None, "[)", "word"),
]


@pytest.mark.parametrize(("text", "low", "high", "bounds", "precision"), INTERVALS)
def test_an_age_that_is_not_exact_is_an_interval(
    text: str, low: float, high: float | None, bounds: str, precision: str
) -> None:
    item = parse_age(text)
    assert item.value_low == pytest.approx(low)
    assert item.value_high == (None if high is None else pytest.approx(high))
    assert (item.bounds, item.precision, item.problem) == (bounds, precision, None)


COMPARED = [
    (">80", 80, None, "()", ">"),
    ("over 80 years", 80, None, "()", ">"),
    ("80+", 80, None, "[)", ">="),
    ("80 years and older", 80, None, "[)", ">="),
    ("at least 65", 65, None, "[)", ">="),
    ("≥65", 65, None, "[)", ">="),
    ("<1", 0, 1, "[)", "<"),
    ("under 5 years", 0, 5, "[)", "<"),
    ("up to 5 years", 0, 5, "[]", "<="),
]


@pytest.mark.parametrize(("text", "low", "high", "bounds", "comparator"), COMPARED)
def test_a_comparator_leaves_one_end_open(
    text: str, low: float, high: float | None, bounds: str, comparator: str
) -> None:
    item = parse_age(text)
    assert (item.value_low, item.value_high, item.bounds, item.comparator) == (low, high, bounds, comparator)


@pytest.mark.parametrize("text", ["≈60", "~60", "about 60", "approximately 60 years", "circa 60"])
def test_an_approximate_age_says_so(text: str) -> None:
    item = parse_age(text)
    assert (item.value_low, item.value_high, item.precision) == (60, 60, "approximate")


NO_AGES = [
    ("55 kg", "kg"),
    ("stage 4", "stage"),
    ("diagnosed at 30, presented at 55", "more than one"),
    ("32 weeks gestation", "gestation"),
    ("his mother, aged 60", "mother"),
    ("1990-05-12", "date"),
    ("18 m", "'m' alone"),
    ("a while ago", "not an age"),
    ("", "not an age"),
]


@pytest.mark.parametrize(("text", "problem"), NO_AGES)
def test_what_is_no_age_has_no_value_and_a_reason(text: str, problem: str) -> None:
    item = parse_age(text)
    assert (item.value_low, item.value_high, item.unit) == (None, None, None)
    assert problem in (item.problem or "")


DURATIONS = [
    ("10", 10, 10),
    ("10 years", 10, 10),
    ("10-year history", 10, 10),
    ("for the last 7 years", 7, 7),
    ("ten years", 10, 10),
    ("a year", 1, 1),
    ("6 months", 0.5, 0.5),
    ("3 weeks", 3 * WEEK, 3 * WEEK),
    ("5-10 years", 5, 10),
    ("0.12", 0.12, 0.12),
]


@pytest.mark.parametrize(("text", "low", "high"), DURATIONS)
def test_a_duration_is_read_in_years(text: str, low: float, high: float) -> None:
    item = parse_duration(text)
    assert (item.value_low, item.value_high) == (pytest.approx(low), pytest.approx(high))
    assert (item.unit, item.problem) == ("a", None)


@pytest.mark.parametrize("text", ["several years", "since childhood", "newborn", "long-standing"])
def test_words_for_ages_are_no_durations(text: str) -> None:
    assert parse_duration(text) == CodedItem(text, problem="not a duration")


SIZES = [
    ("10", 10, 10),
    ("2.5 cm", 25, 25),
    ("1,5 cm", 15, 15),
    ("2.5 cm in diameter", 25, 25),
    ("3 x 2 cm", 30, 30),
    ("2 x 3 cm", 30, 30),
    ("3×2×1 cm", 30, 30),
    ("2.5cm x 1.5 cm", 25, 25),
    ("3 cm x 20 mm", 30, 30),
    ("15 by 10 cm", 150, 150),
    ("15 x 10", 15, 15),
    ("5-10 mm", 5, 10),
    ("2 to 3 cm", 20, 30),
    ("2 mm to 3 cm", 2, 30),
    ("3 cm and 5 cm", 50, 50),
    ("1-2 mm papules, plaque of 4 cm", 40, 40),
    ("up to 3 cm", 30, 30),
    ("max 12 mm", 12, 12),
    ("2 inches", 50.8, 50.8),
    ("two centimetres", 20, 20),
]


@pytest.mark.parametrize(("text", "low", "high"), SIZES)
def test_the_largest_size_is_read_in_millimetres(text: str, low: float, high: float) -> None:
    item = parse_size_mm(text)
    assert (item.value_low, item.value_high) == (pytest.approx(low), pytest.approx(high))
    assert (item.unit, item.problem) == ("mm", None)


def test_a_size_keeps_its_comparator() -> None:
    assert (parse_size_mm("> 5 cm").value_low, parse_size_mm("> 5 cm").comparator) == (50, ">")
    assert (parse_size_mm("less than 5 mm").value_high, parse_size_mm("less than 5 mm").comparator) == (5, "<")


@pytest.mark.parametrize("text", ["10 lesions", "pea-sized", "large", ""])
def test_what_is_no_size_has_a_reason(text: str) -> None:
    assert parse_size_mm(text) == CodedItem(text, problem="not a size")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2014", 2014, 2014),
        ("Jan 2014", 2014, 2014),
        ("2014-03-01", 2014, 2014),
        ("2014.0", 2014, 2014),
        ("2014/2015", 2014, 2015),
        ("3014", 3014, 3014),
    ],
)
def test_a_year_has_four_digits(text: str, low: int, high: int) -> None:
    item = parse_year(text)
    assert (item.value_low, item.value_high, item.problem) == (low, high, None)


@pytest.mark.parametrize("text", ["14", "'98", "2014.5", "in press", "12345"])
def test_anything_else_is_no_year(text: str) -> None:
    item = parse_year(text)
    assert item.value_low is None
    assert item.problem == "not a year of four digits"


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("1.0", 1), ("case 2", 2), ("#3", 3), ("patient three", 3), ("-1", -1)]
)
def test_a_whole_number_is_read(text: str, value: int) -> None:
    assert (parse_integer(text).value_low, parse_integer(text).problem) == (value, None)


@pytest.mark.parametrize("text", ["1.5", "2a", "II", "1/2", "1-2", ""])
def test_anything_else_is_no_whole_number(text: str) -> None:
    assert parse_integer(text) == CodedItem(text, problem="not a whole number")
