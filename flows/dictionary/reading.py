"""Fields and tables as data/dictionary describes them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, cast

from flows.database import header
from flows.resources import resource

Kind = Literal["table", "view", "macro"]

FIELD_COLUMNS = (
    "field", "label", "intake", "type", "unit", "vocabulary", "allowed", "multi_valued", "identifying", "description",
    "source",
)  # fmt: skip
TABLE_COLUMNS = (
    "schema", "table", "kind", "title", "grain", "primary_key", "references", "not_null", "min_rows", "example",
)  # fmt: skip
COLUMN_COLUMNS = ("schema", "table", "position", "column", "type")

# Only here may a column have another type than its field: values that are not typed yet, or not for good.
WORKING_SCHEMAS = ("raw", "staging")

_REFERENCE = re.compile(r"([\w, ]+?) *-> *(\w+\.\w+)\(([\w, ]+)\)")


class DictionaryError(ValueError):
    """The dictionary contradicts itself; the message names file and line and says what to do."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as every table has it.

    type: as DuckDB names it.   unit: UCUM code; None where there is none.
    vocabulary: whose codes a coded column holds; the words of an intake field are coded with it.
    allowed: values that may stand there beside the codes of the vocabulary; empty where there are no others, or, without a
    vocabulary, where anything may stand.
    identifying: whether it can identify a person.
    """

    name: str
    label: str
    is_intake: bool
    type: str
    unit: str | None
    vocabulary: str | None
    allowed: tuple[str, ...]
    is_multi_valued: bool
    is_identifying: bool
    description: str
    source: str

    @property
    def is_coded(self) -> bool:
        """Whether its columns hold codes of its vocabulary, and not the words of a source."""
        return self.vocabulary is not None and not self.is_intake

    @property
    def comment(self) -> str:
        """What stands at its columns in the database."""
        parts = [self.description + "."]
        if self.unit and self.unit != "1":
            parts.append(f"Unit: {self.unit}.")
        if self.vocabulary:
            parts.append(f"{'Codes of' if self.is_coded else 'Coded with'} the vocabulary {self.vocabulary}.")
        if self.allowed:
            parts.append(f"{'Also' if self.vocabulary else 'Values'}: {', '.join(self.allowed)}.")
        if self.is_identifying:
            parts.append("Can identify a person.")
        return " ".join(parts)


class ForeignKey(NamedTuple):
    """Columns of a table that name a row of its parent; a row with an empty one names none."""

    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, view or table macro.

    columns: each with its type here.   not_null: columns that are never empty.
    min_rows: None where no part of its suite is generated.   example: how a macro is called, to learn its columns.
    title, grain, notes: as on top of its SQL file; notes say what is counted and what to know.
    """

    schema: str
    name: str
    kind: Kind
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    references: tuple[ForeignKey, ...]
    not_null: tuple[str, ...]
    min_rows: int | None
    example: str | None
    title: str
    grain: str
    notes: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def comment(self) -> str:
        """What stands at it in the database."""
        return f"{self.title}: {self.grain}"


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All fields by name, and all tables by `schema.table`, both in the order of their files."""

    fields: Mapping[str, Field]
    tables: Mapping[str, Table]


@cache
def load_dictionary() -> Dictionary:
    """Read data/dictionary. Raises DictionaryError where it contradicts itself."""
    return read_dictionary(resource("data", "dictionary"))


def read_dictionary(folder: Path) -> Dictionary:
    """Read a dictionary from a folder, as `load_dictionary`."""
    fields = read_fields(folder / "fields.csv")
    columns = _read_columns(folder / "columns.csv", fields)
    tables = _read_tables(folder / "tables.csv", columns)
    used = {column for table in tables.values() for column in table.columns}
    for n, name in enumerate(fields, start=2):
        if name not in used:
            raise DictionaryError(
                f"{folder / 'fields.csv'}, line {n}: no table has '{name}'; take it out, or add a column"
            )
    for table in tables.values():
        for key in table.references:
            parent = tables.get(key.parent)
            if parent is None or parent.primary_key != key.parent_columns:
                raise DictionaryError(
                    f"{folder / 'tables.csv'} ({table.full_name}): {key.parent}({', '.join(key.parent_columns)}) is "
                    "not the primary key of a table; correct the reference or the key"
                )
    return Dictionary(fields, tables)


def label(field: str) -> str:
    """Name of a field for readers. Raises KeyError for a name that the dictionary does not have."""
    return load_dictionary().fields[field].label


def identifying_fields() -> tuple[str, ...]:
    """Fields that can identify a person."""
    return tuple(field.name for field in load_dictionary().fields.values() if field.is_identifying)


def foreign_keys() -> list[ForeignKey]:
    """References between the tables, in the order of the dictionary."""
    return [key for table in load_dictionary().tables.values() for key in table.references]


def vocabulary_path(name: str) -> Path:
    """File of a vocabulary. Age groups stand among the rules, since they have bounds. Raises FileNotFoundError."""
    try:
        return resource("data", "vocabulary", f"{name}.csv")
    except FileNotFoundError:
        return resource("data", "rules", f"{name}s.csv")


def _read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give each row with its place; refuse other columns than these."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            raise DictionaryError(f"{path}, line 1: the columns must be {','.join(columns)}")
        for row in reader:
            place = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                raise DictionaryError(f"{place}: more or fewer cells than columns; put texts with commas in quotes")
            yield place, row


def read_fields(path: Path) -> dict[str, Field]:
    """Read fields.csv: the fields by name, in the order of the file. Raises DictionaryError."""
    fields: dict[str, Field] = {}
    for place, row in _read_rows(path, FIELD_COLUMNS):
        name = row["field"]
        if name in fields:
            raise DictionaryError(f"{place}: '{name}' is described twice; keep one row")
        for column in ("field", "label", "type", "description", "source"):
            if not row[column]:
                raise DictionaryError(f"{place}: '{name}' has no {column}; fill it in")
        for column in ("intake", "multi_valued", "identifying"):
            if row[column] not in ("yes", "no"):
                raise DictionaryError(f"{place}: {column} of '{name}' is '{row[column]}'; write yes or no")
        if row["vocabulary"]:
            try:
                vocabulary_path(row["vocabulary"])
            except FileNotFoundError:
                raise DictionaryError(
                    f"{place}: there is no vocabulary '{row['vocabulary']}'; name a file of data/vocabulary"
                ) from None
        fields[name] = Field(
            name=name,
            label=row["label"],
            is_intake=row["intake"] == "yes",
            type=row["type"],
            unit=row["unit"] or None,
            vocabulary=row["vocabulary"] or None,
            allowed=tuple(row["allowed"].split("|")) if row["allowed"] else (),
            is_multi_valued=row["multi_valued"] == "yes",
            is_identifying=row["identifying"] == "yes",
            description=row["description"],
            source=row["source"],
        )
    return fields


def _read_columns(path: Path, fields: Mapping[str, Field]) -> dict[str, dict[str, str]]:
    """Give the columns of each table with their types."""
    columns: dict[str, dict[str, str]] = {}
    for place, row in _read_rows(path, COLUMN_COLUMNS):
        table, column = f"{row['schema']}.{row['table']}", row["column"]
        known = columns.setdefault(table, {})
        if column not in fields:
            raise DictionaryError(f"{place}: no field '{column}'; describe it in fields.csv")
        if column in known:
            raise DictionaryError(f"{place}: {table} has '{column}' twice; keep one row")
        if row["position"] != str(len(known) + 1):
            raise DictionaryError(
                f"{place}: position {row['position']} of {table} comes after {len(known)}; number them in order"
            )
        if row["type"] == fields[column].type:
            raise DictionaryError(f"{place}: {row['type']} is the type of the field; leave the cell empty")
        if row["type"] and row["schema"] not in WORKING_SCHEMAS:
            raise DictionaryError(
                f"{place}: {table}.{column} is {row['type']} and the field {fields[column].type}; outside "
                f"{' and '.join(WORKING_SCHEMAS)} a name has one type: correct the query or use another name"
            )
        known[column] = row["type"] or fields[column].type
    return columns


def _read_tables(path: Path, columns: dict[str, dict[str, str]]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    left = dict(columns)
    for place, row in _read_rows(path, TABLE_COLUMNS):
        name = f"{row['schema']}.{row['table']}"
        if name in tables:
            raise DictionaryError(f"{place}: {name} is listed twice; keep one row")
        if name not in left:
            raise DictionaryError(f"{place}: {name} has no columns; list them in columns.csv")
        if row["kind"] not in ("table", "view", "macro") or (row["kind"] == "macro") != bool(row["example"]):
            raise DictionaryError(
                f"{place}: kind '{row['kind']}' of {name}; write table, view, or macro with an example"
            )
        own = left.pop(name)
        title, grain, notes = _head(row, place)
        table = Table(
            schema=row["schema"],
            name=row["table"],
            kind=cast(Kind, row["kind"]),
            columns=own,
            primary_key=_names(row["primary_key"]),
            references=_references(row["references"], name, place),
            not_null=_names(row["not_null"]),
            min_rows=int(row["min_rows"]) if row["min_rows"] else None,
            example=row["example"] or None,
            title=title,
            grain=grain,
            notes=notes,
        )
        for column in (*table.primary_key, *table.not_null, *(one for key in table.references for one in key.columns)):
            if column not in own:
                raise DictionaryError(
                    f"{place}: {name} has no column '{column}'; correct the name, or add it to columns.csv"
                )
        if row["min_rows"] and not table.not_null:
            raise DictionaryError(f"{place}: the suite of {name} needs a column that is never empty; fill not_null in")
        tables[name] = table
    if left:
        raise DictionaryError(f"{path}: {', '.join(sorted(left))}: in columns.csv and not here; add a row")
    return tables


def _head(row: Mapping[str, str], place: str) -> tuple[str, str, tuple[str, ...]]:
    """Give title, grain and notes of a table, from its SQL file or, where it has none, from its row."""
    name = f"{row['schema']}/{row['table']}"
    try:
        title, grain, *notes = (header(name, key) for key in ("Title", "Grain", "Counts", "Note"))
    except FileNotFoundError:
        if not row["title"] or not row["grain"]:
            raise DictionaryError(f"{place}: there is no sql/{name}.sql; add title and grain to this row") from None
        return row["title"], row["grain"], ()
    if row["title"] or row["grain"]:
        raise DictionaryError(f"{place}: sql/{name}.sql says what the table is; leave title and grain empty here")
    if not title or not grain:
        raise DictionaryError(f"{place}: sql/{name}.sql has no Title or no Grain; add them on top of it")
    return title, grain, tuple(note for note in notes if note)


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in cell.replace(";", ",").split(",") if name.strip())


def _references(cell: str, table: str, place: str) -> tuple[ForeignKey, ...]:
    keys = []
    for text in filter(None, (part.strip() for part in cell.split(";"))):
        match = _REFERENCE.fullmatch(text)
        if match is None or len(_names(match[1])) != len(_names(match[3])):
            raise DictionaryError(f"{place}: '{text}' is not a reference; write 'column -> schema.table(column)'")
        keys.append(ForeignKey(table, _names(match[1]), match[2], _names(match[3])))
    return tuple(keys)
