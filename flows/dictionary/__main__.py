"""`python -m flows.dictionary [REGISTRY]`: write what follows from the dictionary."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from flows.database import open_reader
from flows.dictionary.database import take_columns
from flows.dictionary.page import dictionary_page
from flows.dictionary.suites import suite_files
from flows.resources import resource


def write_generated() -> list[Path]:
    """Write docs/data-dictionary.md and the generated expectations; gives the files that changed."""
    page = resource("docs") / "data-dictionary.md"
    changed = []
    for path, text in [(page, dictionary_page()), *suite_files()]:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def main(arguments: Sequence[str]) -> None:
    """Write everything that follows from the dictionary; a path given is a registry to take the columns over from."""
    if arguments:
        with open_reader(Path(arguments[0])) as connection:
            take_columns(connection, resource("data", "dictionary"))
    for path in write_generated():
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
