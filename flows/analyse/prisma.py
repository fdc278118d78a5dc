"""The flow of documents and records into the registry, read back for people."""

from __future__ import annotations

from typing import Any

import duckdb

FLOW_COLUMNS = ("section", "track", "box", "label", "reason", "unit", "n")


def read_flow(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Rows of analytics.prisma_flow as dictionaries with FLOW_COLUMNS, box by box; the total of a box comes first."""
    rows = connection.execute(f"SELECT {', '.join(FLOW_COLUMNS)} FROM analytics.prisma_flow ORDER BY rowid").fetchall()
    return [dict(zip(FLOW_COLUMNS, row, strict=True)) for row in rows]
