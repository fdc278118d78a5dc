"""Controlled vocabularies (data/vocabulary/<name>.csv): codes, what authors write for them, and how they nest.

Words are compared in their normalised form, so that case, accents, hyphens, plural and British or American spelling do
not matter. How words are folded is data: data/vocabulary/spelling.csv.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from flows.resources import resource

REQUIRED_COLUMNS = ("code", "label", "parent", "level", "synonyms", "source", "note")

_ICD = r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"
ID_SHAPES: Mapping[str, str] = {
    "mondo_id": r"MONDO:\d{7}",
    "hpo_id": r"HP:\d{7}",
    "uberon_id": r"UBERON:\d{7}",
    "chebi_id": r"CHEBI:\d+",
    "ncit_id": r"NCIT:C\d+",
    "icd10": rf"{_ICD}(-{_ICD})?",
    "icd10cm": rf"{_ICD}(-{_ICD})?",
    "icd11": r"[0-9A-Z]{4}(\.[0-9A-Z]{1,3})?",
    "loinc": r"\d{1,5}-\d",
    "atc": r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?",
    "mesh": r"[CD]\d+",
    "omim": r"\d{6}",
    "orphanet": r"\d+",
    "radlex": r"RID\d+",
    "rxnorm": r"\d+",
    "umls": r"C\d{7}",
}
"""Columns of ontology ids a vocabulary may have, with the shape of one id; `|` separates several ids in a cell."""

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})
_POSSESSIVE = re.compile("['`\u00b4\u2018\u2019\u02bc]s\\b")
_APOSTROPHE = re.compile("['`\u00b4\u2018\u2019\u02bc]")
_NOT_A_WORD = re.compile(r"[\W_]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class VocabularyError(ValueError):
    """A vocabulary file breaks its contract; the message names file and line and says what to do."""


@dataclass(frozen=True, slots=True)
class Term:
    """One row of a vocabulary.

    ids holds the filled ontology columns (`{"uberon_id": "UBERON:0001461"}`); parent is None at the top.
    """

    code: str
    label: str
    parent: str | None
    level: str
    synonyms: tuple[str, ...]
    ids: Mapping[str, str]
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of one file by code, and the normalised words (`keys`) that stand for each of them."""

    name: str
    terms: Mapping[str, Term]
    keys: Mapping[str, str]
    _closed: Mapping[str, str] = field(repr=False)

    def lookup(self, text: str) -> str | None:
        """Code that these words stand for as a whole, or None; "pre-auricular" is the same word as "preauricular"."""
        key = normalise(text)
        return self.keys.get(key) or self._closed.get(key.replace(" ", ""))

    def suggest(self, text: str, n: int = 1) -> list[tuple[str, float]]:
        """The n codes whose words look most like these, best first, each with its likeness from 0 to 1."""
        found: dict[str, float] = {}
        hits = process.extract(normalise(text), self.keys.keys(), scorer=fuzz.token_sort_ratio, limit=8 * n)
        for key, score, _ in hits:
            found.setdefault(self.keys[key], round(score / 100, 4))
        return list(found.items())[:n]

    def ancestors(self, code: str) -> list[str]:
        """Codes above this one, nearest first. Raises KeyError for a code that is not in the vocabulary."""
        above: list[str] = []
        parent = self.terms[code].parent
        while parent is not None:
            above.append(parent)
            parent = self.terms[parent].parent
        return above

    def is_within(self, code: str, other: str) -> bool:
        """Whether `code` is `other` or lies below it."""
        return code == other or other in self.ancestors(code)


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Words in the form in which they are compared: "Both Œdemas" and "both edema" are one.

    Case, accents, punctuation, plural and spelling (data/vocabulary/spelling.csv) are folded. Text without any letter
    or digit ("-", "+", "?") keeps its signs, so that such a sign can be a synonym. Empty text gives "".
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
        folded = "".join(letter for letter in folded if not unicodedata.combining(letter)).translate(_LETTERS)
    words = _NOT_A_WORD.sub(" ", _APOSTROPHE.sub("", _POSSESSIVE.sub("", folded.replace("&", " and "))))
    if not words.strip():
        return _DASHES.sub("-", "".join(folded.split()))
    return " ".join(map(normalise_word, words.split()))


