"""Coding words by a vocabulary: what a phrase says, what it denies, and what is left unknown.

Terms stand in data/vocabulary, the cues for negation, plans and withdrawal in data/rules/term_cues.csv. A term whose
level is a state ("painless": absent, "no biopsy": not_assessed) stands for that state of its parent, or of the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast, get_args

from flows.coding.items import CodedItem, State
from flows.coding.phrases import Cue, Cues, Match, PhraseIndex, Token, cues_of, tokens_of
from flows.coding.splitting import Part, conjunctions, split_list
from flows.coding.vocabulary import Vocabulary, load_vocabulary, normalise

VOCABULARIES: Mapping[str, str] = {
    "sex": "sex",
    "variant_stated": "variant",
    "variant_judged": "variant",
    "variant_subtype": "variant",
    "serum_calcium": "interpretation",
    "serum_phosphate": "interpretation",
    "morphology": "morphology",
    "histology": "histology",
    "imaging": "imaging",
    "treatments": "treatment",
    "outcome": "outcome",
    "country": "country",
}
"""Field -> vocabulary, for the fields that are coded by words alone."""

_STATES = frozenset(get_args(State))
_BRACKET = re.compile(r"[(\[]\s*$")
_ENUMERATION = frozenset({"or", "nor", "and/or"})
_SINGLE = frozenset({"sex", "variant_stated", "variant_judged", "histology", "outcome", "country"})
# Of several findings in one text the one that stands first in the vocabulary counts: a death, a recurrence.
_RANKED = frozenset({"histology", "outcome"})
_OF_THE_VARIANT = frozenset({"variant_stated", "variant_judged"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A term or a withdrawal in a text, and what is said of it."""

    first: int
    last: int
    code: str | None
    state: State
    interpretation: str | None = None


def code_terms(field: str, text: str) -> list[CodedItem]:
    """Code a string by the field's vocabulary: one item per finding, in the order of the text.

    field: a key of VOCABULARIES.   text: one part of a cell, as the author wrote it.
    Words that no term knows give an item with code None; a denied term ("no ulceration") has state absent, a planned
    one state not_assessed and interpretation "planned". A field with one value gives one item. Raises KeyError for an
    unknown field, never for odd text.
    """
    vocabulary = load_vocabulary(VOCABULARIES[field])
    if (code := vocabulary.lookup(text)) is not None and (field not in _OF_THE_VARIANT):
        return [_item(vocabulary, text.strip(), code)]
    items = _scan(field, vocabulary, text)
    return [_only(field, vocabulary, text, items)] if field in _SINGLE else _most_specific(field, vocabulary, items)


def _item(
    vocabulary: Vocabulary, text: str, code: str, state: State = "present", interpretation: str | None = None
) -> CodedItem:
    term = vocabulary.terms[code]
    if term.level in _STATES:
        state = cast(State, term.level)
        # "No biopsy" says that the field was not looked at; "no treatment" is the finding that there was none.
        return CodedItem(text, term.parent or (code if state == "absent" else None), state=state)
    return CodedItem(text, code, state=state, interpretation=interpretation)


@cache
def _index(name: str) -> PhraseIndex:
    # Only of the sexes does one letter say something within a longer text: "F/45".
    return PhraseIndex(load_vocabulary(name).keys, letters=name == "sex")


def _scan(field: str, vocabulary: Vocabulary, text: str) -> list[CodedItem]:
    items: list[CodedItem] = []
    denied = False
    parts = split_list(text, commas=True, words=False)
    for position, part in enumerate(parts):
        following = parts[position + 1 :]
        found, denied = _findings(field, vocabulary, part.text, denied, following)
        items += found
    known = [item for item in items if item.code is not None or item.state != "present"]
    unknown = [item for item in items if item.code is None and item.state == "present"]
    if known:
        modifiers = cues_of(field).modifiers
        unknown = [item for item in unknown if _says_something(item.text, modifiers)]
    kept = {id(item) for item in (*known, *unknown)}
    return _once([item for item in items if id(item) in kept]) or [CodedItem(text.strip())]


def _says_something(text: str, modifiers: frozenset[str]) -> bool:
    words = normalise(text).split()
    return any(word not in modifiers and not any(letter.isdigit() for letter in word) for word in words)


def _once(items: Sequence[CodedItem]) -> list[CodedItem]:
    seen: dict[tuple[str | None, str, str], CodedItem] = {}
    for item in items:
        seen.setdefault((item.code, item.state, "" if item.code else item.text), item)
    return list(seen.values())


