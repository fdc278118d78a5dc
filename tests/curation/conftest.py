from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.home import Home
from tests.load.refreshing import Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """An empty registry."""
    return Registry(Home(tmp_path / "home"))


@pytest.fixture
def new_registry(tmp_path: Path) -> Callable[[str], Registry]:
    """Makes further empty registries."""
    return lambda name: Registry(Home(tmp_path / name))
