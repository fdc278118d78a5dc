"""The words that qualify a mention (data/rules/context_cues.csv), and how they are written down.

A cue is a phrase in a small notation: `|` separates cues of one row; `[a|b c]` stands for one of several phrases,
`(a|b c)` for one of them or none. "no (clear) [sign|evidence] of" is four phrases. Words are
compared folded (`flows.coding.vocabulary.normalise`); `=patients` stands for the plural alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

from spacy.attrs import LOWER, NORM  # type: ignore[import-not-found]

from flows.extract.model import Qualifiers
from flows.extract.reading import Words, language, split_words
from flows.resources import resource

CueRole = Literal[
    "before",
    "after",
    "closing",
    "sentence",
    "pseudo",
    "end",
    "shield",
    "anchor",
    "opening",
    "specific",
    "past_verb",
    "tense",
    "present_verb",
    "generic_verb",
    "join",
]
"""What a cue does.

before, after: it qualifies the words that follow, or precede it.
closing: as after, where nothing but a mark, a joining word or the end comes next.
sentence: it qualifies all the words of its clause.
pseudo: it only looks like a cue, or like an end.
end: scopes do not go beyond it.
shield: the words right behind it are taken as known, so no negation reaches them ("over the …").
anchor: the sentence speaks of a patient of this report.
opening: so it does where it begins with these words and nothing says otherwise.
specific: so it does where these words stand anywhere in it and nothing says otherwise.
past_verb, present_verb, generic_verb: finite verbs, which make a clause; generic ones make statements that hold for all.
tense: words that show what happened, but make no clause.
join: joins the items of a list.
"""

COLUMNS = ("cue", "role", "category", "reach", "matches", "must_not_match", "source")
RESOLVED = "resolved"
STRONG = "strong"
CATEGORIES = frozenset({*(field.name for field in fields(Qualifiers)), RESOLVED})
"""Categories of cues: the qualifiers, and what was there and is gone."""

_ROLES = frozenset(CueRole.__args__)  # type: ignore[attr-defined]
_QUALIFYING = frozenset({"before", "after", "closing", "sentence"})
_ALLOWED = {
    "sentence": CATEGORIES | {STRONG},
    "anchor": frozenset({STRONG, ""}),
    "join": frozenset({"and", "or"}),
}


_PART = re.compile(r"\[([^][()]+)\]|\(([^][()]+)\)|(\|)|([^\s|\[\]()]+)")
_BAD_BRACKETS = re.compile(r"[\[\]()]")
_EXACT = "="


class CueError(ValueError):
    """The table of cues breaks its contract; the message names the cue and says what is wrong."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A row of the table.

    category: what it says, "" for roles that need none; "strong" or "" for anchors.
    reach: the most words that a scope or a shield goes, None where only other words end it.
    matches, must_not_match: sentences with a mention in curly brackets; in the first the cue acts, in the second not.
    """

    key: str
    cue: str
    role: CueRole
    category: str
    reach: int | None
    matches: str
    must_not_match: str
    source: str


class _Node:
    """A place in the phrases: which words lead on from here, and which cues end here."""

    __slots__ = ("ends", "words")

    def __init__(self) -> None:
        self.words: dict[str, list[_Node]] = {}
        self.ends: list[str] = []


class _State:
    """All places that the words read so far lead to; steps are added when first taken."""

    __slots__ = ("ends", "following", "nodes")

    def __init__(self, nodes: Sequence[_Node]) -> None:
        self.nodes = nodes
        self.ends = sorted({key for node in nodes for key in node.ends})
        self.following: dict[tuple[str, str], _State] = {}


def phrase_parts(cue: str) -> list[list[tuple[list[str], bool]]]:
    """The cues of a row as sequences of parts: the phrases that may stand there, and whether it may be left out.

    Raises CueError for brackets that do not pair or stand within each other.
    """
    if _BAD_BRACKETS.search(_PART.sub(" ", cue)):
        raise CueError(f"cue {cue!r}: brackets do not pair")
    sequences: list[list[tuple[list[str], bool]]] = [[]]
    for part in _PART.finditer(cue):
        needed, optional, bar, word = part.groups()
        if bar:
            sequences.append([])
        elif word:
            sequences[-1].append(([word], False))
        else:
            sequences[-1].append(((needed if needed is not None else optional).split("|"), needed is None))
    return sequences


def parse_cues(rows: Iterable[Mapping[str, str]]) -> list[Cue]:
    """Rows of the table as cues. Raises CueError for an unknown column, role or category and for missing examples."""
    cues: list[Cue] = []
    for number, row in enumerate(rows, 2):
        if tuple(row) != COLUMNS:
            raise CueError(f"columns {list(row)}: expected {list(COLUMNS)}")
        where = f"line {number}, cue {row['cue']!r}"
        role, category = row["role"], row["category"]
        if role not in _ROLES:
            raise CueError(f"{where}: unknown role {role!r}")
        if category not in _ALLOWED.get(role, CATEGORIES | {""}):
            raise CueError(f"{where}: unknown category {category!r}")
        if role in _QUALIFYING and not category:
            raise CueError(f"{where}: role {role!r} needs a category")
        for column in ("cue", "matches", "must_not_match", "source"):
            if not row[column].strip():
                raise CueError(f"{where}: column {column!r} is empty")
        reach = row["reach"].strip()
        if reach and not reach.isdigit():
            raise CueError(f"{where}: reach {reach!r} is no number of words")
        cues.append(
            Cue(
                str(number),
                row["cue"],
                role,  # type: ignore[arg-type]
                category,
                int(reach) if reach else None,
                row["matches"],
                row["must_not_match"],
                row["source"],
            )
        )
    return cues


def _keys(phrase: str) -> list[str]:
    """The words of a phrase as they are compared: folded, or in small letters where the word is marked as exact."""
    keys: list[str] = []
    for part in phrase.split():
        keys += (
            [part.lower()] if part.startswith(_EXACT) and part != _EXACT else [w.norm_ for w in split_words(part).doc]
        )
    return keys


class CueTable:
    """Cues made ready to be found, in one walk over the words.

    The phrases that the notation stands for are many (some 150,000), so they are kept as a graph that shares their
    parts and not, as `flows.extract.reading.Lexicon` does, one by one.
    """

    def __init__(self, cues: Iterable[Cue]) -> None:
        """Raises CueError for a cue with a part that has no words, or with no part that must be there."""
        self.cues: dict[str, Cue] = {cue.key: cue for cue in cues}
        begin = _Node()
        strings = language().vocab.strings
        self._known: dict[int, str] = {}
        self._exact: dict[int, str] = {}
        for cue in self.cues.values():
            for parts in phrase_parts(cue.cue):
                if all(optional for _, optional in parts):
                    raise CueError(f"cue {cue.cue!r}: nothing in it must be there")
                for node in self._graph(cue, parts):
                    for word, following in node.words.items():
                        begin.words.setdefault(word, []).extend(following)
                for phrases, _ in parts:
                    for key in (key for phrase in phrases for key in _keys(phrase)):
                        if key.startswith(_EXACT) and key != _EXACT:
                            self._exact[strings.add(key[1:])] = key
                        else:
                            self._known[strings.add(key)] = key
        self._start = _State([begin])

    @staticmethod
    def _graph(cue: Cue, parts: list[tuple[list[str], bool]]) -> list[_Node]:
        last = _Node()
        last.ends.append(cue.key)
        following = [last]
        for phrases, optional in reversed(parts):
            node = _Node()
            for phrase in phrases:
                words = _keys(phrase)
                if not words:
                    raise CueError(f"cue {cue.cue!r}: {phrase!r} has no words")
                place = node
                for word in words[:-1]:
                    step = _Node()
                    place.words.setdefault(word, []).append(step)
                    place = step
                place.words.setdefault(words[-1], []).extend(following)
            following = [node, *following] if optional else [node]
        return following

    def find(self, words: Words, first: int = 0, last: int | None = None) -> list[tuple[str, int, int]]:
        """Key and half-open range of words of every match, overlapping ones included, in order of the text."""
        end = len(words) if last is None else last
        symbols = self._symbols(words, first, end)
        found: list[tuple[str, int, int]] = []
        for begin, symbol in enumerate(symbols):
            state, index = self._start, begin
            while symbol is not None:
                following = state.following.get(symbol)
                if following is None:
                    following = state.following[symbol] = _State(
                        [step for node in state.nodes for word in symbol if word for step in node.words.get(word, ())]
                    )
                if not following.nodes:
                    break
                state, index = following, index + 1
                found.extend((key, first + begin, first + index) for key in state.ends)
                symbol = symbols[index] if index < len(symbols) else None
        return sorted(found, key=lambda match: (match[1], -match[2], match[0]))

    def _symbols(self, words: Words, first: int, end: int) -> list[tuple[str, str] | None]:
        """For each word what it is compared as, folded and exact; None for words that stand in no cue."""
        ids = words.doc.to_array([NORM, LOWER])[first:end].tolist()
        known, exact = self._known, self._exact
        return [
            (known.get(norm, ""), exact.get(form, "")) if norm in known or form in exact else None for norm, form in ids
        ]

    def without(self, key: str) -> CueTable:
        """The same table, but for one row: shows what that row does."""
        return CueTable(cue for cue in self.cues.values() if cue.key != key)


@cache
def context_cues() -> CueTable:
    """The shipped table. Raises CueError where it breaks its contract."""
    with resource("data", "rules", "context_cues.csv").open(encoding="utf-8", newline="") as file:
        return CueTable(parse_cues(csv.DictReader(file)))
