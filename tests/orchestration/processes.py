"""Python processes of our own, each in an account of its own, and a look at what they leave behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).parent
PATIENCE = 90
Answer = TypeVar("Answer")


class Account:
    """A user's account on this machine: an empty home folder, an environment with nothing of Prefect in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "registry"
        self.reached = folder / "reached.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(HERE),
            "REACHED_LOG": str(self.reached),
            "TZ": "Europe/Berlin",
            "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        }

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        settled: dict[str, Any] = {"cwd": self.folder, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, *arguments], env=self.environment, text=True, **settled | options)

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def give_database(self, migrated: Path, folder: str) -> None:
        (self.home / folder).mkdir(parents=True)
        shutil.copy(migrated, self.home / folder / "prefect.db")

    def recorded(self, query: str, folder: str = "prefect") -> list[tuple[Any, ...]]:
        """Rows of a query on the Prefect database of this account's registry."""
        with contextlib.closing(sqlite3.connect(self.home / folder / "prefect.db")) as connection:
            return connection.execute(query).fetchall()

    def left_behind(self) -> list[str]:
        """Command lines of the processes that carry this account's environment, whoever started them."""
        mark = f"REACHED_LOG={self.reached}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found


def ask(address: str, body: dict[str, Any] | None = None) -> Any:
    """What an API says, by GET or, with a body, by POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def wait_for(what: Callable[[], Answer], seconds: float = PATIENCE) -> Answer:
    """The first answer of `what` that is not empty."""
    until = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < until, f"waited {seconds} s in vain"
        time.sleep(0.5)
    return answer
