"""What the dictionary does to a database: comments, keys, and the check of references."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from flows.database import quoted
from flows.dictionary.reading import COLUMN_COLUMNS, foreign_keys, load_dictionary, read_fields


def apply_comments(connection: duckdb.DuckDBPyConnection) -> int:
    """Comment every table, view, column and table macro of a build; returns how many comments there are.

    To be called last: CREATE OR REPLACE drops comments.
    """
    found = {
        (f"{schema}.{table}", column)
        for schema, table, column in connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = current_database() AND NOT internal"
        ).fetchall()
    }
    macros = {row[0] for row in connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table_macro'"
    ).fetchall()}  # fmt: skip
    # A table of the dictionary may be a view in this build and a table in another (staging.records).
    views = {row[0] for row in connection.execute(
        "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE database_name = current_database() AND NOT internal"
    ).fetchall()}  # fmt: skip
    dictionary = load_dictionary()
    tables = {name for name, _ in found}
    statements = []
    for table in dictionary.tables.values():
        if table.kind == "macro":
            if table.name in macros:
                statements.append(f"COMMENT ON MACRO TABLE {table.name} IS {quoted(table.comment)}")
            continue
        if table.full_name in tables:
            kind = "VIEW" if table.full_name in views else "TABLE"
            statements.append(f"COMMENT ON {kind} {table.full_name} IS {quoted(table.comment)}")
        statements += [
            f'COMMENT ON COLUMN {table.full_name}."{column}" IS {quoted(dictionary.fields[column].comment)}'
            for column in table.columns
            if (table.full_name, column) in found
        ]
    connection.begin()
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return len(statements)


def apply_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the primary keys of the tables of `registry` that others refer to; to be called after the bulk load.

    Raises duckdb.ConstraintException where a key is double or empty.
    """
    parents = {key.parent for key in foreign_keys()}
    for table in load_dictionary().tables.values():
        if table.schema == "registry" and table.kind == "table" and table.full_name in parents:
            connection.execute(f"ALTER TABLE {table.full_name} ADD PRIMARY KEY ({', '.join(table.primary_key)})")


def orphans(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, int]]:
    """References that lead nowhere: (table, columns, parent, rows), one per foreign key that has such rows.

    Views of `analytics` are passed over: they select from the tables that are looked at.
    """
    broken = []
    for key in foreign_keys():
        if key.table.startswith("analytics."):
            continue
        pairs = list(zip(key.columns, key.parent_columns, strict=True))
        row = connection.execute(
            f"SELECT count(*) FROM {key.table} AS child ANTI JOIN {key.parent} AS parent ON "
            + " AND ".join(f"parent.{theirs} = child.{ours}" for ours, theirs in pairs)
            + " WHERE "
            + " AND ".join(f"child.{ours} IS NOT NULL" for ours, _ in pairs)
        ).fetchone()
        if row and row[0]:
            broken.append((key.table, ", ".join(key.columns), key.parent, int(row[0])))
    return broken


def described_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """Columns of a database, and of the macros of the dictionary: (schema, table, column, type)."""
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal ORDER BY schema_name, table_name, column_index"
    ).fetchall()
    for table in load_dictionary().tables.values():
        if table.kind == "macro":
            found = connection.execute(f"DESCRIBE FROM {table.example}").fetchall()
            rows += [(table.schema, table.name, row[0], row[1]) for row in found]
    return [(str(schema), str(name), str(column), str(kind)) for schema, name, column, kind in rows]


def take_columns(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write columns.csv anew from a database; descriptions, keys and types of fields stay as they are."""
    fields, found = read_fields(folder / "fields.csv"), described_columns(connection)
    positions: dict[str, int] = {}
    with (folder / "columns.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMN_COLUMNS)
        for schema, table, column, kind in found:
            position = positions[f"{schema}.{table}"] = positions.get(f"{schema}.{table}", 0) + 1
            own = "" if column in fields and fields[column].type == kind else kind
            writer.writerow((schema, table, position, column, own))
    load_dictionary.cache_clear()
