"""A build becomes the registry in one step, earlier ones can come back, and readers are not disturbed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from flows.database import open_build, open_reader
from flows.home import Home
from flows.publish.publication import (
    PublicationError,
    list_versions,
    prune_builds,
    publish_build,
    published_run,
    registry_checksum,
    roll_back,
)

from .databases import make_build, published


def _publish(home: Home, *run_ids: str, keep: int = 5) -> None:
    for run_id in run_ids:
        make_build(home, run_id, run_id)
        publish_build(home, run_id, keep)


def test_a_build_becomes_the_registry(home: Home) -> None:
    _publish(home, "r1")
    assert published(home) == "r1"
    assert published_run(home) == "r1"
    assert not home.build("r1").exists()
    assert not list(home.path.glob("*.wal"))


def test_before_the_first_run_nothing_is_published(home: Home) -> None:
    home.create()
    assert published_run(home) is None
    with pytest.raises(FileNotFoundError, match="calcinosis refresh"), open_reader(home.registry):
        pass


def test_the_swap_is_one_rename(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash right before the rename leaves the old registry whole, one right after it the new one."""
    _publish(home, "r1")
    make_build(home, "r2", "r2")

    def crash(*_: object, **__: object) -> None:
        raise OSError("the machine stopped")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        patch.setattr(Path, "replace", crash)
        with pytest.raises(OSError, match="the machine stopped"):
            publish_build(home, "r2", 5)
    assert published(home) == "r1"
    assert published_run(home) == "r1"

    make_build(home, "r3", "r3")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", crash)
        with pytest.raises(OSError, match="the machine stopped"):
            publish_build(home, "r3", 5)
    assert published(home) == "r3"


@pytest.mark.parametrize("side", ["build", "registry"])
def test_a_left_write_ahead_log_is_refused(home: Home, side: str) -> None:
    _publish(home, "r1")
    make_build(home, "r2", "r2")
    database = home.build_database("r2") if side == "build" else home.registry
    log = database.with_name(database.name + ".wal")
    log.write_bytes(b"left by a crash")
    with pytest.raises(PublicationError, match=log.name):
        publish_build(home, "r2", 5)
    log.unlink()
    assert published(home) == "r1"
    publish_build(home, "r2", 5)
    assert published(home) == "r2"


def test_only_the_newest_versions_stay(home: Home) -> None:
    _publish(home, "r1", "r2", "r3", "r4", "r5", keep=2)
    assert list_versions(home) == ["r5", "r4", "r3"]
    assert published(home) == "r5"


def test_roll_back_and_roll_back_again(home: Home) -> None:
    _publish(home, "r1", "r2", "r3")
    assert roll_back(home) == "r2"
    assert (published(home), published_run(home)) == ("r2", "r2")
    assert roll_back(home) == "r1"
    assert published(home) == "r1"
    with pytest.raises(PublicationError, match="nothing to roll back to"):
        roll_back(home)
    assert roll_back(home, "r3") == "r3"
    assert published(home) == "r3"
    assert list_versions(home) == ["r3", "r2", "r1"]


def test_rolling_back_to_the_published_version_changes_nothing(home: Home) -> None:
    _publish(home, "r1", "r2")
    assert roll_back(home, "r2") == "r2"
    assert published(home) == "r2"
    assert [path.name for path in home.path.glob(".registry*")] == []


def test_an_unknown_version_is_refused_with_the_known_ones(home: Home) -> None:
    _publish(home, "r1", "r2")
    with pytest.raises(PublicationError, match=r"no version 'r9'.*r2, r1"):
        roll_back(home, "r9")
    assert published(home) == "r2"


def test_a_version_that_was_rolled_back_to_is_not_pruned(home: Home) -> None:
    _publish(home, "r1", "r2", "r3", keep=2)
    roll_back(home, "r1")
    _publish(home, "r4", keep=1)
    assert published(home) == "r4"
    assert list_versions(home) == ["r4", "r3"]


def test_a_reader_keeps_what_it_opened(home: Home) -> None:
    _publish(home, "r1")
    with open_reader(home.registry) as reader:
        _publish(home, "r2")
        assert reader.execute("SELECT says FROM registry.cases").fetchall() == [("r1",)]
        roll_back(home)
        _publish(home, "r3")
        assert reader.execute("SELECT says FROM registry.cases").fetchall() == [("r1",)]
    assert published(home) == "r3"


def test_a_reader_reaches_nothing_but_the_registry(home: Home, tmp_path: Path) -> None:
    _publish(home, "r1")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    with open_reader(home.registry) as reader:
        for statement in (
            f"SELECT * FROM '{secret}'",
            f"COPY registry.cases TO '{tmp_path / 'out.csv'}'",
            f"ATTACH '{tmp_path / 'other.duckdb'}'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "CREATE TABLE registry.mine (a INTEGER)",
            "DELETE FROM registry.cases",
        ):
            with pytest.raises(duckdb.Error):
                reader.execute(statement)
    assert not (tmp_path / "out.csv").exists()
    assert published(home) == "r1"


def test_builds_of_killed_runs_are_pruned_oldest_first(home: Home) -> None:
    for run_id in ("r1", "r2", "r3"):
        make_build(home, run_id, run_id)
    prune_builds(home, 1)
    assert [path.name for path in home.builds.iterdir()] == ["r3"]


def test_the_checksum_is_of_content_not_of_order(home: Home) -> None:
    home.create()
    sums = []
    for run_id, rows in {
        "r1": "(1, 'a'), (2, NULL), (2, NULL)",
        "r2": "(2, NULL), (1, 'a'), (2, NULL)",
        "r3": "(1, 'a'), (2, NULL)",
    }.items():
        home.build(run_id).mkdir()
        with open_build(home.build_database(run_id)) as connection:
            connection.execute("CREATE SCHEMA registry")
            connection.execute("CREATE SCHEMA history")
            connection.execute(f"CREATE TABLE registry.cases AS FROM (VALUES {rows})")
            connection.execute(f"CREATE TABLE history.case_log AS SELECT '{run_id}' AS run_from")
            sums.append(registry_checksum(connection))
    assert sums[0] == sums[1]
    assert sums[0] != sums[2]
    assert list(sums[0]) == ["registry.cases"]
