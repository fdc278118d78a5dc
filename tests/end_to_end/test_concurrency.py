"""Two runs at once, and readers that hold the registry open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from filelock import FileLock

from flows.database import open_reader
from tests.end_to_end.conftest import Run

CASE = "record_id,age_years,lesion_sites\n1,55,scalp\n"


def test_two_refreshes_at_once_do_no_harm(calcinosis: Run, own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "clinic_a.csv").write_text(CASE, encoding="utf-8")
    (tmp_path / "clinic_b.csv").write_text(CASE.replace("scalp", "left knee"), encoding="utf-8")
    results: dict[str, int] = {}

    def run(name: str) -> None:
        results[name] = calcinosis("refresh", tmp_path / f"{name}.csv", "--home", own_home, code=None).returncode

    threads = [threading.Thread(target=run, args=(name,)) for name in ("clinic_a", "clinic_b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {"clinic_a": 0, "clinic_b": 0}
    with open_reader(own_home / "registry.duckdb") as connection:
        assert connection.execute("SELECT count(*) FROM registry.cases").fetchone() == (457,)


def test_a_run_leaves_when_told_so(calcinosis: Run, own_home: Path) -> None:
    with FileLock(own_home / "refresh.lock"):
        result = calcinosis("refresh", "--home", own_home, code=1, CALCINOSIS_WHEN_BUSY="leave")
    assert "another run holds" in result.stderr


def test_an_open_reader_neither_blocks_a_run_nor_is_disturbed(calcinosis: Run, own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "clinic_a.csv").write_text(CASE, encoding="utf-8")
    script = (
        "import sys; from pathlib import Path; from flows.database import open_reader\n"
        "with open_reader(Path(sys.argv[1])) as connection:\n"
        "    for line in sys.stdin:\n"
        "        print(connection.execute('SELECT count(*) FROM registry.cases').fetchone()[0], flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, own_home / "registry.duckdb"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ},
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None

        def ask() -> str:
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write("count\n")
            reader.stdin.flush()
            return reader.stdout.readline().strip()

        assert ask() == "455"
        summary = json.loads(calcinosis("refresh", tmp_path / "clinic_a.csv", "--home", own_home, "--json").stdout)
        assert summary["n_cases"] == 456
        assert ask() == "455"
        reader.stdin.close()
    with open_reader(own_home / "registry.duckdb") as connection:
        assert connection.execute("SELECT count(*) FROM registry.cases").fetchone() == (456,)
