"""Which two versions are compared when none, one or two are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.difference.versions import NoSuchVersionError, choose_versions
from flows.home import Home
from flows.journal import Journal
from flows.publish.publication import publish_build, roll_back

from ..publish.databases import make_build


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Versions r1, r2 and r3 are kept, r3 is published."""
    home = Home(tmp_path / "home")
    for run_id in ("r1", "r2", "r3"):
        make_build(home, run_id, run_id)
        publish_build(home, run_id, 5)
    return home


def hold(home: Home, run_id: str, status: str = "held") -> None:
    make_build(home, run_id, run_id)
    journal = Journal(home.runs, run_id)
    journal.write("started")
    journal.write(status)


def chosen(home: Home, *names: str) -> tuple[str, str]:
    older, newer = choose_versions(home, names)
    return older.run_id, newer.run_id


def test_the_published_version_is_compared_with_the_one_before(home: Home) -> None:
    assert chosen(home) == ("r2", "r3")
    roll_back(home, "r2")
    assert chosen(home) == ("r1", "r2")


def test_a_held_build_is_compared_with_the_published_version(home: Home) -> None:
    hold(home, "r4")
    assert chosen(home) == ("r3", "r4")
    assert chosen(home, "r4") == ("r3", "r4")


def test_a_held_build_that_a_later_publication_overtook_is_compared_when_it_is_named(home: Home) -> None:
    hold(home, "r22")
    assert chosen(home) == ("r2", "r3")
    assert chosen(home, "r22") == ("r3", "r22")


def test_a_build_that_broke_off_is_no_version(home: Home) -> None:
    hold(home, "r4", status="failed")
    assert chosen(home) == ("r2", "r3")
    with pytest.raises(NoSuchVersionError, match="no version 'r4': choose one of r1, r2, r3"):
        choose_versions(home, ["r4"])


def test_one_name_is_compared_with_the_published_version(home: Home) -> None:
    assert chosen(home, "r1") == ("r1", "r3")
    assert chosen(home, "r3") == ("r2", "r3")
    roll_back(home, "r2")
    assert chosen(home, "r3") == ("r2", "r3")


def test_two_names_keep_their_order_and_may_be_cut_short(home: Home) -> None:
    assert chosen(home, "r3", "r1") == ("r3", "r1")
    hold(home, "x_long_name")
    assert chosen(home, "r1", "x_l") == ("r1", "x_long_name")
    with pytest.raises(NoSuchVersionError, match="several versions begin with 'r': choose one of r1, r2, r3"):
        choose_versions(home, ["r", "r1"])


def test_without_two_versions_the_reason_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with pytest.raises(NoSuchVersionError, match="nothing is published yet"):
        choose_versions(home)
    make_build(home, "r1", "r1")
    publish_build(home, "r1", 5)
    with pytest.raises(NoSuchVersionError, match="no version before r1 is kept"):
        choose_versions(home)
