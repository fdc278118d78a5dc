"""The one reader of the tables in data/rules."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from flows.resources import resource


def read_rules(name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of data/rules/<name>, in the order of the file.

    Raises ValueError where the file has other columns, or a row more or fewer cells, naming file and line.
    """
    with resource("data", "rules", name).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise ValueError(f"{name}: the columns must be {', '.join(columns)}, not {reader.fieldnames}")
        rows = []
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{name}, line {reader.line_num}: the row has not {len(columns)} cells")
            rows.append(row)
    return rows
