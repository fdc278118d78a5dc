"""Progress: a bar for a person at a terminal, log lines for a machine."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import Protocol


class Progress(Protocol):
    """Says which stage a run is at."""

    def stage(self, title: str) -> None: ...


class _Bar:
    def __init__(self, n_stages: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.display = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.display.add_task("starting", total=n_stages)

    def stage(self, title: str) -> None:
        self.display.update(self.task, description=title, advance=1)


class _Lines:
    def __init__(self, logger: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> None:
        self.logger = logger

    def stage(self, title: str) -> None:
        self.logger.info("%s", title)


@contextlib.contextmanager
def show_progress(n_stages: int, logger: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> Iterator[Progress]:
    """Give a bar with `n_stages` steps where standard error is a terminal, else lines in the log."""
    if sys.stderr.isatty():
        bar = _Bar(n_stages)
        with bar.display:
            yield bar
    else:
        yield _Lines(logger)
