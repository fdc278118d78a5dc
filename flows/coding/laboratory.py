"""Laboratory values and autoantibodies as authors write them: which test, how much, in which unit, how judged.

Tests, antibodies and judgements are vocabularies; units (units.csv), conditions that state a result ("anaemia",
laboratory_conditions.csv), words that make another test of one ("calcium, ionised", test_qualifiers.csv) and titres that
count as positive (titre_cutoffs.csv) are rules, in data/rules. A unit is read, never guessed from the size of a value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from flows.coding.items import CodedItem
from flows.coding.missing import missing_state
from flows.coding.numbers import NUMBER, fold, interval, read_commas
from flows.coding.phrases import PhraseIndex, Token, cues_of, tokens_of
from flows.coding.plausibility import doubt
from flows.coding.quantities import cue_beside
from flows.coding.units import conversion
from flows.coding.vocabulary import load_vocabulary, normalise
from flows.resources import resource

_VALUE = re.compile(
    rf"(?P<comparator><=|>=|=<|=>|[<>\u2264\u2265])?\s*(?:~|\u2248)?\s*(?<![\w.:/])(?P<low>{NUMBER})"
    rf"(?:\s*(?:-|to)\s*(?P<high>{NUMBER}))?(?![\d:])"
)
_BETWEEN = re.compile(rf"\b(?:between|zwischen|entre|tra)\s+({NUMBER}\s*[^\s\d]?\S*?)\s*\b(?:and|und|et|y|e)\s+(?=\d)")
_UNIT_TWICE = re.compile(rf"({NUMBER})\s*([^\s\d()<>=,;-][^\s()<>=,;-]*)\s*(?:-|to)\s*({NUMBER}\s*)(?=\2(?!\S))")
_ALL_TESTS = "laboratory_panel"
_CLAUSE = re.compile(r"[,;(\[]")
_LONGEST_UNIT = 6
_WORDS: Mapping[str, str] = {"less": "<", "more": ">", "at_least": ">="}
_SIGNS: Mapping[str, str] = {"=<": "<=", "=>": ">=", "\u2264": "<=", "\u2265": ">="}
_BRACKET = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_LIMITS = re.compile(rf"[<>\u2264\u2265]\s*{NUMBER}|{NUMBER}\s*(?:-|to)\s*{NUMBER}")
_NAMED = re.compile(r"(?P<name>[^=]+?)\s*=\s*(?P<said>.*)|(?P<name2>[^=:]+?)\s*:(?!\d)\s*(?P<said2>.+)", re.DOTALL)
_COMMA = re.compile(r"[,;](?!\d)\s*")
_SEPARATOR = re.compile(r"[,;](?!\d)|\b(?:and|with|but|plus|or|along with|as well as)\b|&|\+(?=\s*\w)")
_ENUMERATION = re.compile(r"\b(?:or|nor)\b")
_SHARED = re.compile(r"[,;/&+]|\band\b|\bor\b")
_POSITIVE_SIGN = re.compile(r"\s*(?:\(\s*\++\s*\)|\++)")
_NEGATIVE_SIGN = re.compile("\\s*(?:\\(\\s*[-\u2010-\u2015\u2212]+\\s*\\)|[-\u2010-\u2015\u2212]+)\\s*$")
_TITRE = re.compile(r"(?P<below>[<\u2264])?\s*(?<![\d.])1\s*[:/]\s*(?P<times>\d[\d.,]*)")
_MULTIPLE = re.compile(rf"{NUMBER}\s*(?:-?\s*fold|x|\u00d7|times)\s*(?:the\s+)?(?:uln|upper|normal|above)")
_IN_FAVOUR: Mapping[str, str] = {"positive": "positive", "high": "positive", "abnormal": "positive"}
_AGAINST: Mapping[str, str] = {"negative": "negative", "normal": "negative", "low": "negative"}


@dataclass(frozen=True, slots=True)
class _Name:
    """A test, an antibody or a stated condition at text[start:end]; a condition states its interpretation."""

    code: str
    start: int
    end: int
    interpretation: str | None = None


def parse_measurement(text: str, test_code: str | None) -> CodedItem:
    """Read one result: a value in the canonical unit of the test, as an interval, and the author's interpretation.

    text: "9.4 mg/dL", "<0.1 µg/l", "1,251 pg/mL (high)", "upper normal", also behind a name ("PTH=57 ng/L").
    test_code: code in data/vocabulary/laboratory_test.csv, which decides the canonical unit; None where it is unknown. Where
    the text itself names a kind of that test ("1.2 mmol/L, ionised"), the code of the item is that kind's.
    Without a unit the value stays as said, with unit None; so it does with a unit that does not fit the test, and a
    problem. Text with neither a value nor an interpretation has a problem. precision is exact, range, approximate, or
    None without a value; doubt says why a value can hardly be right as written.
    """
    said = text
    named = _name_and_result(text)
    if named is not None and (names := _tests_named(named[0])):
        test_code = test_code or names[-1].code
        said = named[1]
    test_code = _qualified(test_code, text)
    item = replace(_measure(said, test_code), text=text, code=test_code)
    return item if item.interpretation else _judged_by_condition(item, text)


def code_laboratory(text: str) -> list[CodedItem]:
    """Code one part of a cell of laboratory results, as one item per test.

    "PTH=57 ng/L", "PTH: high", "PTH 57 ng/L", "normal renal function", "calcium and phosphate normal", "anaemia". code
    is the test's, None when no test is known; state, value and interpretation are those of `parse_measurement`.
    """
    items: list[CodedItem] = []
    for part in _parts(text):
        named = _name_and_result(part)
        names = _tests_named(named[0]) if named else []
        if named and names and not _heads(names, named[1], _tests_and_conditions(), _panels("laboratory_test")):
            names = [replace(name, code=_qualified(name.code, named[1]) or name.code) for name in names]
            items += [_result(part, name, _measure(named[1], name.code)) for name in names]
        elif named and "=" in part and not names:
            items.append(_result(part, None, _measure(named[1], None)))
        elif found := _names(named[1] if named and names else part, _tests_and_conditions()):
            items += _spread(named[1] if named and names else part, found, _measure, _result)
        else:
            items.append(_of_all_tests(part))
    return _once(items) or [CodedItem(text)]


def code_autoantibodies(text: str) -> list[CodedItem]:
    """Code one part of a cell of autoantibodies, as one item per antibody.

    "ANA=positive 1:320", "anti-centromere negative", "ANA+", "ANA, anti-dsDNA and ENA negative". state is present for a
    positive and absent for a negative antibody, interpretation positive or negative; the titre stays in the text.
    """
    vocabulary = load_vocabulary("autoantibody")
    if (code := vocabulary.lookup(text)) is not None and vocabulary.terms[code].level == "absent":
        return [CodedItem(text, code, state="absent", interpretation="negative")]
    items: list[CodedItem] = []
    for part in _parts(text):
        named = _name_and_result(part)
        names = _antibodies_named(named[0]) if named else []
        panels = _panels("autoantibody")
        if named and names and _heads(names, named[1], _antibodies(), panels):
            items += _spread(named[1], _names(named[1], _antibodies(), panels), _reaction, _antibody)
        elif named and names:
            items += [_antibody(part, name, _reaction(named[1], name.code)) for name in names]
        elif named:
            items.append(_antibody(part, None, _reaction(named[1], None)))
        else:
            items += _spread(part, _names(part, _antibodies(), panels), _reaction, _antibody)
    return _once(items) or [CodedItem(text)]


def code_interpretation(text: str, test_code: str) -> list[CodedItem]:
    """Code low, normal, high, … of one test; code and interpretation are the same word of the vocabulary.

    "hypercalcaemia" is high where the test is calcium. A value alone is kept, with a problem: the judgement is asked.
    """
    stated = _names(text, _tests_and_conditions())
    item = _measure(text, test_code)
    word = item.interpretation
    if word is None and len(stated) == 1 and stated[0].code == test_code:
        word = stated[0].interpretation
    if word is not None:
        return [replace(item, text=text, code=word, interpretation=word, problem=None)]
    if item.value_low is None and item.value_high is None:
        return [CodedItem(text, state=item.state)]
    return [replace(item, text=text, problem="a value where low, normal or high is asked")]


def _qualified(test_code: str | None, text: str) -> str | None:
    """The test that the words of a result make of a test: calcium with "ionised" beside its value is ionised calcium."""
    words = _qualifiers().get(test_code or "")
    if words is None:
        return test_code
    # A bracket with a number of its own is another result: "9.4 mg/dL (ionised 1.2 mmol/L)".
    around = _BRACKET.sub(lambda match: " " if re.search(r"\d", match.group()) else match.group(), fold(text))
    match = words[0].search(around if re.search(r"\d", around) else fold(text))
    return words[1][match.group()] if match else test_code


def _judged_by_condition(item: CodedItem, text: str) -> CodedItem:
    """The item with the interpretation of a word such as hypercalcaemia, where it is one of the same test."""
    stated = {name.interpretation for name in _names(text, _tests_and_conditions()) if name.code == item.code}
    stated.discard(None)
    if item.state != "present" or len(stated) != 1:
        return item
    valued = item.value_low is not None or item.value_high is not None
    return replace(item, interpretation=stated.pop(), problem=item.problem if valued else None)


@cache
def _qualifiers() -> Mapping[str, tuple[re.Pattern[str], Mapping[str, str]]]:
    found: dict[str, dict[str, str]] = {}
    for row in _rows("test_qualifiers.csv"):
        found.setdefault(row["test"], {})[fold(row["words"])] = row["becomes"]
    return {
        test: (re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?!\w)"), words)
        for test, words in found.items()
    }


@cache
def _interpretations() -> PhraseIndex:
    return PhraseIndex(load_vocabulary("interpretation").keys)


@cache
def _tests() -> PhraseIndex:
    return PhraseIndex(load_vocabulary("laboratory_test").keys, letters=True)


@cache
def _antibodies() -> PhraseIndex:
    vocabulary = load_vocabulary("autoantibody")
    return PhraseIndex({key: code for key, code in vocabulary.keys.items() if vocabulary.terms[code].level != "absent"})


@cache
def _tests_and_conditions() -> PhraseIndex:
    """Tests, and conditions as "test=interpretation"."""
    keys = dict(load_vocabulary("laboratory_test").keys)
    for row in _rows("laboratory_conditions.csv"):
        keys[normalise(row["words"])] = f"{row['test_code']}={row['interpretation']}"
    return PhraseIndex(keys, letters=True)


@cache
def _cutoffs() -> Mapping[str, float]:
    return {row["antibody"]: float(row["lowest_positive"]) for row in _rows("titre_cutoffs.csv")}


@cache
def _reference() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words that announce a reference range: alone, and with the range behind them to the end of the text."""
    cues = cues_of("other_labs").cues
    words = sorted((key for key, found in cues.items() if any(cue.role == "reference_range" for cue in found)), key=len)
    either = "|".join(map(re.escape, reversed(words)))
    return re.compile(rf"\b(?:{either})\b"), re.compile(rf"\b(?:{either})\b[\s:=.]*[<>\u2264\u2265]?\s*\d.*$")


