"""A copy of the shipped data, rules and queries that a test may change while the program runs on it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from flows import resources

FOLDERS = ("data", "sql", "expectations", "docs")


class ShippedFiles:
    """Files in a folder of their own; `use` makes the program read them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in FOLDERS:
            shutil.copytree(resources.ROOT / name, folder / name)

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file, and forget what was read of it."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name}: {text.count(old)} times {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        forget()


def forget() -> None:
    """Empty every cache of the program, so that the next run reads its files as a new process would."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "flows":
            for value in list(vars(module).values()):
                for holder in (value, *(vars(value).values() if isinstance(value, type) else ())):
                    clear = getattr(holder, "cache_clear", None)
                    if callable(clear):
                        clear()
