"""What a build takes over from a registry of another version of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

import flows.load.migration
from flows.database import SCHEMA_VERSION, open_build
from flows.load.migration import SchemaVersionError
from flows.resources import resource

from .refreshing import Registry, case, write_sheet


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return write_sheet(tmp_path / "clinic.csv", [case("a"), case("b")])


def _alter(registry: Registry, *statements: str) -> None:
    """Make the published registry one of another version."""
    with open_build(registry.home.registry) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_later_version_is_refused(registry: Registry, sheet: Path) -> None:
    registry.refresh(sheet)
    _alter(registry, f"UPDATE ops.schema_version SET schema_version = {SCHEMA_VERSION + 1}")
    before = registry.home.registry.read_bytes()
    with pytest.raises(
        SchemaVersionError, match=rf"schema version {SCHEMA_VERSION + 1}.*this program knows {SCHEMA_VERSION}"
    ):
        registry.refresh(sheet)
    assert registry.home.registry.read_bytes() == before


def test_an_earlier_version_is_migrated(
    registry: Registry, sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 1 called the place of a record `sex_as_written`, kept its ledger in thousands and knew no `notes`."""
    registry.refresh(sheet)
    checksum = registry.checksum()
    _alter(
        registry,
        "ALTER TABLE raw.records RENAME COLUMN sex TO sex_as_written",
        "ALTER TABLE raw.records DROP COLUMN notes",
        "UPDATE ops.ledger SET n = n * 1000",
        "ALTER TABLE history.case_log RENAME COLUMN sex_code TO gender",
    )
    migrations = tmp_path / "migrations" / str(SCHEMA_VERSION)
    migrations.mkdir(parents=True)
    for table, query in {
        "raw.records": "SELECT * RENAME (sex_as_written AS sex) FROM {old};\n",
        "ops.ledger": "SELECT * REPLACE (n // 1000 AS n) FROM {old}",
        "history.case_log": "SELECT * RENAME (gender AS sex_code) FROM {old}",
    }.items():
        (migrations / f"{table}.sql").write_text(query, encoding="utf-8")

    def moved(*parts: str) -> Path:
        if parts[:2] != ("sql", "migrations"):
            return resource(*parts)
        path = tmp_path.joinpath("migrations", *parts[2:])
        if not path.exists():
            raise FileNotFoundError(path)
        return path

    monkeypatch.setattr(flows.load.migration, "resource", moved)
    monkeypatch.setattr(flows.load.migration, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    registry.refresh(sheet)
    assert registry.actions() == {"clinic.csv": "keep"}
    assert registry.checksum() == checksum
    assert registry.ask("SELECT schema_version FROM ops.schema_version") == [(SCHEMA_VERSION + 1,)]
    assert registry.ask("SELECT n FROM ops.ledger WHERE run_id = 'run_001' AND unit = 'record'") == [(2,)]
    assert registry.ask("SELECT change, sex_code FROM history.case_log") == [("added", "male"), ("added", "male")]


def test_a_column_that_is_new_is_empty_in_what_was_written_before(registry: Registry, sheet: Path) -> None:
    registry.refresh(sheet)
    _alter(registry, "ALTER TABLE raw.records DROP COLUMN notes", "ALTER TABLE history.case_log DROP COLUMN is_split")
    registry.refresh(sheet)
    assert registry.ask("SELECT DISTINCT notes FROM raw.records") == [(None,)]
    changes = registry.ask("SELECT run_from, change, changed_fields FROM history.case_log ORDER BY 1, 2")
    assert changes == [("run_001", "added", None)] * 2 + [("run_002", "changed", ["is_split"])] * 2


def test_history_and_ledger_survive_a_full_rebuild(registry: Registry, sheet: Path) -> None:
    registry.refresh(sheet).refresh(sheet, full=True)
    assert registry.ask("SELECT run_from, count(*) FROM history.case_log GROUP BY 1") == [("run_001", 2)]
    assert registry.ask("SELECT DISTINCT run_id FROM ops.ledger ORDER BY 1") == [("run_001",), ("run_002",)]
    assert registry.ledger() == {"unchanged": 2}
