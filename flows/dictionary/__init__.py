"""The data dictionary: what every table, column and field of the registry means, and everything that follows from it.

`data/dictionary/fields.csv` describes each field once; the same name is the same thing in every table. `columns.csv`
says which fields a table has, in their order, and `tables.csv` its keys and which of its columns are never empty. Title
and grain of a table stand on top of its SQL file, and in `tables.csv` only where it has none. Comments, keys,
expectations and docs/data-dictionary.md follow from these.

`python -m flows.dictionary` writes the page and the generated expectations anew. With the path of a registry it first
takes columns.csv over from that database.
"""

from flows.dictionary.database import apply_comments, apply_keys, orphans
from flows.dictionary.reading import (
    Dictionary,
    DictionaryError,
    Field,
    ForeignKey,
    Table,
    foreign_keys,
    identifying_fields,
    label,
    load_dictionary,
)

__all__ = [
    "Dictionary",
    "DictionaryError",
    "Field",
    "ForeignKey",
    "Table",
    "apply_comments",
    "apply_keys",
    "foreign_keys",
    "identifying_fields",
    "label",
    "load_dictionary",
    "orphans",
]
