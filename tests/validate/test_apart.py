"""The process of its own in which Great Expectations works."""

from __future__ import annotations

import os

import pytest

from flows.validate import apart
from flows.validate.apart import ApartError, call, library_apart


def test_without_a_process_the_function_runs_here() -> None:
    assert call(os.getpid) == os.getpid()
    with library_apart(False):
        assert call(os.getpid) == os.getpid()


def test_what_a_function_gives_raises_and_prints_comes_from_the_other_process(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with library_apart():
        assert call(os.getpid) != os.getpid()
        assert call(divmod, 7, 2) == (3, 1)
        with pytest.raises(ValueError, match="invalid literal"):
            call(int, "seven")
        call(print, "a remark of a library")
        assert call(divmod, 9, 2) == (4, 1)
    assert apart._process is None
    assert "a remark of a library" not in capfd.readouterr().out


def test_a_process_that_ends_on_its_own_is_an_error_with_its_exit_code() -> None:
    with library_apart(), pytest.raises(ApartError, match="exit code 7"):
        call(os._exit, 7)
