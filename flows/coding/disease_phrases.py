"""Reading an author's words for diseases as a row of known phrases: terms, cues, qualifiers, joints, unknown words.

What a phrase means is data: data/vocabulary/disease.csv (terms), disease_modifiers.csv (all other words) and
ambiguous_abbreviations.csv (short forms that stand for several diseases, or for a word when not in capitals).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from flows.coding.vocabulary import load_vocabulary, normalise
from flows.resources import resource

_TOKEN = re.compile(r"(?P<word>[^\W_]+(?:['`\u00b4\u2019]s\b)?)|(?P<sign>[^\w\s]|_)|(?P<line>\n)")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}
_ROMAN_STAGE = re.compile(r"(iv|vi|v|i{1,3})([a-d]?)")
_CUTTING = frozenset(",;:()[]{}/\n=•|")
_WORTH = {"term": 10.0, "ambiguous": 9.9, "qualifier": 6.0}
_WORTH_OF_A_CUE = 9.7
_COST_OF_A_PHRASE = 1.0
_COST_OF_CROSSING = 0.5
_SHORTEST_MISSPELT = 8

NONE = "none"
"""Code of "no associated disease"."""

KINDS = frozenset(
    (
        "negation",
        "negation_next",
        "negation_after",
        "suspicion",
        "suspicion_after",
        "confirmation",
        "family",
        "planned",
        "planned_after",
        "suppress",
        "suppress_after",
        "terminator",
        "joint",
        "and",
        "alternative",
        "attach",
        "of",
        "numbered",
        "qualifier",
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: its normal form, where it stands, and the signs between it and the word before."""

    key: str
    raw: str
    start: int
    end: int
    signs: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that is known as a whole, or one unknown word (no kinds).

    words: the normal forms. code: of a term; for an ambiguous abbreviation None and `kinds` holds "ambiguous".
    """

    kinds: frozenset[str]
    words: tuple[str, ...]
    raw: str
    start: int
    end: int
    signs: str
    code: str | None = None

    @property
    def is_term(self) -> bool:
        """Whether these words name a disease, surely or ambiguously."""
        return self.code is not None or "ambiguous" in self.kinds


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A short form that stands for several diseases: the words beside it that decide, by code."""

    candidates: tuple[str, ...]
    context: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Lexicon:
    codes: Mapping[str, str]
    kinds: Mapping[str, frozenset[str]]
    ambiguous: Mapping[str, Ambiguity]
    capitals: frozenset[str]
    known_words: frozenset[str]
    misspelt: Mapping[str, str]
    longest: int


def read_phrases(text: str) -> list[Phrase]:
    """Cut a text into the known phrases that together cover most of it; words that nothing knows stand alone.

    A term may reach across a comma or bracket ("lupus erythematosus, systemic") only where that covers more.
    """
    words = read_words(text)
    if not words:
        return []
    best: list[tuple[float, int, Phrase | None]] = [(0.0, 0, None)] * (len(words) + 1)
    longest = _lexicon().longest
    for start in range(len(words) - 1, -1, -1):
        top: tuple[float, int, Phrase | None] = (best[start + 1][0], 1, None)
        key, crossings = "", 0
        for end in range(start + 1, min(len(words), start + longest) + 1):
            word = words[end - 1]
            key += word.key
            if end > start + 1:
                crossings += sum(sign in _CUTTING for sign in word.signs)
            phrase = _phrase(text, words[start:end], key, end - start == len(words))
            if phrase is None:
                continue
            worth = max((_WORTH.get(kind, _WORTH_OF_A_CUE) for kind in phrase.kinds), default=0.0)
            score = best[end][0] + worth * (end - start) - _COST_OF_A_PHRASE - _COST_OF_CROSSING * crossings
            if score >= top[0]:
                top = (score, end - start, phrase)
        best[start] = top
    return list(_walk(text, words, best))


def _walk(text: str, words: list[Word], best: list[tuple[float, int, Phrase | None]]) -> Iterator[Phrase]:
    at = 0
    while at < len(words):
        _, length, phrase = best[at]
        word = words[at]
        if phrase is None:
            kinds = frozenset(("qualifier",)) if word.raw[0].isdigit() else frozenset[str]()
            phrase = Phrase(kinds, (word.key,), word.raw, word.start, word.end, word.signs)
        yield phrase
        at += length


def code_of(words: Iterable[str]) -> str | None:
    """Code of the term that these normalised words spell, or None."""
    return _lexicon().codes.get("".join(words))


def ambiguity_of(phrase: Phrase) -> Ambiguity:
    """What an ambiguous abbreviation may stand for."""
    return _lexicon().ambiguous["".join(phrase.words)]


