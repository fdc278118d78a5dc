"""Where a narrative tells somebody's age, whose age it is, and whether it is the age at presentation or at some event.

The forms are data (data/rules/age_patterns.csv). A form that is anchored at a number has two regular expressions: what
must end at the number, and what must follow it; a form of words ("in her 70s") has one that is looked for everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal, cast, get_args

from flows.coding.coder import code_text
from flows.extract.model import Sentence
from flows.extract.person_index import sentence_words
from flows.extract.person_words import SexCue, derive_sex, fill, patient_cue, sex_words
from flows.extract.reading import Reading
from flows.rules import read_rules

AgeKind = Literal["age", "event", "newborn"]
_COLUMNS = [
    "rule",
    "words",
    "before",
    "pattern",
    "anchor",
    "kind",
    "confidence",
    "quote",
    "matches",
    "must_not_match",
    "source",
]
_REACH = 60
_NEAR = 45
# Words between an age and the person it belongs to; a verb or preposition ends the search.
_BETWEEN = (
    r"[\s,\-\u2010-\u2015]*(?:(?!(?:with|who|whose|present\w*|was|is|were|had|has|having|admitted|and|after|in|from|to"
    r"|for|of|at|on|by|underwent|when|suffer\w*|diagnosed|complain\w*)\b)[^\W\d_][\w'\u2019/()-]*[\s,\-\u2010-\u2015]+)"
)
_LIST_BEFORE = re.compile(
    r"(?<![\w.,-])(\d{1,3}|[a-z]+)(?:[\s-]*(?:years?|yrs?|months?|weeks?|days?))?-?(?:\s*\([^()]{1,8}\))?"
    r"\s*(?:,\s*and|,|and(?:\s+an?(?=\s))?|&|or)\s*$",
    re.IGNORECASE,
)
_RANGE_BEFORE = re.compile(r"(?<![\w.,-])\d{1,3}\s*(?:-|\u2013|to)\s*$")
_LIST_AFTER = re.compile(
    r"\s*(?:years?|yrs?|months?|weeks?|days?)?(?:\s*(?:,\s*and|and|&)\s*(?P<last>\d{1,3}|[a-z]{3,9})\b(?!\s*(?:%|kg|cm|mm|mg))"
    r"|\s*,\s*(?P<next>\d{1,3}|[a-z]{3,9})(?=\s*(?:years?|yrs?|months?|weeks?|days?|,|and\b|&)))",
    re.IGNORECASE,
)
# "Two sisters, aged 18 and 15" are patients; "she had two sisters, aged 18 and 15" are not.
_COUNTED_KIN = re.compile(
    r"(?<!has )(?<!had )(?<!have )(?<!her )(?<!his )(?<!of )\b(?:two|three|four|five|both|[2-5])\s+(?:(?!had|has|have)\w+\s+){0,3}"
    r"(?:siblings|brothers|sisters|daughters|sons|cousins)\b[\w\s,()-]*$",
    re.IGNORECASE,
)
# From here on a decimal is the mean of many, not the age of one.
_WHOLE_YEARS = 20
_DECIMAL = re.compile(r"\D{0,8}\d+[.,]\d")
# What a number must have behind or before it to be worth a closer look: every form has one of these.
_MAY_FOLLOW = re.compile(r"[\s\-\u2010-\u2015]*(?:[ymwdh]|old|/\s?[mf]|f\b)", re.IGNORECASE)
_MAY_PRECEDE = re.compile(
    r"\baged?\b|\bages\b|\bof\s+$|\b(?:was|is)\s+(?:\w+\s+)?$|\b[mf]\s?/?\s?$|[,(]\s*$|\bat\s+$|\bturn(?:ed|ing)\s+$",
    re.IGNORECASE,
)
# Forms behind which further ages may follow, and those that are no ages at all where none does.
_LISTING = frozenset({"age_aged", "age_person_of", "age_at", "age_list"})
_NOBODY = SexCue("", "", 0.0)
_DIGITS = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_AND_KIN = re.compile(r"\d{1,3}[\s-]*years?[\s-]*old\s+[\w-]+\s+and\s+(?:an?|his|her)\s+$", re.IGNORECASE)
_UNIT_SAID = re.compile(r"\b(years?|yrs?|months?|weeks?|days?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AgeMention:
    """An age in the text.

    start, end: the quote.   sentence: that it stands in; of one in a heading the first below it.
    value: from which `code_text("age_years", value)` gives years: the quote, with its unit where that stands elsewhere
    ("12 and 14 years").   years: lower end.
    kind: "age" at presentation as far as the words go; "event" at some event ("at the age of 12"); "newborn" a word.
    sex, person: of the noun that the age is said of, with its offsets; None where there is none.
    relative: age of somebody else (kin, donor); kin: of kin, who may turn out to be patients.
    introduces: the words bring in a person not spoken of before ("a", "another", start of a sentence).
    listed: one of several ages that share their words ("aged 34 and 45 years").
    """

    start: int
    end: int
    value: str
    years: float
    rule: str
    kind: AgeKind
    confidence: float
    sentence: Sentence
    sex: str | None = None
    person: tuple[int, int] | None = None
    relative: bool = False
    introduces: bool = False
    listed: bool = False
    kin: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    rule: str
    kind: AgeKind
    confidence: float
    before: re.Pattern[str] | None
    pattern: re.Pattern[str]
    words: frozenset[str]


@cache
def _forms() -> tuple[tuple[_Form, ...], tuple[_Form, ...]]:
    """Forms anchored at a number, and forms of words. Raises ValueError for an unknown kind or anchor."""
    anchored: list[_Form] = []
    worded: list[_Form] = []
    for row in read_rules("age_patterns.csv", _COLUMNS):
        if row["kind"] not in get_args(AgeKind) or row["anchor"] not in ("number", "words"):
            raise ValueError(
                f"age_patterns.csv: {row['rule']}: unknown kind {row['kind']!r} or anchor {row['anchor']!r}"
            )
        # Letters for the sex count as written; elsewhere case counts for nothing.
        both = row["before"] + row["pattern"]
        flags = re.NOFLAG if "[MF]" in both and "(?-i:" not in both else re.IGNORECASE
        before = re.compile(fill(row["before"]), flags) if row["before"] else None
        words = frozenset(filter(None, row["words"].split("|")))
        pattern = re.compile(fill(row["pattern"]), flags)
        form = _Form(row["rule"], cast(AgeKind, row["kind"]), float(row["confidence"]), before, pattern, words)
        (anchored if row["anchor"] == "number" else worded).append(form)
    return tuple(anchored), tuple(worded)


@cache
def _number() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w.,\u00b7/])(?<!\d[-\u2013])(?:{fill('{number}')})|(?<=\d[-\u2013])\d{{1,3}}|(?<=[MFmf]/){fill('{number}')}",
        re.IGNORECASE,
    )


@cache
def _person_after() -> re.Pattern[str]:
    relative = patient_cue("relative").pattern
    other = patient_cue("other_person").pattern
    nouns = rf"(?P<relative>{relative}|{other})|(?P<person>{fill('{person}')})"
    return re.compile(rf"{_BETWEEN}{{0,6}}?[\s,(\-]*(?:{nouns})\b", re.IGNORECASE)


@cache
def _person_before() -> re.Pattern[str]:
    relative = patient_cue("relative").pattern
    other = patient_cue("other_person").pattern
    return re.compile(
        rf"\b(?:(?P<relative>{relative}|{other})|(?P<person>{fill('{person}')}))\b(?:['\u2019]s)?"
        r"(?:[\s,(:;\u2013-]|\b(?:patient|aged?|of|who|was|is|an?|about|approximately|then|at|the|infant|adult)\b){0,12}$",
        re.IGNORECASE,
    )


@cache
def _introduced() -> re.Pattern[str]:
    """What stands before an age that brings in somebody not spoken of before."""
    return re.compile(
        r"(?:^|[.:;(\n\u2022]|\b(?:an?|another|one|first|second|third|other|additional|further|and))\s*"
        r"(?:(?!(?:the|this|that|our|his|her|their|whose|now|then|currently|until|when|since|by)\b)[a-z][\w'-]*[\s,]+){0,5}$",
        re.IGNORECASE,
    )


@lru_cache(maxsize=16)
def age_mentions(reading: Reading) -> tuple[AgeMention, ...]:
    """All ages of persons in a document, in the order of the text, those of relatives included and marked."""
    text = reading.document.text
    found: list[AgeMention] = []
    anchored, worded = _forms()
    end_of_last = 0
    for number in _numbers(reading):
        if number.start() < end_of_last or not _is_worth_a_look(text, number):
            continue
        for form in anchored:
            match = form.pattern.match(text, number.end())
            if match is None:
                continue
            if form.before is not None and not form.before.search(
                text[max(0, number.start() - _REACH) : number.start()]
            ):
                continue
            end = match.end()
            mentions = _with_its_list(reading, form, number.start(), end, text)
            found.extend(mentions)
            end_of_last = max([end, *(mention.end for mention in mentions)])
            break
    words = frozenset().union(*(one.words for one in sentence_words(reading)))
    for form in worded:
        if form.words.isdisjoint(words):
            continue
        for match in form.pattern.finditer(text):
            mention = _mention(reading, form, match.start(), match.end(), match.group())
            if mention is not None:
                found.append(mention)
    return tuple(sorted(found, key=lambda mention: mention.start))


def _numbers(reading: Reading) -> list[re.Match[str]]:
    """The numbers of a document in digits and words, in order."""
    text = reading.document.text
    found = [match for digit in _DIGITS.finditer(text) if (match := _number().match(text, digit.start()))]
    for sentence, words in zip(reading.sentences, sentence_words(reading), strict=True):
        found += [match for offset in words.numbers if (match := _number().match(text, sentence.start + offset))]
    for begin, end in _headings(reading):
        found += [match for match in _number().finditer(text, begin, end) if not match.group()[0].isdigit()]
    return sorted(found, key=lambda match: match.start())


def sentence_of(reading: Reading, offset: int) -> Sentence | None:
    """The sentence that holds an offset; of a heading, which lies between two sections, the first one under it."""
    sentence = reading.sentence_at(offset)
    if sentence is not None:
        return sentence
    sentences = reading.sentences
    following = bisect_right(sentences, offset, key=lambda one: one.start)
    return sentences[following] if following < len(sentences) else None


def _headings(reading: Reading) -> list[tuple[int, int]]:
    """The stretches between sections."""
    stretches, begin = [], 0
    for section in reading.document.sections:
        if section.start - begin > 2:
            stretches.append((begin, section.start))
        begin = section.end
    return stretches


def _line_of(text: str, offset: int) -> tuple[int, int]:
    end = text.find("\n", offset)
    return text.rfind("\n", 0, offset) + 1, end if end >= 0 else len(text)


def _is_worth_a_look(text: str, number: re.Match[str]) -> bool:
    if _MAY_FOLLOW.match(text, number.end()):
        return True
    return _MAY_PRECEDE.search(text[max(0, number.start() - 30) : number.start()]) is not None


def _with_its_list(reading: Reading, form: _Form, start: int, end: int, text: str) -> list[AgeMention]:
    """The age at an offset, with those that share its unit: "12 and 14 years old", "aged 34, 45 and 61 years"."""
    mentions: list[AgeMention] = []
    range_before = _RANGE_BEFORE.search(text[max(0, start - 12) : start])
    if range_before:
        start = max(0, start - 12) + range_before.start()
    quote = text[start:end]
    first = _mention(reading, form, start, end, quote)
    if first is None:
        return []
    unit = _UNIT_SAID.search(quote)
    begin = start
    # Of "3 and 5 months" the first number alone would be years, so that its quote would not say what it means.
    while form.rule in ("age_old", "age_year_person") and unit and unit[1][0] in "yY":
        window = max(0, begin - 30)
        match = _LIST_BEFORE.search(text[window:begin])
        if match is None or not (match[1].isdigit() or _number().fullmatch(match[1])):
            break
        low, high = window + match.start(1), window + match.end(1)
        mention = _mention(reading, form, low, high, f"{match[1]} {unit[1]}", like=first)
        if mention is not None:
            mentions.insert(0, mention)
        begin = low
    mentions.append(first)
    if form.rule in _LISTING:
        position = end
        while match := _LIST_AFTER.match(text, position):
            group = "last" if match["last"] else "next"
            said = _UNIT_SAID.match(text[match.end(group) :].lstrip())
            if not _number().fullmatch(match[group]) or (said is not None and said[1][0] not in "yY"):
                break
            mention = _mention(reading, form, *match.span(group), f"{match[group]} years", like=first)
            if mention is not None:
                mentions.append(mention)
            position = match.end(group)
    if len(mentions) > 1:
        # Several at once are the ages of several, whatever the event was.
        mentions = [replace(mention, kind="age", listed=True) for mention in mentions]
    return mentions


def _mention(
    reading: Reading, form: _Form, start: int, end: int, value: str, *, like: AgeMention | None = None
) -> AgeMention | None:
    """An age with whose it is; None where the words count something else than a person's life."""
    text = reading.document.text
    sentence = sentence_of(reading, start)
    if sentence is None:
        return None
    low, high = (sentence.start, sentence.end) if start >= sentence.start else _line_of(text, start)
    years = _years(value)
    if years is None or (years >= _WHOLE_YEARS and _DECIMAL.match(value)):
        return None
    left = text[max(low, start - 90) : start]
    right = text[end : min(high, end + 90)]
    if like is not None:
        return AgeMention(
            start,
            end,
            value,
            years,
            form.rule,
            form.kind,
            form.confidence,
            sentence,
            like.sex,
            None,
            like.relative,
            True,
            True,
        )
    near = left[-_NEAR:]
    # A window that cuts the sentence does not begin it.
    opening = left[-_REACH:] if len(left) <= _REACH else f"\0{left[-_REACH:]}"
    if patient_cue("not_age_before").search(near):
        return None
    if patient_cue("plural_aged").search(near) and not patient_cue("own").search(text[low:start]):
        return None
    after = _person_after().match(text, end, min(high, end + 90))
    if form.kind == "age" and patient_cue("not_age_after").match(right) and not (after and after["person"]):
        return None
    before = _person_before().search(left) if after is None else None
    named = after or before
    of_kin = named is not None and named["relative"] is not None
    kin_is_patient = of_kin and (
        _COUNTED_KIN.search(left) is not None if named is before else _is_kin_as_patient(text, sentence, start)
    )
    relative = not kin_is_patient and (
        of_kin
        or patient_cue("relative_before").search(opening) is not None
        or patient_cue("donor").search(text[max(low, start - 25) : end + 25]) is not None
    )
    person: tuple[int, int] | None = None
    if named is not None:
        shift = 0 if named is after else start - len(left)
        group = "person" if named["person"] is not None else "relative"
        person = (named.start(group) + shift, named.end(group) + shift)
    kind = form.kind
    if kind == "age" and patient_cue("event_before").search(near):
        kind = "event"
    sex = _sex_of(text, person) if person else derive_sex(text[start:end]) if form.rule.endswith("old") else None
    if sex is None and form.rule in (
        "age_sex_slash",
        "age_slash_sex",
        "age_letter",
        "age_year_person",
        "age_years_person",
    ):
        sex = derive_sex(text[max(0, start - 3) : end])
    introduces = kin_is_patient or (
        kind == "age" and (_introduced().search(opening) is not None or _is_next_of_list(left, after))
    )
    kin = relative and person is not None and sex_words().get(text[slice(*person)].casefold(), _NOBODY).kind == "kin"
    mention = AgeMention(start, end, value, years, form.rule, kind, form.confidence, sentence, sex, person, relative)
    return replace(mention, introduces=introduces, kin=kin)


