"""The words around a lesion site in prose, and what each of them is for: data/rules/site_cues.csv."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flows.coding.site_grammar import grammar
from flows.extract.reading import split_words
from flows.resources import resource

_COLUMNS = ["kind", "name", "cues", "matches", "must_not_match", "source"]
_PHRASES = frozenset(
    {
        "determiner",
        "of",
        "join",
        "preposition",
        "boundary",
        "shows",
        "carrier",
        "pronoun",
        "investigation",
        "other_finding",
        "other_disease",
        "equals",
        "procedure",
        "skin_change",
        "lesion_noun",
        "lesion_change",
        "function_word",
        "necrotic_form",
        "not_a_site",
        "digit_name",
        "name_part",
        "this_report",
        "usual",
        "spared",
        "denied",
        "struck",
        "surface_noun",
        "past_history",
        "kept_words",
        "label",
    }
)
_LISTS = frozenset({"excluded_code", "adjective_ending", "imaging_field"})
# Kinds of data/vocabulary/site_modifiers.csv that belong to the name of a site.
_MODIFIERS = frozenset({"surface", "position", "part", "tissue", "ordinal", "prefix", "side"})


class SiteCueError(ValueError):
    """data/rules/site_cues.csv breaks its contract; the message says where."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One row: the phrases of `cues`, a sentence that holds one of them, and one that holds none."""

    kind: str
    name: str
    phrases: tuple[str, ...]
    matches: str
    must_not_match: str


@dataclass(frozen=True, slots=True)
class CueTable:
    """Phrases in normal form by their first word, the longest first, each with its kinds; and the lists of codes.

    imaging_fields: code of a part that is imaged, and the codes of what else its picture shows.
    """

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], tuple[str, ...]]]]
    lists: Mapping[str, frozenset[str]]
    imaging_fields: Mapping[str, frozenset[str]]

    def scan(self, words: Sequence[str]) -> tuple[list[str], frozenset[str]]:
        """The kind of every word, that of the longest phrase that it belongs to ("" where there is none); and all kinds
        of which a phrase stands anywhere in the words."""
        kinds = [""] * len(words)
        present: set[str] = set()
        free = 0
        for position, word in enumerate(words):
            for phrase, named in self.by_first.get(word, ()):
                size = len(phrase)
                if size == 1 or tuple(words[position : position + size]) == phrase:
                    present.update(named)
                    if position >= free:
                        free = position + size
                        kinds[position:free] = [named[0]] * size
        return kinds, frozenset(present)

    def holds(self, words: Sequence[str], kind: str) -> bool:
        """Whether a phrase of this kind stands anywhere in the words."""
        return kind in self.scan(words)[1]


@cache
def site_cues() -> tuple[Cue, ...]:
    """The rows of the file. Raises SiteCueError for other columns or an unknown kind."""
    path = resource("data", "rules", "site_cues.csv")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if reader.fieldnames != _COLUMNS:
            raise SiteCueError(f"{path.name} must have the columns {', '.join(_COLUMNS)}")
        cues = []
        for row in reader:
            if row["kind"] not in _PHRASES | _LISTS:
                raise SiteCueError(f"{path.name}, line {reader.line_num}: the kind {row['kind']!r} is unknown")
            phrases = tuple(row["cues"].split("|"))
            cues.append(Cue(row["kind"], row["name"], phrases, row["matches"], row["must_not_match"]))
    return tuple(cues)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a phrase as a `Reading` has them."""
    return tuple(token.norm_ for token in split_words(text).doc)


@cache
def cue_table() -> CueTable:
    """The cues, in the order of the file, and behind them the words of data/vocabulary/site_modifiers.csv."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    lists: dict[str, set[str]] = {}
    fields: dict[str, frozenset[str]] = {}
    for cue in site_cues():
        if cue.kind == "imaging_field":
            fields[cue.name] = frozenset(cue.phrases)
        elif cue.kind in _LISTS:
            lists.setdefault(cue.kind, set()).update(cue.phrases)
        else:
            for phrase in cue.phrases:
                kinds.setdefault(words_of(phrase), []).append(cue.kind)
    for key, (kind, _) in grammar().phrases.items():
        if kind in _MODIFIERS:
            kinds.setdefault(key, []).append(kind)
    for prefix in grammar().prefixes:
        kinds.setdefault((prefix,), []).append("prefix")
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for words, found in sorted(kinds.items(), key=lambda item: -len(item[0])):
        by_first.setdefault(words[0], []).append((words, tuple(found)))
    return CueTable(by_first, {name: frozenset(codes) for name, codes in lists.items()}, fields)


def holds_word_of(text: str, cue: Cue) -> bool:
    """Whether a sentence holds one of a cue's phrases."""
    words = words_of(text)
    for phrase in map(words_of, cue.phrases):
        if any(words[n : n + len(phrase)] == phrase for n in range(len(words) - len(phrase) + 1)):
            return True
    return False
