"""A run that is killed leaves a whole published registry, and the next one completes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 20


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_twenty_kills_leave_a_whole_registry_each_time(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.crash_driver", tmp_path, str(KILLS), "11"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    *kills, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(kills) == KILLS
    assert [kill["version"] for kill in kills if kill["version"] not in (0, 1)] == []
    # A kill before the journal's first line leaves no run, and one behind its last line a published one.
    statuses = kills[-1]["statuses"]
    assert set(statuses) <= {"published", "killed"}
    assert statuses.count("killed") >= KILLS // 2
    assert last["last"] == 0
    assert last["is_new"]
    assert not [name for name in last["left"] if name.startswith(".")]
