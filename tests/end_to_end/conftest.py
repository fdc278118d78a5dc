"""A registry of the shipped cases, published once for all tests that only look at it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def calcinosis(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs the installed command in an empty working directory, with one warm Prefect home for all runs."""
    prefect_home = tmp_path_factory.mktemp("prefect")
    workplace = tmp_path_factory.mktemp("workplace")
    command = Path(sys.executable).with_name("calcinosis")

    def run(
        *arguments: str | Path, code: int | None = 0, as_module: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        words = [str(argument) for argument in arguments]
        result = subprocess.run(
            [sys.executable, "-m", f"flows.{words[0]}", *words[1:]] if as_module else [command, *words],
            cwd=workplace,
            env={**os.environ, "PREFECT_HOME": str(prefect_home), **environment},
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert code is None or result.returncode == code, result.stderr[-3000:] + result.stdout[-2000:]
        return result

    return run


@pytest.fixture(scope="session")
def shipped(calcinosis: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Home and summary of a first refresh of the shipped cases; not to be changed."""
    home = tmp_path_factory.mktemp("shipped") / "home"
    return home, json.loads(calcinosis("refresh", "--home", home, "--json").stdout)


@pytest.fixture
def own_home(shipped: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    """A copy of the shipped registry that a test may change."""
    home = tmp_path / "home"
    shutil.copytree(shipped[0], home)
    # A copy loses the hard link by which the published version is known.
    version = next((home / "versions").iterdir())
    version.unlink()
    os.link(home / "registry.duckdb", version)
    return home
