"""What the tests of Prefect's servers and runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.orchestration import PrefectServer

from .processes import PATIENCE, Account


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Prefect database that is up to date, to be copied: making one takes longer than all else that a server does."""
    folder = tmp_path_factory.mktemp("migrated")
    server = PrefectServer(folder, {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"})
    try:
        server.wait(PATIENCE)
    finally:
        server.stop()
    return folder / "prefect.db"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)
