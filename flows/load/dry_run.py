"""A dry run: what would become of files, without a registry being touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from flows.coding.stage import code_records
from flows.database import open_build
from flows.home import Home
from flows.load.cases import judge_and_merge
from flows.load.raw import SourceOverrides, load_raw, plan_files
from flows.load.records import gather_records


def check_sources(folder: Path, sources: Sequence[str], overrides: SourceOverrides) -> dict[str, Any]:
    """Run the stages up to the cases in an empty folder, and report.

    Returns unreadable files (file, reason, detail, advice); headings per sheet (recognised: heading to field; unknown);
    unmapped terms; flagged findings; quarantined records with their reasons; numbers of records.
    Raises SourceNotFoundError when an argument names no file.
    """
    home, run_id = Home(folder), "check"
    home.create()
    plan = plan_files(home, sources, overrides, full=True)
    load_raw(home, run_id, plan, overrides)
    with open_build(home.build_database(run_id)) as connection:
        gather_records(connection)
        code_records(connection)
        judge_and_merge(connection)
        n_records, n_duplicate, n_accepted = connection.execute(
            "SELECT (SELECT count(*) FROM raw.records), (SELECT count(*) FROM staging.record_duplicates), "
            "(SELECT count(*) FROM staging.record_cases)"
        ).fetchall()[0]
        return {
            "unreadable": [
                {"file": file.path, "reason": file.reason, "detail": file.detail, "advice": file.advice}
                for file in plan.failures
            ],
            "headings": _headings(connection),
            "unmapped": _rows(connection, "SELECT * FROM quality.unmapped_terms"),
            "flagged": _rows(
                connection,
                "SELECT * FROM quality.findings WHERE action = 'flag' ORDER BY source_key, file_name, sheet, line_number, rule",
            ),
            "quarantined": _rows(connection, "SELECT * EXCLUDE (payload) FROM quality.quarantine"),
            "n_records": n_records,
            "n_duplicate": n_duplicate,
            "n_accepted": n_accepted,
        }


def _headings(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    sheets: dict[tuple[str, str | None], dict[str, Any]] = {}
    rows = connection.execute(
        "SELECT files.file_name, columns.sheet, columns.heading, columns.intake_field FROM raw.source_columns AS columns "
        "INNER JOIN raw.source_files AS files "
        "ON files.source_key = columns.source_key AND files.file_sha256 = columns.file_sha256 "
        "ORDER BY files.file_name, columns.sheet, columns.column_position"
    ).fetchall()
    for file, sheet, heading, field in rows:
        entry = sheets.setdefault((file, sheet), {"file": file, "sheet": sheet, "recognised": {}, "unknown": []})
        if field is None:
            entry["unknown"].append(heading)
        else:
            entry["recognised"][heading] = field
    return list(sheets.values())


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    columns = [column for column, *_ in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
