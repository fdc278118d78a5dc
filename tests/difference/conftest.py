from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import resources
from flows.home import Home

from ..load.refreshing import Registry
from .shipped_files import ShippedFiles, forget


@pytest.fixture
def shipped_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShippedFiles]:
    """The program reads a copy of its files that the test may change."""
    files = ShippedFiles(tmp_path / "shipped")
    monkeypatch.setattr(resources, "ROOT", files.folder)
    yield files
    monkeypatch.undo()
    forget()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """An empty registry."""
    return Registry(Home(tmp_path / "home"))