def _rows(name: str) -> list[dict[str, str]]:
    with resource("data", "rules", name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _parts(text: str) -> list[str]:
    """The text cut before each "name=" behind a finished "name=result"."""
    parts: list[str] = []
    for piece in _pieces(text.strip(), _COMMA):
        if parts and not ("=" in parts[-1] and "=" in piece):
            parts[-1] = f"{parts[-1]}, {piece}"
        else:
            parts.append(piece)
    return parts if len(parts) > 1 else [text.strip()] if text.strip() else []


def _pieces(text: str, separator: re.Pattern[str]) -> list[str]:
    pieces, start = [], 0
    for match in separator.finditer(text):
        if text.count("(", 0, match.start()) <= text.count(")", 0, match.start()):
            pieces.append(text[start : match.start()].strip())
            start = match.end()
    return [piece for piece in (*pieces, text[start:].strip()) if piece]


def _name_and_result(text: str) -> tuple[str, str] | None:
    """Name and result of "name=result" or "name: result"; None where the sign stands within the result."""
    match = _NAMED.fullmatch(text.strip())
    if match is None:
        return None
    name, said = (match["name"], match["said"]) if match["name"] is not None else (match["name2"], match["said2"])
    return (name, said) if name.count("(") <= name.count(")") and re.search(r"[^\W\d_]", name) else None


def _heads(names: Sequence[_Name], said: str, index: PhraseIndex, panels: frozenset[str]) -> bool:
    """Whether a panel's name only heads a list of its members ("autoantibodies: ANA positive")."""
    return all(name.code in panels for name in names) and any(name.code not in panels for name in _names(said, index))


def _of_all_tests(text: str) -> CodedItem:
    """A judgement without any test ("all normal") is one on the laboratory tests as a whole."""
    item = _measure(text, None)
    if item.interpretation is None or item.value_low is not None:
        return CodedItem(text)
    return replace(item, text=text, code=_ALL_TESTS)


def _names(text: str, index: PhraseIndex, panels: frozenset[str] = frozenset()) -> list[_Name]:
    """Names in a text. Neighbours that say the same are one name ("anti-Ro (SSA)"), as are a name and a panel."""
    tokens = tokens_of(text)
    names: list[_Name] = []
    for match in index.find(tokens):
        start, end = tokens[match.first].start, tokens[match.last].end
        if match.first > 0 and _is_no_name(text, start, end):
            continue
        code, _, interpretation = match.code.partition("=")
        touching = bool(names) and not re.search(r"[^\W_]|,", text[names[-1].end : start])
        if names and (names[-1].code == code or (touching and code in panels)):
            names[-1] = replace(names[-1], end=end)
        else:
            names.append(_Name(code, start, end, interpretation or None))
    return names


def _is_no_name(text: str, start: int, end: int) -> bool:
    """Whether the name of a test stands here for something else: a unit ("2.1 mg/dL"), or a letter in the text."""
    words = re.split(r"[,;()]", text[start : start + 20], maxsplit=1)[0].split()[:2]
    return end - start < 2 or any(conversion(None, " ".join(words[:n])) is not None for n in (1, 2))


@cache
def _panels(name: str) -> frozenset[str]:
    terms = load_vocabulary(name).terms.values()
    return frozenset(term.code for term in terms if term.level == "panel")


def _tests_named(name: str) -> list[_Name]:
    return _named(name, _tests(), _tests_and_conditions())


def _antibodies_named(name: str) -> list[_Name]:
    return _named(name, _antibodies(), _antibodies())


def _named(name: str, whole: PhraseIndex, parts: PhraseIndex) -> list[_Name]:
    """What stands before "=": one name as a whole, an enumeration of names, else the longest name within it."""
    if (code := whole.whole(name)) is not None:
        return [_Name(code, 0, len(name))]
    names = _names(name, parts)
    gaps = [name[one.end : other.start] for one, other in pairwise(names)]
    if not names or all(_SHARED.search(gap) for gap in gaps):
        return names
    return [max(names, key=lambda one: (one.end - one.start, one.start))]


def _spread(
    text: str,
    names: Sequence[_Name],
    read: Callable[[str, str | None], CodedItem],
    combine: Callable[[str, _Name | None, CodedItem], CodedItem],
) -> list[CodedItem]:
    """Names and results in free order: each name takes the words around it up to the next separator.

    A name without a result shares that of the next one ("calcium and phosphate normal"), or, where the judgement stands
    in front ("normal calcium and phosphate"), that of the one before.
    """
    if not names:
        return [CodedItem(text)]
    stretches = _stretches(text, names)
    results: list[CodedItem | None] = []
    denied, last = False, 0
    for name, (start, end) in zip(names, stretches, strict=True):
        before, after = text[start : name.start], text[name.end : end]
        gap = text[last : name.start]
        denied, last = _denies(before) or (denied and _ENUMERATION.search(gap) is not None), name.end
        result = _read(after, name.code, read)
        if result is None or result.interpretation is None:
            judged = CodedItem(before, state="absent") if denied else _read(before, name.code, read)
            if result is None:
                result = judged
            elif judged is not None and judged.value_low is None and judged.interpretation is not None:
                result = replace(result, interpretation=judged.interpretation)
        results.append(result or (CodedItem(text[start:end]) if name.interpretation else None))
    in_front = _read(text[: names[0].start], names[0].code, read) is not None
    shared = _filled(results) if in_front else _filled(results[::-1])[::-1]
    for n, name in enumerate(names):
        if shared[n] is None and n and text.count("(", 0, name.start) > text.count(")", 0, name.start):
            shared[n] = shared[n - 1]
    words = [text] if len(names) == 1 else [_trimmed(text[start:end]) for start, end in stretches]
    return [
        combine(own, name, result or CodedItem(own)) for own, name, result in zip(words, names, shared, strict=True)
    ]


def _trimmed(words: str) -> str:
    words = words.strip(" ,;")
    return words if words.count("(") == words.count(")") else words.strip("() ")


def _denies(before: str) -> bool:
    cues = cues_of("other_labs")
    tokens = tokens_of(before)
    return any(cue.role == "negation_before" for _, cue in cues.find(tokens, frozenset()))


def _read(words: str, code: str, read: Callable[[str, str | None], CodedItem]) -> CodedItem | None:
    """What a stretch beside a name says, or None when it says nothing."""
    if not words.strip(" ,;.=:()[]"):
        # A sign is all that a stretch may consist of: "ANA (-)" is read, "anti-Ro (" is not.
        return None
    item = read(words, code)
    return item if _says(item) or (item.problem and re.search(r"\d", words)) else None


def _stretches(text: str, names: Sequence[_Name]) -> list[tuple[int, int]]:
    """The part of the text (start, end) that belongs to each name, the separators between them left out."""
    stretches, start = [], 0
    for one, other in pairwise(names):
        match = _SEPARATOR.search(text, one.end, other.start)
        stretches.append((start, match.start() if match else other.start))
        start = match.end() if match else other.start
    return [*stretches, (start, len(text))]


def _filled(results: Sequence[CodedItem | None]) -> list[CodedItem | None]:
    filled: list[CodedItem | None] = []
    for result in results:
        filled.append(result if result is not None or not filled else filled[-1])
    return filled


def _says(item: CodedItem) -> bool:
    return (
        item.interpretation is not None
        or item.value_low is not None
        or item.value_high is not None
        or item.state != "present"
    )


def _once(items: Sequence[CodedItem]) -> list[CodedItem]:
    seen: dict[str, CodedItem] = {}
    for item in items:
        seen.setdefault(item.code or f"={item.text}", item)
    return list(seen.values())


def _result(text: str, name: _Name | None, item: CodedItem) -> CodedItem:
    item = replace(item, text=text, code=name.code if name else None)
    if item.state == "absent" and not (name and name.interpretation):
        return replace(item, state="not_assessed")
    if name and name.interpretation and item.interpretation is None and item.value_low is None:
        return replace(item, interpretation=name.interpretation, problem=None)
    return item


def _measure(said: str, test_code: str | None) -> CodedItem:
    if (word := load_vocabulary("interpretation").lookup(said)) is not None:
        return CodedItem(said, interpretation=word)
    if (state := missing_state(said)) is not None:
        return CodedItem(said, state="not_reported" if state == "absent" else state)
    plain = _without_reference(_plain(said))
    interpretation = _interpretation(plain) or _last_letter(said)
    if _MULTIPLE.search(plain):
        return CodedItem(said, interpretation="high")
    searched = _BRACKET.sub(lambda match: " " * len(match.group()), plain)
    value = _VALUE.search(searched) or _VALUE.search(plain)
    if value is None:
        problem = None if interpretation else "neither a number nor an interpretation"
        return CodedItem(said, interpretation=interpretation, problem=problem)
    low, high = float(value["low"]), float(value["high"] or value["low"])
    sign = value["comparator"]
    cue = None if sign else cue_beside(plain[: value.start()])
    is_about = cue == "approximate" or "~" in value.group() or "\u2248" in value.group()
    found = interval(low, high, _SIGNS.get(sign, sign) if sign else _WORDS.get(cue or ""))
    unit, factor, problem, written = _unit(plain[value.end() :], test_code)
    return CodedItem(
        said,
        value_low=_scaled(found.low, factor),
        value_high=_scaled(found.high, factor),
        bounds=found.bounds,
        precision="range" if value["high"] else "approximate" if is_about else "exact",
        unit=unit,
        comparator=found.comparator,
        interpretation=interpretation,
        doubt=doubt(test_code, written, found.low, found.high) if written else None,
        problem=problem,
    )


def _scaled(value: float | None, factor: float) -> float | None:
    # Twelve digits: what a conversion adds beyond them is noise of the binary fraction.
    return None if value is None else float(f"{value * factor:.12g}")


def _plain(said: str) -> str:
    """Folded text with numbers and ranges in one form: "between 9 mg/dL and 10 mg/dL" is "9 - 10 mg/dL"."""
    plain = _BETWEEN.sub(r"\1 - ", read_commas(fold(said), thousands=True))
    return _UNIT_TWICE.sub(r"\1 - \3", plain)


def _unit(rest: str, test_code: str | None) -> tuple[str | None, float, str | None, str | None]:
    """Unit at the start of what follows a number, its factor to the canonical unit, what is wrong with it, and its words."""
    rest = _CLAUSE.split(rest, maxsplit=1)[0].strip()
    words = rest.split()
    for n in range(min(len(words), _LONGEST_UNIT), 0, -1):
        if (convert := conversion(test_code, " ".join(words[:n]))) is not None:
            return convert.unit, convert.factor, None, " ".join(words[:n])
    if not words or _is_no_unit(words[0], tokens_of(rest)):
        return None, 1.0, None, None
    if conversion(None, words[0]) is None:
        return None, 1.0, f"unknown unit '{words[0]}'", None
    return None, 1.0, f"unit '{words[0]}' does not fit the test", None


def _is_no_unit(word: str, tokens: Sequence[Token]) -> bool:
    """Whether what follows a number is no unit at all: punctuation, a flag, a judgement, or plain words."""
    if not tokens and word != "%":
        return True
    if tokens and len(word) == 1 and tokens[0].key in load_vocabulary("interpretation").keys:
        return True
    if conversion(None, word) is not None:
        return False
    return _interpretations().at(tokens, 0) is not None or tokens[0].key in cues_of("other_labs").modifiers


def _without_reference(plain: str) -> str:
    """The text without the reference range that authors print beside a value."""
    if re.search(r"\d", _BRACKET.sub(" ", plain)):
        plain = _BRACKET.sub(lambda match: _judgements(match[1] or match[2] or ""), plain)
    match = _reference()[1].search(plain)
    return plain[: match.start()] if match and re.search(r"\d", plain[: match.start()]) else plain


def _judgements(bracket: str) -> str:
    parts = re.split(r"[,;]", bracket)
    if any(_LIMITS.search(part) for part in parts):
        parts = [part for part in parts if not _reference()[0].fullmatch(part.strip())]
    kept = [
        part
        for part in parts
        if not _LIMITS.search(part) and not (re.search(r"\d", part) and _reference()[0].search(part))
    ]
    return f"({','.join(kept)})"


def _interpretation(plain: str) -> str | None:
    """The first judgement in a text; a single letter counts where it stands in brackets."""
    vocabulary = load_vocabulary("interpretation")
    for match in _BRACKET.finditer(plain):
        inside = match[1] or match[2] or ""
        if inside.strip() and (word := vocabulary.lookup(inside)) is not None:
            return word
    if found := _interpretations().find(tokens_of(plain)):
        return found[0].code
    return None


def _last_letter(said: str) -> str | None:
    """The flag that laboratories print behind a value: "10.6 H"."""
    last = said.split()[-1]
    return load_vocabulary("interpretation").lookup(last) if len(last) == 1 and last.isupper() else None


def _reaction(said: str, code: str | None) -> CodedItem:
    """What is said of an antibody: positive or negative by word, sign or titre."""
    words = said.strip()
    if not words:
        return CodedItem(said)
    if (state := missing_state(words)) in ("not_reported", "not_assessed") and not _NEGATIVE_SIGN.fullmatch(said):
        return CodedItem(said, state=state)
    plain = _plain(said)
    titre = _TITRE.search(plain)
    judged = _interpretation(_TITRE.sub(" ", plain))
    word = _IN_FAVOUR.get(judged or "") or _AGAINST.get(judged or "")
    if word is None and judged is not None:
        return CodedItem(said, interpretation=judged)
    if word is None and _POSITIVE_SIGN.match(said):
        word = "positive"
    elif word is None and _NEGATIVE_SIGN.fullmatch(said):
        word = "negative"
    if word is not None:
        return CodedItem(said, interpretation=word, state="absent" if word == "negative" else "present")
    if titre is not None:
        return _by_titre(said, titre, code)
    item = _measure(said, None)
    if item.value_low is None and item.value_high is None:
        return CodedItem(said)
    return replace(item, problem="a value without 'positive' or 'negative'")


def _by_titre(said: str, titre: re.Match[str], code: str | None) -> CodedItem:
    lowest = _cutoffs().get(code or "")
    if titre["below"]:
        return CodedItem(said, interpretation="negative", state="absent")
    if lowest is not None and float(titre["times"].replace(",", "").rstrip(".")) >= lowest:
        return CodedItem(said, interpretation="positive")
    return CodedItem(said, problem="a titre without 'positive' or 'negative'")


def _antibody(text: str, name: _Name | None, item: CodedItem) -> CodedItem:
    interpretation = "negative" if item.state == "absent" else item.interpretation
    return replace(item, text=text, code=name.code if name else None, interpretation=interpretation)
