"""Finding the phrases of a vocabulary inside an author's longer words, and the cues that change what they mean."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from flows.coding.vocabulary import closed_keys, normalise
from flows.resources import resource

_APOSTROPHES = "'`\u00b4\u2018\u2019\u02bc"
_WORD = re.compile(rf"&|[^\W_]+(?:[{_APOSTROPHES}][^\W_]+)*")
# A phrase does not run on across these: a comma (not within a number), a semicolon, the end of a sentence, a bracket.
_BREAK = re.compile(r",(?!\d)|(?<!\d),|[;:=\n\u2022]|[.!?](?=\s)|\s[(\[]|[)\]](?:\s|$)")
_SHORTEST_CLOSED = 6
_LONGEST_CLOSED = 4


@dataclass(frozen=True, slots=True)
class Token:
    """One word: text[start:end], its normalised form, and whether a phrase may run on from the word before it."""

    key: str
    start: int
    end: int
    joined: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens first to last (inclusive) stand for `code`."""

    first: int
    last: int
    code: str


def tokens_of(text: str) -> list[Token]:
    """The words of a text in their normalised form (`normalise`), with their place."""
    found: list[Token] = []
    end = 0
    for match in _WORD.finditer(text):
        gap = text[max(end - 1, 0) : match.start() + 1] if found else ""
        found.append(
            Token(normalise(match.group()), match.start(), match.end(), bool(found) and not _BREAK.search(gap))
        )
        end = match.end()
    return found


class PhraseIndex:
    """Normalised phrases with what they stand for, to be found longest first within a list of tokens."""

    def __init__(self, keys: Mapping[str, str], *, letters: bool = False) -> None:
        """keys: normalised phrase -> code.   letters: whether one letter or sign counts inside a longer text."""
        self._keys = {key: code for key, code in keys.items() if key and (letters or len(key) > 1)}
        self._lengths: dict[str, list[int]] = {}
        for key in self._keys:
            words = key.split()
            lengths = self._lengths.setdefault(words[0], [])
            if len(words) not in lengths:
                lengths.append(len(words))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)
        self._closed = closed_keys(self._keys)

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """The phrases in these tokens, from left to right, the longest at each place, none within another."""
        matches: list[Match] = []
        position = 0
        while position < len(tokens):
            match = self.at(tokens, position)
            if match is None:
                position += 1
            else:
                matches.append(match)
                position = match.last + 1
        return matches

    def at(self, tokens: Sequence[Token], position: int) -> Match | None:
        """The longest phrase that begins at this token, or None."""
        reach = position + 1
        while reach < len(tokens) and tokens[reach].joined:
            reach += 1
        best: Match | None = None
        for length in self._lengths.get(tokens[position].key, ()):
            if position + length <= reach:
                code = self._keys.get(" ".join(token.key for token in tokens[position : position + length]))
                if code is not None:
                    best = Match(position, position + length - 1, code)
                    break
        closed = ""
        for last in range(position, min(reach, position + _LONGEST_CLOSED)):
            closed += tokens[last].key.replace(" ", "")
            if (
                len(closed) >= _SHORTEST_CLOSED
                and (best is None or last > best.last)
                and (code := self._closed.get(closed)) is not None
            ):
                best = Match(position, last, code)
        return best

    def whole(self, text: str) -> str | None:
        """What the text stands for as a whole, or None."""
        key = normalise(text)
        return self._keys.get(key) or self._closed.get(key.replace(" ", ""))


@dataclass(frozen=True, slots=True)
class Cue:
    """What a cue does (data/rules/term_cues.csv); field "" means every field; code is what a withdrawal is coded as."""

    role: str
    field: str
    code: str | None


class CueError(ValueError):
    """data/rules/term_cues.csv holds a role that no coder knows."""


ROLES = frozenset(
    {
        "negation_before",
        "negation_after",
        "negation_prefix",
        "end",
        "planned",
        "withdrawal",
        "withdrawal_end",
        "modifier",
        "reference_range",
    }
)


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one field: where they stand, what each does, and the words that carry no finding of their own."""

    index: PhraseIndex
    cues: Mapping[str, tuple[Cue, ...]]
    modifiers: frozenset[str]
    prefixes: tuple[str, ...]

    def find(self, tokens: Sequence[Token], taken: frozenset[int]) -> Iterator[tuple[Match, Cue]]:
        """Cues in these tokens, apart from the tokens that a term has taken."""
        for match in self.index.find(tokens):
            if not taken.intersection(range(match.first, match.last + 1)):
                for cue in self.cues[match.code]:
                    yield match, cue


@cache
def cues_of(field: str) -> Cues:
    """The cues that hold for a field. Raises CueError when the file names an unknown role."""
    cues: dict[str, list[Cue]] = {}
    modifiers: set[str] = set()
    prefixes: list[str] = []
    path = resource("data", "rules", "term_cues.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            if row["role"] not in ROLES:
                raise CueError(
                    f"rules/{path.name}, line {reader.line_num}: role '{row['role']}' is unknown; "
                    f"write one of {', '.join(sorted(ROLES))}"
                )
            if row["field"] not in ("", field):
                continue
            key = normalise(row["cue"])
            if row["role"] == "modifier":
                modifiers.update(key.split())
            elif row["role"] == "negation_prefix":
                prefixes.append(key)
            else:
                cues.setdefault(key, []).append(Cue(row["role"], row["field"], row["code"] or None))
    return Cues(
        PhraseIndex({key: key for key in cues}, letters=True),
        {key: tuple(found) for key, found in cues.items()},
        frozenset(modifiers),
        tuple(prefixes),
    )