def _findings(
    field: str, vocabulary: Vocabulary, text: str, denied: bool, following: Sequence[Part]
) -> tuple[list[CodedItem], bool]:
    """Items of one stretch between commas, and whether its negation runs on ("no pain, redness or ulcer")."""
    if (code := vocabulary.lookup(text)) is not None:
        return [_item(vocabulary, text, code, "absent" if denied else "present")], denied
    tokens = tokens_of(text)
    cues = cues_of(field)
    terms = _coordinated(vocabulary, tokens, _index(VOCABULARIES[field]).find(tokens))
    terms = _refined(vocabulary, tokens, terms)
    taken = frozenset(n for match in terms for n in range(match.first, match.last + 1))
    events = list(cues.find(tokens, taken))
    found, still_denied = _read(text, tokens, terms, events, denied)
    found += _prefixed(vocabulary, tokens, taken, cues)
    if not found:
        return [CodedItem(text)], False
    found.sort(key=lambda item: item.first)
    pieces = _unknown_pieces(text, tokens, found, events, cues)
    items = [
        CodedItem(words, item.code, state=item.state, interpretation=item.interpretation)
        if item.code is None
        else _item(vocabulary, words, item.code, item.state, item.interpretation)
        for item, words in zip(found, _words(text, tokens, found, pieces), strict=True)
    ]
    items += [CodedItem(words) for words in pieces]
    runs_on = still_denied and any(_ENUMERATION.intersection(normalise(part.text).split()) for part in following)
    return items, runs_on


def _coordinated(vocabulary: Vocabulary, tokens: Sequence[Token], terms: list[Match]) -> list[Match]:
    """The terms, with those that share words: "intravenous and intralesional X" names two forms of X."""
    joints = {normalise(word) for word in conjunctions()}
    starts, ends = {match.first: match for match in terms}, {match.last: match for match in terms}
    added: list[Match] = []
    for n, token in enumerate(tokens[1:-1], start=1):
        if token.key not in joints:
            continue
        if (after := starts.get(n + 1)) and after.last > after.first and n - 1 not in ends:
            shared = [one.key for one in tokens[after.first + 1 : after.last + 1]]
            code = vocabulary.keys.get(" ".join([tokens[n - 1].key, *shared]))
            added += [Match(n - 1, n - 1, code)] if code else []
        if (before := ends.get(n - 1)) and before.last > before.first and n + 1 not in starts:
            shared = [one.key for one in tokens[before.first : before.last]]
            code = vocabulary.keys.get(" ".join([*shared, tokens[n + 1].key]))
            added += [Match(n + 1, n + 1, code)] if code else []
    return sorted([*terms, *added], key=lambda match: match.first)


def _refined(vocabulary: Vocabulary, tokens: Sequence[Token], terms: Sequence[Match]) -> list[Match]:
    """The terms, made more specific by a word that stands apart from them: "topical 10% X", "X 25 g IV"."""
    joints = {normalise(word) for word in conjunctions()}
    taken = {n for match in terms for n in range(match.first, match.last + 1)}
    refined: list[Match] = []
    for match in terms:
        words = " ".join(token.key for token in tokens[match.first : match.last + 1])
        code = match.code
        for step, start in ((-1, match.first - 1), (1, match.last + 1)):
            n = start
            while 0 <= n < len(tokens) and n not in taken and tokens[n].key not in joints:
                for phrase in (f"{tokens[n].key} {words}", f"{words} {tokens[n].key}"):
                    found = vocabulary.keys.get(phrase)
                    if found is not None and found != code and vocabulary.is_within(found, code):
                        code = found
                n += step
        refined.append(Match(match.first, match.last, code))
    return refined


def _words(text: str, tokens: Sequence[Token], found: Sequence[_Found], pieces: Sequence[str]) -> list[str]:
    if len(found) == 1 and not pieces:
        return [text]
    return [text[tokens[item.first].start : tokens[item.last].end] for item in found]


def _read(
    text: str,
    tokens: Sequence[Token],
    terms: Sequence[Match],
    events: Sequence[tuple[Match, Cue]],
    denied: bool,
) -> tuple[list[_Found], bool]:
    """What is said of each term, reading from left to right."""
    planned = any(cue.role == "planned" for _, cue in events)
    withdrawals = [match for match, cue in events if cue.role == "withdrawal" and not _bracketed(text, tokens, match)]
    withdrawn = next((cue.code for _, cue in events if cue.role == "withdrawal"), None)
    ends = sorted(match.first for match, cue in events if cue.role == "withdrawal_end")
    given_up = _given_up(withdrawals, terms, ends, len(tokens))
    found: list[_Found] = []
    marks = sorted(
        [(match.first, "term", match) for match in terms] + [(match.first, cue.role, match) for match, cue in events],
        key=lambda mark: mark[0],
    )
    for position, role, match in marks:
        if role == "negation_before":
            denied = True
        elif role == "end":
            denied = False
        elif role == "negation_after":
            found = _deny_back(found, [first for first, mark, _ in marks if mark == "end" and first < position])
        elif role == "term" and not any(first <= position < end for first, end in given_up):
            state: State = "absent" if denied else "not_assessed" if planned else "present"
            found.append(
                _Found(match.first, match.last, match.code, state, "planned" if state == "not_assessed" else None)
            )
    found += [_Found(first, end - 1, withdrawn, "present") for first, end in given_up]
    return found, denied


