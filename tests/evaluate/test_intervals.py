"""Scores and their intervals, against values worked out by hand."""

from __future__ import annotations

import pytest

from flows.evaluate.intervals import f1, f1_interval, share, wilson


def test_shares_of_nothing_are_not_defined() -> None:
    assert share(0, 0) is None
    assert wilson(0, 0) is None
    assert f1(0, 0, 0, 0) is None
    assert f1_interval([]) is None
    assert f1_interval([(0, 0, 0, 0)]) is None


def test_the_wilson_interval_of_eight_in_ten() -> None:
    # centre (0.8 + 3.8415/20) / 1.38415 = 0.71674, half 1.95996 * sqrt(0.016 + 3.8415/400) / 1.38415 = 0.22658
    low, high = wilson(8, 10) or (0.0, 0.0)
    assert low == pytest.approx(0.4902, abs=5e-4)
    assert high == pytest.approx(0.9433, abs=5e-4)


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    assert f1(4, 3, 4, 3) == pytest.approx(0.75)
    assert f1(3, 1, 1, 1) == pytest.approx(0.5)  # precision 1, recall 1/3
    assert f1(3, 0, 0, 0) == 0.0
    assert f1(0, 0, 2, 0) == 0.0


def test_the_interval_of_f1_holds_it_and_is_the_same_every_time() -> None:
    counts = [(2, 2, 2, 2), (2, 1, 2, 1), (1, 0, 1, 0), (3, 3, 3, 3), (0, 0, 0, 0)]
    low, high = f1_interval(counts) or (0.0, 0.0)
    assert 0.0 <= low < 0.75 < high <= 1.0
    assert f1_interval(counts) == (low, high)


def test_a_system_without_errors_has_no_spread() -> None:
    assert f1_interval([(2, 2, 2, 2), (1, 1, 1, 1)]) == (1.0, 1.0)