def _is_next_of_list(left: str, after: re.Match[str] | None) -> bool:
    """Whether an age and its person stand behind another person: "a 3-week-old girl, 5-week-old boy and …"."""
    if after is None or after["person"] is None or not left.rstrip().endswith(","):
        return False
    return _person_and_comma().search(left) is not None


@cache
def _person_and_comma() -> re.Pattern[str]:
    return re.compile(rf"old\s+(?:[a-z]+\s+)?(?:{fill('{person}')}),\s*$", re.IGNORECASE)


def _is_kin_as_patient(text: str, sentence: Sentence, start: int) -> bool:
    """Whether kin are the patients themselves: "we describe a 47-year-old father and his 14-year-old son"."""
    left = text[sentence.start : start]
    if patient_cue("kin_as_patients").search(left):
        return True
    both = _AND_KIN.search(left)
    return both is not None and patient_cue("kin_as_patients").search(left[: both.start()]) is not None


@cache
def _sex_before() -> re.Pattern[str]:
    return re.compile(rf"\b({_sex_nouns()})\s+(?:[\w-]+\s+)?$", re.IGNORECASE)


@cache
def _sex_after() -> re.Pattern[str]:
    return re.compile(rf"{_BETWEEN}{{0,3}}?[\s,(\-]*({_sex_nouns()})\b", re.IGNORECASE)


def _sex_nouns() -> str:
    return "|".join(re.escape(word) for word, cue in sex_words().items() if cue.kind == "noun")


def _sex_of(text: str, person: tuple[int, int]) -> str | None:
    cue = sex_words().get(text[person[0] : person[1]].casefold())
    if cue is not None:
        return cue.sex
    # "male patient", "patient (female)": the word beside a noun that tells no sex.
    before = _sex_before().search(text[max(0, person[0] - 30) : person[0]])
    after = _sex_after().match(text[person[1] : person[1] + 60])
    word = before or after
    return sex_words()[word[1].casefold()].sex if word else None


@lru_cache(maxsize=4096)
def _years(value: str) -> float | None:
    """Lower end of an age in years; None where the coder finds no age in the words."""
    item = code_text("age_years", value)[0]
    return item.value_low if item.problem is None and item.state == "present" else None