def _deny_back(found: Sequence[_Found], ends: Sequence[int]) -> list[_Found]:
    since = max(ends, default=-1)
    return [_Found(item.first, item.last, item.code, "absent") if item.first > since else item for item in found]


def _bracketed(text: str, tokens: Sequence[Token], match: Match) -> bool:
    return bool(_BRACKET.search(text[: tokens[match.first].start]))


def _given_up(
    withdrawals: Sequence[Match], terms: Sequence[Match], ends: Sequence[int], n_tokens: int
) -> list[tuple[int, int]]:
    """Stretches of tokens (first, end) that were given up: after the cue, else before it ("warfarin stopped")."""
    stretches: list[tuple[int, int]] = []
    for match in withdrawals:
        end = next((first for first in ends if first > match.last), n_tokens)
        begin = match.first
        if end == match.last + 1 or (
            not any(match.last < term.first < end for term in terms) and any(term.last < match.first for term in terms)
        ):
            begin = max((first for first in ends if first < match.first), default=-1) + 1
        if not stretches or begin >= stretches[-1][1]:
            stretches.append((begin, end))
    return stretches


def _prefixed(vocabulary: Vocabulary, tokens: Sequence[Token], taken: frozenset[int], cues: Cues) -> list[_Found]:
    """Terms denied by a prefix written as one word: "nontender"."""
    found: list[_Found] = []
    for n, token in enumerate(tokens):
        for prefix in cues.prefixes:
            if n not in taken and token.key.startswith(prefix) and len(token.key) > len(prefix) + 2:
                code = vocabulary.keys.get(token.key.removeprefix(prefix))
                if code is not None:
                    found.append(_Found(n, n, code, "absent"))
    return found


def _unknown_pieces(
    text: str, tokens: Sequence[Token], found: Sequence[_Found], events: Sequence[tuple[Match, Cue]], cues: Cues
) -> list[str]:
    """Members of an enumeration in which nothing is known, for the list of unknown terms."""
    parts = split_list(text, commas=False, words=True)
    if len(parts) < 2:
        return []
    taken = {n for item in found for n in range(item.first, item.last + 1)}
    taken.update(n for match, _ in events for n in range(match.first, match.last + 1))
    pieces = []
    for part in parts:
        inside = [n for n, token in enumerate(tokens) if part.start <= token.start < part.end]
        if inside and not taken.intersection(inside) and _says_something(part.text, cues.modifiers):
            pieces.append(part.text)
    return pieces


def _most_specific(field: str, vocabulary: Vocabulary, items: list[CodedItem]) -> list[CodedItem]:
    if field != "variant_subtype" or not any(item.code for item in items):
        return items
    codes = {item.code for item in items if item.code is not None}
    above = {ancestor for code in codes for ancestor in vocabulary.ancestors(code)}
    subtypes = {code for code in codes if vocabulary.terms[code].parent is not None}
    kept = [item for item in items if item.code is not None and item.code not in above]
    return [item for item in kept if item.code in subtypes] or kept


def _only(field: str, vocabulary: Vocabulary, text: str, items: Sequence[CodedItem]) -> CodedItem:
    """The one value of a single-valued field; with two that cannot both hold, none, and the reason."""
    words = text.strip()
    said = [item for item in items if item.code is not None and item.state == "present"]
    if not said:
        other = next((item for item in items if item.state != "present"), None)
        return CodedItem(words) if other is None else CodedItem(words, other.code, state=other.state)
    codes = list(dict.fromkeys(item.code for item in said if item.code is not None))
    if field in _OF_THE_VARIANT:
        named = [variant for code in codes if (variant := _variant(vocabulary, code)) is not None]
        if not named:
            return CodedItem(words, problem=f"'{codes[0]}' is a subtype that tells no variant")
        codes = list(dict.fromkeys(named))
    above = {ancestor for code in codes for ancestor in vocabulary.ancestors(code)}
    codes = [code for code in codes if code not in above]
    if field in _RANKED:
        order = {code: position for position, code in enumerate(vocabulary.terms)}
        codes = sorted(codes, key=order.__getitem__)[:1]
    if len(codes) > 1:
        return CodedItem(words, problem=f"says more than one: {', '.join(codes)}")
    return CodedItem(words, codes[0])


def _variant(vocabulary: Vocabulary, code: str) -> str | None:
    return next((one for one in (code, *vocabulary.ancestors(code)) if vocabulary.terms[one].level == "variant"), None)
