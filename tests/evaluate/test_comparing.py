"""Answers are held against gold as data/gold/README.md says; expected counts were worked out by hand."""

from __future__ import annotations

import pytest

from flows.evaluate.comparing import Answer, Expected, compare, move_either, same_number, same_result, within


def gold(*codes: str, **more: object) -> Expected:
    return Expected(tuple((code,) for code in codes), codes[0], **more)  # type: ignore[arg-type]


def said(code: str) -> Answer:
    return Answer((code,), code)


def test_what_gold_lacks_and_what_is_missed_are_told_apart() -> None:
    result = compare([gold("elbow"), gold("knee")], [said("knee"), said("hand")])
    assert (result.n_gold, result.answered, result.n_found, result.right) == (2, 1, 2, 1)
    assert [item.shown for item in result.missed] == ["elbow"]
    assert [answer.shown for answer in result.spurious] == ["hand"]


def test_silence_about_nothing_counts_nothing() -> None:
    result = compare([], [])
    assert (result.n_gold, result.n_found) == (0, 0)


def test_an_answer_is_counted_once_however_often_it_is_given() -> None:
    result = compare([gold("elbow"), gold("elbow")], [said("elbow"), said("elbow"), said("hand"), said("hand")])
    assert (result.n_gold, result.answered, result.n_found, result.right) == (1, 1, 2, 1)


def test_one_answer_may_cover_two_spans_of_one_lesion() -> None:
    result = compare([gold("preauricular", "jaw_joint"), gold("jaw_joint")], [said("jaw_joint")])
    assert (result.n_gold, result.answered, result.n_found, result.right) == (2, 2, 1, 1)


def test_other_answers_that_gold_accepts_are_right() -> None:
    assert compare([gold("thumb", "fingertip_1")], [said("fingertip_1")]).right == 1
    assert compare([gold("thumb")], [said("fingertip_1")]).right == 0


def test_silence_is_accepted_where_gold_says_so() -> None:
    assert compare([gold("stable", optional=True)], []).n_gold == 0
    assert compare([gold("stable", optional=True)], [said("died")]).n_gold == 1


@pytest.mark.parametrize(("code", "near"), [("hand", 1), ("finger", 1), ("knee", 0), ("no_such_code", 0)])
def test_a_wrong_answer_above_or_below_is_near_but_not_right(code: str, near: int) -> None:
    result = compare([gold("finger_2")], [said(code)], vocabulary="lesion_site")
    assert (result.right, result.near) == (0, near)


def test_a_disease_that_may_stand_in_either_list_moves_to_where_gold_has_it() -> None:
    linked, others = [gold("lupus")], [gold("hypertension", either=True), gold("asthma")]
    answers = ([said("lupus"), said("hypertension"), said("asthma")], [said("lupus")])
    assert move_either((linked, others), answers) == (
        [said("lupus"), said("asthma")],
        [said("hypertension"), said("lupus")],
    )


@pytest.mark.parametrize(
    ("expected", "found", "agree"),
    [
        ((50.0, 50.0), (50.0, 50.0), True),
        ((50.0, 50.0), (50.5, 50.5), True),  # 1% of 50 is half a year
        ((50.0, 50.0), (51.0, 51.0), False),
        ((0.011, 0.011), (0.02, 0.02), True),  # four days and seven are 0.009 years apart
        ((0.011, 0.011), (0.03, 0.03), False),
        ((5.5, 5.5), (5.0, 6.0), True),
        ((60.0, 70.0), (60.0, 70.0), True),
        ((60.0, 70.0), (65.0, 65.0), False),
        ((60.0, 60.0), (60.0, None), False),
    ],
)
def test_ages_agree_within_a_hundredth(
    expected: tuple[float, float], found: tuple[float, float | None], agree: bool
) -> None:
    assert same_number(expected, found) is agree


@pytest.mark.parametrize(
    ("value", "found", "agree"),
    [
        (5.5, (5.0, 6.0), True),
        (7.0, (5.0, 6.0), False),
        (20.0, (20.0, None), True),
        (25.0, (20.0, None), False),
        (2.0, (None, 2.0), True),
    ],
)
def test_a_duration_lies_in_its_interval(value: float, found: tuple[float | None, float | None], agree: bool) -> None:
    assert within((value, value), found) is agree


@pytest.mark.parametrize(
    ("expected", "found", "agree"),
    [
        (("calcium", "normal", 2.3), ("calcium", "normal", None), True),
        (("calcium", "normal", 2.3), ("calcium", None, 2.3), True),
        (("calcium", "normal", 2.3), ("calcium", "high", 2.3), False),
        (("calcium", "normal", 2.3), ("calcium", "normal", 9.2), False),
        (("calcium", "normal", 2.3), ("phosphate", "normal", 2.3), False),
        (("calcium", "normal", None), ("calcium", None, 2.3), False),
        (("calcium", None, 2.3), ("calcium", "low", 2.3), True),
        (("calcium", None, None), ("calcium", "low", None), True),
    ],
)
def test_a_laboratory_result_agrees_in_all_that_both_say(
    expected: tuple[str, str | None, float | None], found: tuple[str, str | None, float | None], agree: bool
) -> None:
    assert same_result(expected, found) is agree
