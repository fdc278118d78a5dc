"""The wheel carries all it needs, and the installed command works outside a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_the_installed_wheel_refreshes_from_an_empty_folder(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", PROJECT],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "sql/registry/cases.sql",
        "expectations/staging/case_records.json",
        "data/vocabulary/disease.csv",
        "data/cases/published_cases.csv",
    ):
        assert f"flows/_shipped/{part}" in names
    assert not [name for name in names if name.startswith("tests/")]

    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    # The dependencies come from here, the project from the wheel alone: a path in a .pth file does not take the editable
    # install along, whose own .pth file is then not read.
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CALCINOSIS", "PREFECT"))
    }
    where = subprocess.run(
        [python, "-c", "import flows; print(flows.__file__)"],
        cwd=empty,
        env=clean,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert where.startswith(str(environment))
    result = subprocess.run(
        [environment / "bin" / "calcinosis", "refresh", "--json"],
        cwd=empty,
        env=clean,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    assert json.loads(result.stdout)["n_cases"] == 455
    assert (empty / "var" / "registry.duckdb").exists()