def read_words(text: str) -> list[Word]:
    """The words of a text in normal form, Roman stage numbers as digits, one slip of the pen mended."""
    lexicon = _lexicon()
    words: list[Word] = []
    signs = ""
    for match in _TOKEN.finditer(text):
        if match["word"] is None:
            signs += match.group()
            continue
        raw = match.group()
        key = normalise(raw)
        if words and "numbered" in lexicon.kinds.get(words[-1].key, ()):
            key = _digits(key)
        if key not in lexicon.known_words and len(key) >= _SHORTEST_MISSPELT and key.isalpha():
            key = _mended(key)
        words.append(Word(key, raw, match.start(), match.end(), signs))
        signs = ""
    return words


def _digits(key: str) -> str:
    match = _ROMAN_STAGE.fullmatch(key)
    return _ROMAN[match[1]] + match[2] if match else key


def _phrase(text: str, words: list[Word], key: str, whole: bool) -> Phrase | None:
    lexicon = _lexicon()
    code = lexicon.codes.get(key)
    kinds = lexicon.kinds.get(key, frozenset())
    ambiguous = len(words) == 1 and key in lexicon.ambiguous
    if key in lexicon.capitals and len(words) == 1 and words[0].raw.islower():
        code, ambiguous = None, False
    if kinds and not whole and code == NONE:
        code = None  # "no" alone is an answer, before other words it is a cue
    if code is None and not kinds and not ambiguous:
        return None
    if code is not None:
        kinds = kinds | {"term"}
    elif ambiguous:
        kinds = kinds | {"ambiguous"}
    start, end = words[0].start, words[-1].end
    return Phrase(kinds, tuple(word.key for word in words), text[start:end], start, end, words[0].signs, code)


@cache
def _lexicon() -> _Lexicon:
    codes: dict[str, str] = {}
    doubtful: set[str] = set()
    known: set[str] = set()
    longest = 1
    for code, term in load_vocabulary("disease").terms.items():
        for words in (code, term.label, *term.synonyms):
            keys = _keys(words)
            known.update(keys)
            longest = max(longest, len(keys))
            key = "".join(keys)
            if codes.setdefault(key, code) != code:
                doubtful.add(key)
    kinds: dict[str, set[str]] = {}
    for row in _rows("disease_modifiers"):
        if row["kind"] not in KINDS:
            raise ValueError(f"vocabulary/disease_modifiers.csv: kind '{row['kind']}' of '{row['word']}' is unknown")
        keys = _keys(row["word"])
        known.update(keys)
        longest = max(longest, len(keys))
        kinds.setdefault("".join(keys), set()).add(row["kind"])
    ambiguous, capitals = _ambiguities(codes)
    for key in doubtful:
        del codes[key]
    return _Lexicon(
        codes,
        {key: frozenset(values) for key, values in kinds.items()},
        ambiguous,
        capitals,
        frozenset(known),
        _misspelt(known),
        longest,
    )


def _ambiguities(codes: dict[str, str]) -> tuple[dict[str, Ambiguity], frozenset[str]]:
    terms = load_vocabulary("disease").terms
    ambiguous: dict[str, Ambiguity] = {}
    capitals: set[str] = set()
    for row in _rows("ambiguous_abbreviations"):
        key = "".join(_keys(row["abbreviation"]))
        if row["capitals"]:
            capitals.add(key)
        candidates = tuple(filter(None, row["candidates"].split("|")))
        unknown = [code for code in (*candidates, *filter(None, [row["default"]])) if code not in terms]
        if unknown:
            raise ValueError(
                f"vocabulary/ambiguous_abbreviations.csv: {unknown} of '{row['abbreviation']}' is no disease"
            )
        if row["default"]:
            codes.setdefault(key, row["default"])
        elif candidates:
            context = {}
            for choice in filter(None, row["context"].split(";")):
                code, _, words = choice.partition(":")
                context[code.strip()] = frozenset("".join(_keys(word)) for word in words.split())
            ambiguous[key] = Ambiguity(candidates, context)
    return ambiguous, frozenset(capitals)


def _rows(name: str) -> list[dict[str, str]]:
    with resource("data", "vocabulary", f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _keys(words: str) -> list[str]:
    keys: list[str] = []
    for match in _TOKEN.finditer(words.replace("_", " ")):
        if match["word"] is not None:
            keys.append(normalise(match.group()))
    return keys


def _misspelt(known: Iterable[str]) -> dict[str, str]:
    # Two words one letter apart share a form with one letter left out (SymSpell); a form of two words says nothing.
    forms: dict[str, str] = {}
    for word in sorted(known):
        if len(word) >= _SHORTEST_MISSPELT and word.isalpha():
            for form in {word, *_shortened(word)}:
                forms[form] = "" if form in forms else word
    return forms


@lru_cache(maxsize=16_384)
def _mended(word: str) -> str:
    forms = _lexicon().misspelt
    found = {forms.get(form, "") for form in (word, *_shortened(word))} - {""}
    return found.pop() if len(found) == 1 else word


def _shortened(word: str) -> Iterator[str]:
    # The first letters carry the meaning (hypo-, hyper-): a slip is looked for behind them.
    return (word[:at] + word[at + 1 :] for at in range(5, len(word)))
