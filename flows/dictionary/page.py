"""docs/data-dictionary.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flows.dictionary.reading import Dictionary, Field, Table, load_dictionary, vocabulary_path

SCHEMA_ORDER = ("analytics", "macros", "registry", "quality", "history", "ops", "raw", "staging")


def dictionary_page() -> str:
    """Text of docs/data-dictionary.md."""
    dictionary = load_dictionary()
    lines = [
        "# Data dictionary",
        "",
        "What can be queried, table by table. `python -m flows.dictionary` writes this page from `data/dictionary`",
        "and the heads of the SQL files; edit those. The same column name is the same thing, in the same unit,",
        "wherever it stands.",
        "",
        "Units are UCUM codes: `a` is a year, `By` a byte, `s` a second, `1` a count, a place or a fraction. "
        "⚠ marks what can identify a person.",
        "",
    ]
    for schema in SCHEMA_ORDER:
        for table in dictionary.tables.values():
            if table.schema == schema:
                lines.append(f"- [`{table.full_name}`](#{table.schema}{table.name}): {table.title}")
    for schema in SCHEMA_ORDER:
        for table in dictionary.tables.values():
            if table.schema == schema:
                lines += ["", *_table_lines(table, dictionary)]
    return "\n".join(lines) + "\n"


def _table_lines(table: Table, dictionary: Dictionary) -> Iterator[str]:
    yield f"## {table.full_name}"
    yield ""
    yield f"{table.title}. {table.kind.capitalize()}: {table.grain}."
    for note in table.notes:
        yield ""
        yield f"{note[0].upper()}{note[1:].rstrip('.')}."
    facts = [f"`FROM {table.example}`"] if table.example else []
    facts += [f"primary key {_code_list(table.primary_key)}"] if table.primary_key else []
    facts += [
        f"{_code_list(key.columns)} refers to `{key.parent}` ({_code_list(key.parent_columns)})"
        for key in table.references
    ]
    if facts:
        yield ""
        yield f"{'; '.join(facts)}."
    yield ""
    yield "| column | type | unit | values | meaning |"
    yield "|---|---|---|---|---|"
    for column, kind in table.columns.items():
        field = dictionary.fields[column]
        mark = " ⚠" if field.is_identifying else ""
        required = " Never empty." if column in table.not_null else ""
        cells = (f"`{column}`{mark}", kind, field.unit or "", _values(field), f"{field.description}.{required}")
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _values(field: Field) -> str:
    values = [_code_list(field.allowed)] if field.allowed else []
    if field.vocabulary:
        path = vocabulary_path(field.vocabulary)
        link = f"[{field.vocabulary}](../data/{path.parent.name}/{path.name})"
        values.insert(0, link if field.is_coded else f"coded with {link}")
    return ", ".join(values)


def _code_list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
