"""All intake records of a build in one place, whether a sheet gave them or a narrative."""

from __future__ import annotations

import duckdb

from flows.database import run_sql
from flows.extract.stage import extract_records

_OF_DOCUMENTS = "NULL::BIGINT AS document_no, NULL::VARCHAR AS document_tier, NULL::VARCHAR AS document_scope"
_ROWS = f"SELECT rowid AS record_no, {_OF_DOCUMENTS}, *"
_EXTRACTED = "UNION ALL BY NAME SELECT * FROM staging.extracted_records"
_DECIDED = "UNION ALL BY NAME SELECT * FROM staging.decision_rows"


def gather_records(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Read the narratives of a build, and put the records of sheets and narratives together in staging.records.

    Returns what `extract_records` gives.
    """
    counts = extract_records(connection)
    build_records_view(connection)
    return counts


def build_records_view(connection: duckdb.DuckDBPyConnection) -> None:
    """Make staging.records: raw.records with the value replacements and corrections of the mappings applied, and the
    records that were extracted from narratives, and what curators decided.

    It is a view where no mapping says anything, so that a large source is not written twice.
    """
    run_sql(connection, "staging/decision_rows")
    extracted = _EXTRACTED if _holds_rows(connection, "staging.extracted_records") else ""
    if _holds_rows(connection, "staging.decision_rows"):
        extracted = f"{extracted} {_DECIDED}"
    replaced = [
        name for (name,) in connection.execute("SELECT DISTINCT field FROM staging.replacements ORDER BY 1").fetchall()
    ]
    corrected = [
        name for (name,) in connection.execute("SELECT DISTINCT field FROM staging.corrections ORDER BY 1").fetchall()
    ]
    if not replaced and not corrected:
        connection.execute(f"CREATE OR REPLACE VIEW staging.records AS {_ROWS} FROM raw.records {extracted}")
        return
    columns, joins = [], []
    for name in sorted({*replaced, *corrected}):
        expression = f"records.{name}"
        if name in replaced:
            joins.append(
                f"LEFT JOIN staging.replacements AS new_{name} ON new_{name}.source_key = records.source_key "
                f"AND new_{name}.field = '{name}' AND new_{name}.value = lower(trim(records.{name}))"
            )
            expression = f"CASE WHEN new_{name}.value IS NOT NULL THEN new_{name}.becomes ELSE {expression} END"
        if name in corrected:
            matches = " AND ".join(
                f"(corrections.{column} IS NULL OR corrections.{column} = wrong.{column})"
                for column in ("record_id", "doi", "pmid", "pmcid", "url", "patient_index")
            )
            # Of several corrections of one value the first of the file holds: two would make two records of one.
            joins.append(
                "LEFT JOIN (SELECT wrong.rowid AS record_no, "
                "arg_min({'becomes': corrections.becomes}, corrections.rowid) AS correction "
                "FROM raw.records AS wrong INNER JOIN staging.corrections AS corrections "
                f"ON corrections.source_key = wrong.source_key AND corrections.field = '{name}' "
                f"AND corrections.expect IS NOT DISTINCT FROM wrong.{name} AND {matches} "
                f"GROUP BY wrong.rowid) AS right_{name} ON right_{name}.record_no = records.rowid"
            )
            expression = f"CASE WHEN right_{name}.record_no IS NOT NULL THEN right_{name}.correction.becomes ELSE {expression} END"
        columns.append(f"{expression} AS {name}")
    connection.execute(
        f"CREATE OR REPLACE TABLE staging.records AS SELECT records.rowid AS record_no, {_OF_DOCUMENTS}, "
        f"records.* REPLACE ({', '.join(columns)}) FROM raw.records AS records {' '.join(joins)} {extracted}"
    )


def _holds_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None
