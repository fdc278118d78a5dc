"""ConText over the words of a sentence: negated, possible, hypothetical, historical, family, other person, general.

After Harkema et al. 2009 (doi:10.1016/j.jbi.2009.05.002). A cue qualifies the words before or behind it as far as its
scope goes: to the end of the clause, to a word that ends it, or over its reach. Commas do not end a scope as long as
they separate the items of a list. Statements on the disease in general are told from those on the patient by cues, by
words that point to a patient of the report, by the tense, and by the section.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from flows.extract.cues import RESOLVED, STRONG, Cue, CueTable, context_cues
from flows.extract.model import Qualifiers, Sentence
from flows.extract.reading import Reading

_SCOPED = frozenset({"before", "after", "closing", "sentence", "pseudo"})
_BOUNDING = frozenset({"end", "shield", "pseudo"})
_VERBS = frozenset({"past_verb", "present_verb", "generic_verb"})
_THEORY = frozenset({"discussion", "introduction"})
_ABOUT_SUBJECT = frozenset({"negated", "resolved", "possible"})
_FRAGMENTS = frozenset({"title", "figure_caption", "table"})
_DASHES = frozenset("–—")
_AUXILIARY = 4  # words before a participle in which its auxiliary stands
_BEFORE_COLON = 4  # words between a cue and a colon that it goes beyond: "denies the following: …"
_BEHIND_BRACKET = (
    5  # words before an opening bracket that a cue right behind it reaches: "rheumatoid factor (negative)"
)


class _Match(NamedTuple):
    cue: Cue
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Scope:
    """Half-open range of words that a cue qualifies."""

    cue: Cue
    first: int
    last: int


def _longest(matches: Sequence[_Match]) -> list[_Match]:
    """Of matches that share words the longest; those on the very same words all stay."""
    if len(matches) < 2:
        return list(matches)
    kept: list[_Match] = []
    for match in sorted(matches, key=_by_length):
        for other in kept:
            if match.first < other.last and other.first < match.last:
                if (match.first, match.last) != (other.first, other.last):
                    break
                if other.cue.role == "pseudo" or match.cue.role == "pseudo":
                    break
        else:
            kept.append(match)
    return sorted(kept, key=_by_place)


def _by_length(match: _Match) -> tuple[int, int, bool]:
    return match.first - match.last, match.first, match.cue.role != "pseudo"


def _by_place(match: _Match) -> int:
    return match.first


@cache
def _qualifiers(categories: frozenset[str]) -> Qualifiers:
    return Qualifiers(**{category: True for category in categories if category != RESOLVED})


class SentenceContext:
    """The cues of one sentence with their scopes, found once, asked for every mention in it."""

    def __init__(
        self,
        reading: Reading,
        sentence: Sentence,
        table: CueTable | None = None,
        found: Sequence[tuple[str, int, int]] | None = None,
    ) -> None:
        """table: the cues, by default the shipped ones.   found: their matches in the sentence, where known already."""
        self._reading = reading
        self._sentence = sentence
        table = table or context_cues()
        self._first, self._end = sentence.first_word, sentence.last_word
        if found is None:
            found = table.find(reading.words, self._first, self._end) if self._end > self._first else []
        self._matches = [_Match(table.cues[key], first, last) for key, first, last in found]
        self._cues = [match for match in self._matches if match.cue.role in _SCOPED or match.cue.role in _BOUNDING]
        self._categories: dict[tuple[int, int], frozenset[str]] = {}

    def qualify(self, start: int, end: int) -> Qualifiers:
        """What the sentence says of the words between two offsets of the document."""
        return _qualifiers(self.categories(start, end))

    def categories(self, start: int, end: int) -> frozenset[str]:
        """All that is said of the words between two offsets; beside the qualifiers "resolved": there once, and gone."""
        words = self._words_of(start, end)
        if words not in self._categories:
            self._categories[words] = self._categories_of(*words)
        return self._categories[words]

    def _categories_of(self, first: int, last: int) -> frozenset[str]:
        categories = {scope.cue.category for scope in self._acting(first, last) if scope.cue.category != STRONG}
        categories.discard("general")
        if "negated" in categories:
            categories.discard("hypothetical")  # "the test for malaria was negative": looked for and not found
        if "hypothetical" in categories:
            categories.discard(RESOLVED)  # "once the swelling has resolved": it has not yet
        if self._is_general(first):
            categories.add("general")
        return frozenset(categories)

    def acting(self, start: int, end: int) -> list[Cue]:
        """The cues whose scope holds the words between two offsets, in order of the text."""
        return [scope.cue for scope in self._acting(*self._words_of(start, end))]

    def _acting(self, first: int, last: int) -> list[_Scope]:
        return [scope for scope in self._scopes(first, last) if scope.first <= first and last <= scope.last]

    def _words_of(self, start: int, end: int) -> tuple[int, int]:
        """The words that two offsets touch, within the sentence."""
        words = self._reading.words
        first = bisect_left(words.ends, start + 1, self._first, self._end)
        last = max(bisect_left(words.starts, end, self._first, self._end), first)
        return first, last

    # --- punctuation and verbs ---

    @cached_property
    def _marks(self) -> dict[int, str]:
        """Punctuation by word number; a dash counts where it stands free."""
        text, starts = self._reading.document.text, self._reading.words.starts
        marks: dict[int, str] = {}
        for index in range(self._first, self._end):
            letter = text[starts[index]]
            if letter in ",;:()[]":
                marks[index] = {"[": "(", "]": ")"}.get(letter, letter)
            elif letter in _DASHES and text[starts[index] - 1 : starts[index]].isspace():
                marks[index] = ";"
        return marks

    @cached_property
    def _verbs(self) -> list[int]:
        return sorted({match.first for match in self._matches if match.cue.role in _VERBS})

    @cached_property
    def _joins(self) -> dict[int, str]:
        return {match.first: match.cue.category for match in self._matches if match.cue.role == "join"}

    def _verb_between(self, first: int, last: int) -> int | None:
        index = bisect_left(self._verbs, first)
        return self._verbs[index] if index < len(self._verbs) and self._verbs[index] < last else None

    def _join_between(self, first: int, last: int) -> bool:
        return any(first <= index < last for index in self._joins)

    def _segment_end(self, first: int) -> int:
        """Where the stretch that begins at a word ends: the next comma, semicolon or the end, brackets passed over."""
        depth = 0
        for index in range(first, self._end):
            mark = self._marks.get(index)
            if mark == "(":
                depth += 1
            elif mark == ")":
                depth -= 1
            elif mark in {",", ";"} and depth <= 0:
                return index
        return self._end

    # --- scopes ---

    @cached_property
    def _all(self) -> tuple[list[_Scope], list[_Match]]:
        return self._scopes_of(self._cues)

    def _scopes(self, first: int, last: int) -> list[_Scope]:
        """Scopes as a mention sees them: what stands within the mention itself is no cue."""
        if self._cued.isdisjoint(range(first, last)):
            scopes, bounds = self._all
        else:
            scopes, bounds = self._scopes_of(
                [match for match in self._cues if match.last <= first or match.first >= last]
            )
        return [scope for scope in scopes if not self._is_shielded(bounds, scope, first)]

    @cached_property
    def _cued(self) -> set[int]:
        """The words that cues are made of."""
        return {index for match in self._cues for index in range(match.first, match.last)}

    @staticmethod
    def _bounds_of(matches: Sequence[_Match]) -> list[_Match]:
        bounding = _longest([match for match in matches if match.cue.role in _BOUNDING])
        return [match for match in bounding if match.cue.role != "pseudo"]

    @staticmethod
    def _is_shielded(bounds: Sequence[_Match], scope: _Scope, first: int) -> bool:
        return any(
            bound.cue.category in {"", scope.cue.category}
            and bound.last <= first < bound.last + (bound.cue.reach or 1)
            and scope.first <= bound.last
            for bound in bounds
            if bound.cue.role == "shield"
        )

    def _scopes_of(self, matches: Sequence[_Match]) -> tuple[list[_Scope], list[_Match]]:
        """The scopes of all cues, and what bounds them."""
        bounds = self._bounds_of(matches)
        ends = [bound for bound in bounds if bound.cue.role == "end"]
        scopes: list[_Scope] = []
        for match in _longest([match for match in matches if match.cue.role in _SCOPED]):
            if match.cue.role == "before":
                scopes.append(_Scope(match.cue, match.last, self._reach_right(match, ends)))
            elif match.cue.role == "after" or (match.cue.role == "closing" and self._closes(match.last)):
                scopes.append(_Scope(match.cue, self._reach_left(match, ends), match.first))
            elif match.cue.role == "sentence":
                scopes.append(_Scope(match.cue, self._first, self._end))
        return scopes, bounds

    def _closes(self, index: int) -> bool:
        """Whether nothing follows that the words before could belong to."""
        if index >= self._end or index in self._joins:
            return True
        return not self._reading.document.text[self._reading.words.starts[index]].isalnum()

    def _reach_right(self, match: _Match, ends: Sequence[_Match]) -> int:
        """The word at which the scope of a cue ends that qualifies what follows."""
        stop = self._end if match.cue.reach is None else min(self._end, match.last + match.cue.reach)
        for end in ends:
            if end.first >= match.last and end.cue.category in {"", match.cue.category}:
                stop = min(stop, end.first)
                break
        depth = 0
        for index in range(match.last, stop):
            mark = self._marks.get(index)
            if mark == "(":
                depth += 1
            elif mark == ")":
                depth -= 1
                if depth < 0:
                    return index
            elif depth == 0 and (
                mark == ";"
                or (mark == ":" and index - match.last > _BEFORE_COLON)
                or (mark == "," and self._clause_begins(match.first, index))
                or (index in self._joins and index + 1 in self._verbs)
            ):
                return index
        return stop

    def _clause_begins(self, first: int, comma: int) -> bool:
        """Whether a clause of its own begins behind a comma, and not the next item of the list that a cue opens."""
        following = self._segment_end(comma + 1)
        verb = self._verb_between(comma + 1, following)
        if verb is None:
            return False
        if any(comma < index < verb and kind == "or" for index, kind in self._joins.items()):
            return False
        had_verb = self._verb_between(first, comma) is not None
        return had_verb or not self._join_between(comma, verb)

    def _reach_left(self, match: _Match, ends: Sequence[_Match]) -> int:
        """The first word of the scope of a cue that qualifies what stands before it."""
        stop = self._first if match.cue.reach is None else max(self._first, match.first - match.cue.reach)
        for end in reversed(ends):
            if end.last <= match.first and end.cue.category in {"", match.cue.category}:
                stop = max(stop, end.last)
                break
        depth = 0
        for index in range(match.first - 1, stop - 1, -1):
            mark = self._marks.get(index)
            if mark == ")":
                depth += 1
            elif mark == "(":
                depth -= 1
                if depth < 0:
                    if index != match.first - 1:
                        return index + 1
                    depth = 0
                    stop = max(stop, index - _BEHIND_BRACKET)
            elif depth == 0 and (
                (mark in {";", ":"})
                or (mark == "," and not self._join_between(index, match.first))
                or (index in self._verbs and match.cue.category in _ABOUT_SUBJECT)
                or (index in self._joins and self._clause_ends(index))
            ):
                return index + 1
            if index < stop:
                break
        return stop

    def _clause_ends(self, join: int) -> bool:
        """Whether the words before a joining word make a clause, so that what follows is another one."""
        begin = join
        while begin > self._first and self._marks.get(begin - 1) not in {",", ";", ":"}:
            begin -= 1
        return self._verb_between(begin, join) is not None

    # --- general statements ---

    @cached_property
    def _anchors(self) -> list[_Match]:
        return [match for match in self._matches if match.cue.role == "anchor"]

    @cached_property
    def _general_cues(self) -> list[_Match]:
        if not any(_is_general_cue(match) for match in self._matches):
            return []
        scoped = _longest([match for match in self._matches if match.cue.role in _SCOPED])
        return [match for match in scoped if _is_general_cue(match)]

    @cached_property
    def _past(self) -> list[int]:
        """The words that tell what happened; "can be found" and "are often referred to" tell what happens."""
        past = {match.first for match in self._matches if match.cue.role == "past_verb"}
        present = {match.first for match in self._matches if match.cue.role in {"present_verb", "generic_verb"}}
        for match in self._matches:
            if match.cue.role == "tense" and present.isdisjoint(range(match.first - _AUXILIARY, match.first)):
                past.add(match.first)
        return sorted(past)

    @cached_property
    def _is_generic(self) -> bool:
        """Whether, without any cue, the sentence reads as a statement that holds for all."""
        if self._anchors or self._past:
            return False
        if self._sentence.role in _THEORY:
            return True
        if self._sentence.role in _FRAGMENTS:
            return False
        roles = {match.cue.role for match in self._matches if match.cue.role != "opening" or match.first == self._first}
        return roles.isdisjoint({"opening", "specific"}) and any(
            match.cue.role == "generic_verb" for match in self._matches
        )

    def _is_general(self, first: int) -> bool:
        if self._sentence.role == "references":
            return True
        cues = self._general_cues
        if not cues:
            return self._is_generic
        firm = [anchor for anchor in self._anchors if anchor.cue.category == STRONG]
        if not firm and any(match.cue.category == STRONG for match in cues):
            return True
        pointers = [anchor.first for anchor in self._anchors]
        if self._sentence.role not in _THEORY:
            # "can be associated with decreased mobility" tells of nothing that happened.
            first_cue = min(match.first for match in cues)
            attributive = {match.first for match in self._matches if match.cue.role == "tense"}
            pointers += [past for past in self._past if past < first_cue or past not in attributive]
        if not pointers:
            return True
        begin, end = self._clause(first)
        if any(begin <= pointer < end for pointer in pointers):
            return False
        if any(begin <= match.first < end for match in cues):
            return True
        before = [match.first for match in cues if match.first < first]
        return bool(before) and not any(max(before) < pointer < first for pointer in pointers)

    def _clause(self, index: int) -> tuple[int, int]:
        """Half-open range of the words of the clause that a word stands in; commas alone do not part clauses."""
        borders = [self._first, *(i for i, mark in self._marks.items() if mark == ";"), self._end]
        borders += [i for i, mark in self._marks.items() if mark == "," and self._opens_clause(i)]
        borders += [b.first for b in self._all[1] if b.cue.role == "end" and b.cue.category in {"", "general"}]
        before = max(border for border in borders if border <= index)
        return before, min((border for border in borders if border > index), default=self._end)

    def _opens_clause(self, comma: int) -> bool:
        """Whether a joining word and a clause with its own verb stand behind a comma."""
        return comma + 1 in self._joins and self._verb_between(comma + 2, self._segment_end(comma + 1)) is not None


def _is_general_cue(match: _Match) -> bool:
    return match.cue.role == "sentence" and match.cue.category in {"general", STRONG}


class Contexts:
    """The contexts of a document's sentences, made when first asked for."""

    def __init__(self, reading: Reading, table: CueTable | None = None) -> None:
        """table: the cues, by default the shipped ones."""
        self._reading = reading
        self._table = table or context_cues()
        self._contexts: dict[int, SentenceContext] = {}

    @cached_property
    def _found(self) -> list[tuple[str, int, int]]:
        return self._table.find(self._reading.words)

    def of(self, sentence: Sentence) -> SentenceContext:
        """The context of one sentence of the document."""
        if sentence.index not in self._contexts:
            begin = bisect_left(self._found, sentence.first_word, key=lambda match: match[1])
            end = bisect_left(self._found, sentence.last_word, lo=begin, key=lambda match: match[1])
            found = [match for match in self._found[begin:end] if match[2] <= sentence.last_word]
            self._contexts[sentence.index] = SentenceContext(self._reading, sentence, self._table, found)
        return self._contexts[sentence.index]

    def qualify(self, sentence: Sentence, start: int, end: int) -> Qualifiers:
        """What a sentence says of the words between two offsets of the document that lie in it."""
        return self.of(sentence).qualify(start, end)
