"""The words around a lesion site: sides, ordinals, qualifiers and connectors, and an index of the sites themselves.

Everything here is read from data/vocabulary: lesion_site.csv, laterality.csv, conjunctions.csv and site_modifiers.csv,
whose README lists what each kind of word is for.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from flows.coding.splitting import conjunctions
from flows.coding.vocabulary import Vocabulary, VocabularyError, is_plural, load_vocabulary, normalise
from flows.resources import resource

WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|\s[-\u2013\u2014]\s|[^\w\s.]")
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\u2014")
# Signs that may stand inside a phrase for a side: "R > L", "left/right", "L + R".
_INSIDE_SIDE = frozenset("/+><&-")
_LONGEST_PHRASE = 6

# How much an optional word narrows a site down. Of two equally long readings the one with the weightier words is taken:
# in "distal third finger" the finger's number is worth more than "distal".
WEIGHTS: Mapping[str, int] = {
    "surface": 6,
    "ordinal": 5,
    "position": 4,
    "reference": 4,
    "tissue": 3,
    "part": 2,
    "finding": 1,
    "quantity": 1,
}
_KINDS = frozenset({*WEIGHTS, "of", "link", "range", "negation", "joint", "prefix", "level", "roman"})
_CODE_KINDS = frozenset({"covers", "generic", "unpaired", "weak"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word (or phrase) of the text, in normal form, with its kind and place.

    kind: 'site' for a word that only a site can explain, 'side', 'joint' or a kind of site_modifiers.csv.
    value: laterality code of a side, number of an ordinal, sign of a joint, English word of a qualifier.
    """

    norm: str
    kind: str
    value: str
    start: int
    end: int
    plural: bool = False
    hyphen: bool = False


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the vocabulary says, arranged for reading: phrases by their words, sites by the set of their words."""

    vocabulary: Vocabulary
    phrases: Mapping[tuple[str, ...], tuple[str, str]]
    openers: frozenset[str]
    prefixes: frozenset[str]
    roman: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    sites: Mapping[frozenset[str], str]
    digit_heads: frozenset[str]
    covers: Mapping[str, str]
    generic: frozenset[str]
    unpaired: frozenset[str]
    weak: frozenset[str]
    lineage: Mapping[str, frozenset[str]]
    labels: Mapping[str, frozenset[str]]

    def within(self, code: str, other: str) -> bool:
        """Whether `code` lies in `other`; "arm" and "leg" may stand for the whole limb, as authors use them."""
        lineage = self.lineage[code]
        return other in lineage or self.covers.get(other) in lineage

    def is_generic(self, code: str) -> bool:
        """Whether the code names a tissue or a procedure rather than a place on the body."""
        return not self.generic.isdisjoint(self.lineage[code])


@cache
def grammar() -> Grammar:
    """The grammar of the shipped vocabularies. Raises VocabularyError where site_modifiers.csv breaks its contract."""
    vocabulary = load_vocabulary("lesion_site")
    by_kind = _modifiers(vocabulary)
    phrases: dict[tuple[str, ...], tuple[str, str]] = {}
    for kind in _KINDS - {"prefix", "level", "roman"}:
        for words, value in by_kind.get(kind, {}).items():
            phrases[tuple(words.split())] = (kind, value)
    for conjunction in conjunctions():
        phrases[tuple(normalise(conjunction).split())] = ("joint", "and")
    for key, code in load_vocabulary("laterality").keys.items():
        side = tuple(key.split())
        # "side" stays a word of its own: "right side of neck" is a part of the neck.
        if not any(phrases.get((word,), ("", ""))[0] == "part" for word in side):
            phrases[side] = ("side", code)
    lineage = {code: frozenset({code, *vocabulary.ancestors(code)}) for code in vocabulary.terms}
    prefixes = frozenset(by_kind["prefix"])
    partial = Grammar(
        vocabulary=vocabulary,
        phrases=phrases,
        openers=frozenset(words[0] for words in phrases),
        prefixes=prefixes,
        roman=by_kind["roman"],
        levels={word: tuple(value.split()) for word, value in by_kind["level"].items()},
        sites={},
        digit_heads=frozenset(),
        covers=by_kind["covers"],
        generic=frozenset(by_kind["generic"]),
        unpaired=frozenset(by_kind["unpaired"]),
        weak=frozenset(by_kind["weak"]),
        lineage=lineage,
        labels={},
    )
    sites, heads = _index(partial)
    labels = {code: key_words(tokenise(term.label, partial)) for code, term in vocabulary.terms.items()}
    return replace(partial, sites=sites, digit_heads=heads, labels=labels)


def tokenise(text: str, rules: Grammar) -> list[Token]:
    """Words and separators of a text in order; hyphens, full stops and unknown signs leave no token of their own."""
    raw = _raw_tokens(text, rules)
    tokens: list[Token] = []
    i = 0
    while i < len(raw):
        token = raw[i]
        if token.norm in rules.openers and (phrase := _phrase(raw, i, rules)) is not None:
            i, found = phrase
            tokens.append(found)
            continue
        i += 1
        if token.norm.isdecimal():
            token = replace(token, kind="ordinal", value=token.norm)
        tokens.append(token)
    return tokens


def _raw_tokens(text: str, rules: Grammar) -> list[Token]:
    tokens: list[Token] = []
    prefix: Token | None = None
    hyphen = False
    for match in WORD.finditer(text):
        sign = match.group()
        start, end = match.span()
        if not sign[0].isalnum():
            dash = sign.strip()
            if sign[0].isspace():
                tokens.append(Token(",", "joint", ",", start, end))
            elif dash in _HYPHENS:
                hyphen = True
                continue
            else:
                tokens.append(Token(_JOINTS.get(dash, dash), "joint" if dash in _JOINTS else "sign", dash, start, end))
            prefix, hyphen = None, False
            continue
        norm, plural = normalise(sign), is_plural(sign)
        if prefix is not None:
            norm, start = prefix.norm + norm, prefix.start
            tokens.pop()
        for n, word in enumerate(norm.split()):
            tokens.append(Token(word, "site", "", start, end, plural, hyphen and n == 0))
        hyphen_next = text[end : end + 1] in _HYPHENS if end < len(text) else False
        joins = norm in rules.prefixes and (hyphen_next or (norm,) not in rules.phrases)
        prefix = tokens[-1] if joins and end < len(text) else None
        hyphen = False
    return tokens


_JOINTS = {
    ",": ",",
    ";": ",",
    ":": ",",
    "(": "(",
    ")": ")",
    "[": "(",
    "]": ")",
    "/": "/",
    "+": "and",
    "&": "and",
    ">": "and",
    "\u2022": ",",
}


def _phrase(raw: list[Token], i: int, rules: Grammar) -> tuple[int, Token] | None:
    """The longest phrase that starts at raw[i]: the index after it, and its token."""
    words: list[str] = []
    best: tuple[int, Token] | None = None
    j = i
    while j < len(raw) and len(words) < _LONGEST_PHRASE:
        token = raw[j]
        if token.kind in ("joint", "sign"):
            if token.value not in _INSIDE_SIDE or not words:
                break
            if token.norm == "and" and len(words) > 1:
                words.append("and")
            j += 1
            continue
        words.append(token.norm)
        j += 1
        if token.norm == "and" and len(words) > 1:
            continue
        found = rules.phrases.get(tuple(words))
        if found is None and "and" in words[1:]:
            found = rules.phrases.get(tuple(word for word in words if word != "and"))
            if found is not None and found[0] != "side":
                found = None
        if found is not None and (found[0] == "side" or not any(part.kind == "joint" for part in raw[i:j])):
            kind, value = found
            norm = value if value and (kind == "joint" or kind in WEIGHTS) else " ".join(words)
            best = j, Token(norm, kind, value, raw[i].start, token.end, token.plural, raw[i].hyphen)
    return best


def key_words(words: Iterable[Token]) -> frozenset[str]:
    """The words by which a site is known: connectors, sides and signs left out, ordinals as numbers."""
    return frozenset(
        part for token in words if token.kind == "site" or token.kind in WEIGHTS for part in token.norm.split()
    )


def _index(rules: Grammar) -> tuple[dict[frozenset[str], str], frozenset[str]]:
    """Sites by the set of their words, and the words that an ordinal may stand beside ("finger")."""
    sites: dict[frozenset[str], str] = {}
    shortened: dict[frozenset[str], set[str]] = {}
    plain: dict[frozenset[str], frozenset[str]] = {}
    heads: set[str] = set()
    for term in rules.vocabulary.terms.values():
        for words in (term.label, *term.synonyms):
            tokens = [token for token in tokenise(words, rules) if token.kind in WEIGHTS or token.kind == "site"]
            key = key_words(tokens)
            if not key:
                continue
            # The first code of the file wins where two differ in word order or connectors alone.
            sites.setdefault(key, term.code)
            core = key_words(token for token in tokens if token.kind not in ("part", "finding", "quantity"))
            if core != key and any(token.kind == "site" for token in tokens):
                shortened.setdefault(core, set()).add(term.code)
            if any(token.kind == "ordinal" for token in tokens):
                heads.update(token.norm for token in tokens if token.kind == "site")
            plain[key] = key_words(token for token in tokens if token.kind == "site")
    for core, codes in shortened.items():
        if len(codes) == 1:
            sites.setdefault(core, next(iter(codes)))
    # A longer key of the same site says no more than the short one, and would crowd out words that do.
    spare = [key for key, core in plain.items() if core != key and sites.get(core) == sites[key]]
    for key in spare:
        del sites[key]
    return sites, frozenset(heads)


def _modifiers(vocabulary: Vocabulary) -> dict[str, dict[str, str]]:
    path = resource("data", "vocabulary", "site_modifiers.csv")
    by_kind: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            where = f"{path.parent.name}/{path.name}, line {reader.line_num}"
            kind, word = row["kind"], row["word"]
            if kind not in _KINDS | _CODE_KINDS:
                raise VocabularyError(f"{where}: kind '{kind}' is unknown; see README.md beside it for the kinds")
            if kind in _CODE_KINDS:
                for code in (word, row["value"]):
                    if code and code not in vocabulary.terms:
                        raise VocabularyError(f"{where}: '{code}' is no code of lesion_site.csv; correct it")
                by_kind.setdefault(kind, {})[word] = row["value"]
            else:
                by_kind.setdefault(kind, {})[normalise(word)] = row["value"]
    return by_kind
