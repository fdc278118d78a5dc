"""The analysis stage, and how the published distributions are read back."""

from __future__ import annotations

from typing import Any, Literal

import duckdb

from flows.database import create_table_macros, run_sql

Distribution = Literal["variant", "lesion-site", "associated-disease"]
StratumBy = Literal["overall", "sex", "age_group", "decade"]

TABLES: dict[Distribution, str] = {
    "variant": "variant_distribution",
    "lesion-site": "lesion_site_distribution",
    "associated-disease": "associated_disease_distribution",
}
LEVELS: dict[Distribution, tuple[str, ...]] = {
    "variant": ("variant", "subtype"),
    "lesion-site": ("region", "site", "subsite"),
    "associated-disease": ("group", "disease"),
}
ROW_COLUMNS = (
    "code", "label", "n_cases", "n_reported", "n_absent", "n_not_reported", "n_not_assessed", "n_total",
    "share", "ci_low", "ci_high",
)  # fmt: skip


def build_analytics(connection: duckdb.DuckDBPyConnection) -> None:
    """Build the distributions, analytics.case_values, and the table macros that people query with."""
    run_sql(connection, "analytics/case_completeness", "analytics/case_values")
    create_table_macros(connection)
    run_sql(
        connection,
        *(f"analytics/{table}" for table in TABLES.values()),
        "analytics/work_up_distribution",
        "analytics/cases",
        "analytics/prisma_flow",
    )


def read_distribution(
    connection: duckdb.DuckDBPyConnection,
    name: Distribution,
    *,
    by: StratumBy = "overall",
    level: str | None = None,
    min_completeness: float = 0,
    include_retracted: bool = False,
) -> list[dict[str, Any]]:
    """Rows of a published distribution, as dictionaries with ROW_COLUMNS, behind `stratum` where it is stratified.

    level: one of LEVELS[name]; the first is the default. Raises ValueError for another.
    min_completeness: 0 to 1; only cases that are at least that complete (analytics.case_completeness) are counted.
    include_retracted: count cases of retracted publications too, which the published distributions leave out.
    """
    level = level or LEVELS[name][0]
    if level not in LEVELS[name]:
        raise ValueError(f"{name} has no level '{level}': choose {' or '.join(LEVELS[name])}")
    columns = ROW_COLUMNS if by == "overall" else ("stratum", *ROW_COLUMNS)
    if min_completeness <= 0 and not include_retracted:
        source, order, values = f"analytics.{TABLES[name]}", "rowid", []
    else:
        source, order = f"{TABLES[name]}_of(?, ?)", "stratum, has_interval(row_kind) DESC, n_cases DESC, code"
        values = [min_completeness, include_retracted]
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {source} WHERE stratum_by = ? AND level = ? ORDER BY {order}",
        [*values, by, level],
    ).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def read_work_up(
    connection: duckdb.DuckDBPyConnection, *, min_completeness: float = 0, include_retracted: bool = False
) -> list[dict[str, Any]]:
    """Rows of analytics.work_up_distribution as dictionaries with ROW_COLUMNS behind `item` (its label)."""
    columns = ("item", *ROW_COLUMNS)
    rows = connection.execute(
        f"SELECT item_label AS item, {', '.join(ROW_COLUMNS)} FROM work_up_distribution_of(?, ?)",
        [min_completeness, include_retracted],
    ).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def count_left_out(
    connection: duckdb.DuckDBPyConnection, *, min_completeness: float = 0, include_retracted: bool = False
) -> tuple[int, int]:
    """Number of cases that distributions above this cut leave out, and of all cases."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM cases_left_out(?, ?)), (SELECT count(*) FROM registry.cases)",
        [min_completeness, include_retracted],
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