@lru_cache(maxsize=65_536)
def normalise_word(word: str) -> str:
    """One lower-case word without accents, with plural and British spelling folded ("axillae" -> "axilla")."""
    plurals, spellings = _folding()
    if plurals.any.search(word):
        for pattern, replacement in plurals.rules:
            folded, n = pattern.subn(replacement, word)
            if n:
                word = folded
                break
    if spellings.any.search(word):
        for pattern, replacement in spellings.rules:
            word = pattern.sub(replacement, word)
    return word


@lru_cache(maxsize=65_536)
def is_plural(word: str) -> bool:
    """Whether one word is a plural that `normalise` folds: "feet" and "axillae" are, "humerus" and "biceps" are not."""
    folded = word.casefold()
    for pattern, replacement in _folding()[0].rules:
        singular, n = pattern.subn(replacement, folded)
        if n:
            return singular != folded
    return False


@cache
def load_vocabulary(name: str) -> Vocabulary:
    """Read data/vocabulary/<name>.csv once per process. Raises VocabularyError, and FileNotFoundError when missing."""
    return read_vocabulary(resource("data", "vocabulary", f"{name}.csv"), refused_ids())


def read_vocabulary(path: Path, refused: Mapping[str, str] | None = None) -> Vocabulary:
    """Read a vocabulary file and hold it to its contract (docs/architecture.md).

    refused: ontology id -> why it must not be used. Raises VocabularyError naming file, line and what to do.
    """
    terms: dict[str, Term] = {}
    lines: dict[str, int] = {}
    keys: dict[str, str] = {}
    for line, row in _rows(path):
        term = _term(path, line, row, refused or {})
        if term.code in terms:
            raise _error(
                path, line, f"code '{term.code}' already stands on line {lines[term.code]}", "remove one of them"
            )
        terms[term.code], lines[term.code] = term, line
        for words in (term.code, term.label, *term.synonyms):
            key = normalise(words)
            other = keys.setdefault(key, term.code)
            if other != term.code:
                raise _error(
                    path,
                    line,
                    f"'{words}' stands for '{term.code}' and, on line {lines[other]}, for '{other}' (read as '{key}')",
                    "keep it with one of them",
                )
    for term in terms.values():
        if term.parent is not None and term.parent not in terms:
            raise _error(path, lines[term.code], f"unknown parent '{term.parent}'", "add it as a code or correct it")
    _refuse_cycles(path, terms, lines)
    return Vocabulary(path.stem, terms, keys, closed_keys(keys))


def refused_ids() -> dict[str, str]:
    """Ontology ids that no vocabulary may use, with the reason: look-alikes and obsolete terms."""
    refused = {
        row["ontology_id"]: f"{row['label']}: {row['why']}"
        for _, row in _table(resource("data", "vocabulary", "refused_terms.csv"))
    }
    for _, row in _table(resource("data", "vocabulary", "ontology_terms.csv")):
        if row["status"] != "current":
            refused.setdefault(row["ontology_id"], f"{row['label']}: {row['status']} in {row['release']}")
    return refused


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        columns = list(reader.fieldnames or [])
        unknown = [column for column in columns if column not in REQUIRED_COLUMNS and column not in ID_SHAPES]
        if unknown:
            allowed = ", ".join((*REQUIRED_COLUMNS, *ID_SHAPES))
            raise _error(path, 1, f"unknown column {', '.join(map(repr, unknown))}", f"use only {allowed}")
        missing = [column for column in REQUIRED_COLUMNS if column not in columns]
        if missing:
            raise _error(path, 1, f"column {', '.join(missing)} is missing", "add it, empty if need be")
        if len(set(columns)) < len(columns):
            raise _error(path, 1, "a column stands twice", "remove one of them")
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise _error(path, reader.line_num, f"not {len(columns)} cells", "quote cells with commas")
                yield reader.line_num, {column: cell.strip() for column, cell in row.items()}
        except csv.Error as error:
            raise _error(path, reader.line_num, str(error), "mend the quotes of this row") from error


