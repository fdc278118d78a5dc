"""Which documents name calcification at all: the others never reach the language pipeline.

The words are data (data/rules/screening_terms.csv). They make one regular expression that DuckDB runs over a whole
corpus (sql/staging/screened_documents.sql) and that gives the same answer on one text in Python.
"""

from __future__ import annotations

import re
from functools import cache

import duckdb

from flows.database import run_sql
from flows.rules import read_rules

# Names of letters in a pattern would be folded in two ways by the two engines (Python lets i stand for a dotless i), so
# each letter is written out in both cases instead.
_LETTER_OR_ESCAPE = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|[^\W\d_]")


@cache
def screening_pattern() -> str:
    """One regular expression for all screening terms; DuckDB and Python read it alike, and case does not matter."""
    rows = read_rules("screening_terms.csv", ("name", "pattern", "matches", "must_not_match", "source"))
    return "|".join(f"(?:{ignoring_case(row['pattern'])})" for row in rows)


def ignoring_case(pattern: str) -> str:
    """The pattern with each of its letters in both cases, those in brackets too; ranges must name both by themselves."""
    return _LETTER_OR_ESCAPE.sub(lambda match: _both_cases(match.group()), pattern)


def _both_cases(piece: str) -> str:
    if piece.startswith("\\"):
        return piece
    if not piece.startswith("["):
        return (
            f"[{piece.lower()}{piece.upper()}]" if len(piece.upper()) == 1 and piece.upper() != piece.lower() else piece
        )
    inside = piece[1:-1]
    if inside.startswith("^") or "-" in inside:
        return piece.replace("[a-z]", "[a-zA-Z]")
    return "[" + inside + "".join(letter.upper() for letter in inside if len(letter.upper()) == 1) + "]"


@cache
def _compiled() -> re.Pattern[str]:
    return re.compile(screening_pattern())


def is_relevant(text: str) -> bool:
    """Whether a text names calcification, so that it is worth reading."""
    return _compiled().search(text) is not None


def screen_documents(connection: duckdb.DuckDBPyConnection) -> None:
    """Make staging.screened_documents of raw.documents, in one statement."""
    run_sql(connection, "staging/screened_documents", parameters={"pattern": screening_pattern()})
