"""What the tests of Prefect's servers and runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.orchestration import PrefectServer

from .processes import PATIENCE, Account


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect database that is up to date, to be copied: making one takes longer than all else that a server does.

    Made by three servers that start on it at once, as runs on a new home may: all of them have to come up.
    """
    folder = tmp_path_factory.mktemp("migrated")
    off = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    servers = [PrefectServer(folder, off) for _ in range(3)]
    try:
        for server in servers:
            server.wait(PATIENCE)
    finally:
        for server in servers:
            server.stop()
    return folder / "prefect.db"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)