def _term(path: Path, line: int, row: Mapping[str, str], refused: Mapping[str, str]) -> Term:
    if not _CODE.fullmatch(row["code"]):
        raise _error(path, line, f"'{row['code']}' is no code", "write lower-case snake_case, such as 'left_hand'")
    if not row["label"]:
        raise _error(path, line, f"'{row['code']}' has no label", "give it one")
    ids = {column: row[column] for column in ID_SHAPES if row.get(column)}
    for column, cell in ids.items():
        for ontology_id in cell.split("|"):
            if not re.fullmatch(ID_SHAPES[column], ontology_id):
                raise _error(path, line, f"'{ontology_id}' is no {column}", "correct it or leave it empty")
            if ontology_id in refused:
                raise _error(
                    path, line, f"{ontology_id} must not be used ({refused[ontology_id]})", "take the right term"
                )
    synonyms = tuple(words.strip() for words in row["synonyms"].split("|") if words.strip())
    return Term(
        row["code"], row["label"], row["parent"] or None, row["level"], synonyms, ids, row["source"], row["note"]
    )


def _refuse_cycles(path: Path, terms: Mapping[str, Term], lines: Mapping[str, int]) -> None:
    for code in terms:
        seen = [code]
        while (parent := terms[seen[-1]].parent) is not None:
            if parent in seen:
                chain = " < ".join([*seen, parent])
                raise _error(path, lines[code], f"'{code}' is its own ancestor ({chain})", "correct one parent")
            seen.append(parent)


def closed_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """Words without their spaces -> code; a form that words of two codes share says nothing and is left out."""
    closed: dict[str, str] = {}
    doubtful: set[str] = set()
    for key, code in keys.items():
        form = key.replace(" ", "")
        if closed.setdefault(form, code) != code:
            doubtful.add(form)
    return {form: code for form, code in closed.items() if form not in doubtful}


def _table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            yield reader.line_num, row


class _Rules(NamedTuple):
    """Patterns with their replacements, in order; `any` finds what one of them finds, since most words meet none."""

    rules: tuple[tuple[re.Pattern[str], str], ...]
    any: re.Pattern[str]


@cache
def _folding() -> tuple[_Rules, _Rules]:
    path = resource("data", "vocabulary", "spelling.csv")
    rules: dict[str, list[tuple[re.Pattern[str], str]]] = {"plural": [], "spelling": []}
    for line, row in _table(path):
        if row["kind"] not in rules:
            raise _error(path, line, f"kind '{row['kind']}' is unknown", "write 'plural' or 'spelling'")
        try:
            rules[row["kind"]].append((re.compile(row["pattern"]), row["replacement"]))
        except re.error as error:
            raise _error(path, line, f"'{row['pattern']}' is no pattern ({error})", "correct it") from error
    return _rules_of(rules["plural"]), _rules_of(rules["spelling"])


def _rules_of(rules: list[tuple[re.Pattern[str], str]]) -> _Rules:
    # A number that refers back within a pattern would refer to another group behind others.
    are_apart = all(not re.search(r"\\[1-9]|\(\?P", pattern.pattern) for pattern, _ in rules)
    alternatives = "|".join(f"(?:{pattern.pattern})" for pattern, _ in rules)
    return _Rules(tuple(rules), re.compile(alternatives if are_apart else ""))


def _error(path: Path, line: int, problem: str, advice: str) -> VocabularyError:
    return VocabularyError(f"{path.parent.name}/{path.name}, line {line}: {problem}; {advice}")
