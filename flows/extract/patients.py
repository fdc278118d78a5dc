"""How many patients a report describes, and of which of them each sentence speaks.

Patients are told apart by labels ("Case 1", "Patient B", also as headings), by ordinals ("the second patient"), by ages
that bring in somebody new ("another 45-year-old man"), by counts ("two sisters", "both patients") and by the rows of
tables. A relative's age, the cases of other reports and the second age of one patient start no case.
Words are data: data/rules/patient_cues.csv, data/rules/age_patterns.csv, data/rules/sex_cues.csv.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from weakref import WeakKeyDictionary

from flows.coding.quantities import parse_integer
from flows.extract.ages import AgeMention, age_mentions, sentence_of
from flows.extract.context import Contexts
from flows.extract.model import Role, Section, Sentence
from flows.extract.patient_tables import patient_tables
from flows.extract.person_index import find_cue, sentence_words
from flows.extract.person_words import fill, listed_words, ordinals, patient_cue
from flows.extract.reading import Reading

MOST_INDIVIDUALS = 10
"""A count above this is a cohort, unless patients are labelled or brought in one by one."""

_OWN_GROUPS: dict[Role, str] = {"title": "abstract", "abstract": "abstract", "case": "case"}
_NUMBERED = (
    r"(?:\d{1,2}(?![\d.,]*\d|\s*(?:%|years?|months?|weeks?|days?|mg|cm|mm))|[IVX]{1,4}\b(?!\s*\d)|[A-H]\b(?!\s*\d))"
)
_LABEL = re.compile(
    r"\b(?:[Cc]ase|CASE|[Pp]atient|PATIENT|[Pp]t)s?(?:[\s-]*(?:[Rr]eport|[Pp]resentation|[Dd]escription|[Hh]istory"
    r"|REPORT|PRESENTATION|[Nn]umber|[Nn]o\.?|[Nn]r\.?|\u2116|#|:))*[\s.:#(-]*"
    rf"({_NUMBERED}(?:\s*(?:,\s*and|,|and|&|-|\u2013|to)\s*(?:(?:case|patient)s?\s+)?{_NUMBERED})*)(?![\w/])"
)
_NUMBER_LABEL = re.compile(r"[IVX]+|[A-H]|\d+")
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10}
_KIN = re.compile(r"brothers|sisters|siblings|children|members|relatives|cousins|girls|boys|babies", re.IGNORECASE)
_MORE = re.compile(r"\b(?:other|further|additional|more|similar)\b", re.IGNORECASE)
_OUR_BEFORE = re.compile(r"\b(?:our|these|both)\s+(?:first\s+|last\s+)?$", re.IGNORECASE)
_WE_DID = re.compile(
    r"\b(?:we|authors?)\s+(?:\w+\s+){0,3}?(?:\w+ed|report|present|describe|saw|found|show|came|discuss|had)\b"
    r"|\bcase\s+(?:series|reports?|studies)\s*(?:of|:|in|on|with)|\b(?:report|paper|article|study|presentation)\b(?:\s+\w+)?\s+"
    r"(?:of|on|describes|presents|reports|concerns|includes|in)\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:literature|pubmed|medline|databases?|reviewed|searched|(?:has|have|had)\s+been\s+(?:\w+\s+)?(?:reported|described|published|identified)"
    r"|previously\s+(?:reported|described|published)|reported\s+(?:so\s+far|to\s+date|worldwide|by|previously)|per\s+(?:year"
    r"|million|\d)|\bet\s+al)",
    re.IGNORECASE,
)
_INITIAL = re.compile(
    r"[^\w]*(?:(?:from|between|in|during|over|since|at|within|here|herein|recently)\b[^;.]{0,80},\s*)?"
    r"(?:(?:in|the|all|these|of|here|herein|both|a\s+total\s+of)\s+){0,2}",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\b(?:an?|another|one)\s+$", re.IGNORECASE)
_SINGLE = re.compile(
    r"\b(?:an?|the|our|this)\s+(?:(?!of\b|with\b|in\b)[\w-]+\s+){0,4}?(?:patient|man|woman|boy|girl|infant|child|lady|gentleman)\b",
    re.IGNORECASE,
)
_SHORT_ORDINALS = frozenset(f"{number}{ending}" for number in range(1, 10) for ending in ("st", "nd", "rd", "th"))
_NEWBORN_UNTIL = 0.25
# How far into a sentence an age may stand with which it opens.
_OPENING = 12
_FEW = re.compile(
    r"\b(?:only|than|about|approximately|up\s+to|out\s+of|of\s+the|another|in\s+the\s+last|every|per)\s+$",
    re.IGNORECASE,
)
_CITED = re.compile(r"\[\d+(?:[\s,\u2013-]+\d+)*\]|\^\{")


@dataclass(slots=True)
class _Person:
    """Somebody whom an age brought in. sex: None where the words do not tell; label: of the case that it stands under."""

    years: float
    sex: str | None
    label: int | None = None
    number: int = 0
    mentions: list[AgeMention] = field(default_factory=list)

    @property
    def is_newborn(self) -> bool:
        return all(mention.kind == "newborn" for mention in self.mentions)

    def is_like(self, mention: AgeMention) -> bool:
        return abs(self.years - mention.years) < 1e-6 and (not self.sex or not mention.sex or self.sex == mention.sex)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Words at an offset that name a patient; 0 names all of them."""

    offset: int
    patient: int


_MARKS: WeakKeyDictionary[Reading, dict[int, list[_Mark]]] = WeakKeyDictionary()
_PERSONS: WeakKeyDictionary[Reading, dict[tuple[int, int], int]] = WeakKeyDictionary()
_NUMBERS: WeakKeyDictionary[Reading, int | None] = WeakKeyDictionary()


def assign_patients(reading: Reading, contexts: Contexts) -> int | None:
    """Number of patients that a report describes one by one, at least 1; None for a cohort and for a review.

    Sets `Sentence.patient` of every sentence: 1 to that number; 0 for all patients together; None for no patient of
    this report. In a cohort all sentences of its own are 0.
    """
    groups = _Groups(reading, contexts)
    n = groups.count()
    _NUMBERS[reading] = n
    marks: dict[int, list[_Mark]] = {}
    _MARKS[reading] = marks
    if n is None:
        for sentence in reading.sentences:
            sentence.patient = 0 if sentence.role in _OWN_GROUPS else None
        return None
    if n == 1:
        _assign_one(reading.sentences, groups)
    else:
        groups.take_kin(n)
        _assign_many(reading.sentences, groups, n, marks)
        _PERSONS[reading] = {span: one.number for span, one in groups.by_mention.items() if one.number <= n}
    return n


def patient_of(reading: Reading, mention: AgeMention) -> int | None:
    """Number of the patient whose age a mention is; None where it is the age of nobody of this report."""
    number = _PERSONS.get(reading, {}).get((mention.start, mention.end))
    if number is not None:
        return number
    return None if mention.relative else patient_at(reading, mention.start)


def number_of_patients(reading: Reading) -> int | None:
    """What `assign_patients` gave for a document; 1 before it has looked."""
    return _NUMBERS.get(reading, 1)


def patient_at(reading: Reading, offset: int) -> int | None:
    """Number of the patient that the words at an offset speak of; 0 for all; None for none of this report.

    Within a sentence on several patients it is the one that was named last. A heading is of whom its section begins with.
    Call `assign_patients` first.
    """
    sentence = sentence_of(reading, offset)
    if sentence is None:
        return None
    if sentence.patient != 0:
        return sentence.patient
    named = [mark for mark in _MARKS.get(reading, {}).get(sentence.index, []) if mark.offset <= offset]
    return named[-1].patient if named else 0


class _Groups:
    """The parts of a document that each tell of all its patients: title and abstract, the case reports, the tables."""

    def __init__(self, reading: Reading, contexts: Contexts) -> None:
        self.reading = reading
        self.text = reading.document.text
        self.sections: dict[int, Section] = _sections_of(reading)
        roles = {sentence.role for sentence in reading.sentences}
        self._introduction_counts = not roles & {"abstract", "case"} or _is_told_in_introduction(reading)
        self.mentions: dict[int, list[AgeMention]] = {}
        self.kin: dict[int, list[AgeMention]] = {}
        tables = patient_tables(reading)
        for mention in age_mentions(reading):
            if any(table.start <= mention.start < table.end for table in tables):
                continue
            if not mention.relative:
                self.mentions.setdefault(mention.sentence.index, []).append(mention)
            elif mention.kin:
                self.kin.setdefault(mention.sentence.index, []).append(mention)
        self._foreign: dict[int, bool] = {}
        self.persons: dict[str, list[_Person]] = {}
        self.by_mention: dict[tuple[int, int], _Person] = {}
        self.labels: dict[int, list[tuple[int, list[int]]]] = {}
        self.cells: dict[int, list[_Mark]] = {}
        self.in_tables: set[int] = set()
        self._contexts = contexts
        self._read_labels()
        self._read_persons()
        self._read_tables()

    def group_of(self, sentence: Sentence) -> str | None:
        """The group of a sentence; None where it lies in none."""
        if sentence.role in ("introduction", "other") and self._introduction_counts:
            return "case"
        return _OWN_GROUPS.get(sentence.role)

    def is_foreign(self, sentence: Sentence) -> bool:
        """Whether a sentence speaks of the cases of others: the literature, and nothing of this report."""
        if sentence.index not in self._foreign:
            self._foreign[sentence.index] = (
                find_cue(self.reading, sentence, "literature") is not None
                and find_cue(self.reading, sentence, "own") is None
            )
        return self._foreign[sentence.index]

    def heading_label(self, sentence: Sentence) -> int | None:
        """The label in the heading of the section that a sentence stands in ("Case 2"), if it has one."""
        section = self.sections.get(sentence.index)
        if section is None:
            return None
        match = _LABEL.search(self._before(section))
        numbers = _label_numbers(match[1]) if match else []
        return numbers[0] if len(numbers) == 1 else None

    def _before(self, section: Section) -> str:
        """The headings before a section: those without a text of their own stand between two sections."""
        sections = self.reading.document.sections
        begin = max((one.end for one in sections if one.end <= section.start), default=0)
        return f"{section.heading or ''}\n{self.text[begin : section.start]}"

    def count(self) -> int | None:
        """Number of patients; None for a cohort and for a review."""
        labelled: set[int] = set()
        for sentence in self.reading.sentences:
            label = self.heading_label(sentence)
            if label is not None and self.group_of(sentence):
                labelled.add(label)
            if self.group_of(sentence):
                for _, numbers in self.labels.get(sentence.index, []):
                    labelled.update(numbers)
        # Labels count from 1 on; a lone "case 7" is a number of something else.
        ordinals = self._ordinals()
        by_label, by_ordinal = _unbroken(labelled), _unbroken(ordinals)
        by_person = max((len(persons) for persons in self.persons.values()), default=0)
        counted = max([self._counted(sentence) for sentence in self.reading.sentences], default=1)
        if by_person == 1 and max(by_label, by_ordinal, counted) == 1:
            # A table beside one patient is of the literature, or of that patient's visits.
            self.in_tables.clear()
        singly = max(by_label, by_ordinal, by_person, len(self.in_tables), 1)
        if counted > MOST_INDIVIDUALS:
            # One patient of one's own beside dozens of the literature is no cohort.
            return singly if singly > 1 or self.by_mention or self._speaks_of_one() else None
        if singly == 1 and counted <= 1 and self._is_review():
            return None
        n = max(singly, counted)
        return n + 1 if n > 1 and n + 1 in ordinals else n

    def _speaks_of_one(self) -> bool:
        own = (one for one in self.reading.sentences if self.group_of(one) and not self.is_foreign(one))
        return any(_SINGLE.search(sentence.text) for sentence in own)

    def _ordinals(self) -> set[int]:
        """The ordinals that patients are spoken of by ("the second patient")."""
        sentences = [one for one in self.reading.sentences if self.group_of(one) and not self.is_foreign(one)]
        return {
            _ordinal_value(match["ordinal"] or match["initial"])
            for sentence in sentences
            for match in _ordinals_in(self.reading, sentence)
        }

    def _is_review(self) -> bool:
        article_type = (self.reading.document.article_type or "").casefold().replace("-", " ")
        if "case" in article_type or self.mentions:
            return False
        return "review" in article_type or patient_cue("review").search(self.reading.document.title or "") is not None

    def _read_labels(self) -> None:
        for match in _LABEL.finditer(self.text):
            sentence = self.reading.sentence_at(match.start())
            numbers = _label_numbers(match[1])
            if sentence is not None and numbers:
                self.labels.setdefault(sentence.index, []).append((match.start(), numbers))

    def _read_persons(self) -> None:
        label: int | None = None
        for sentence in self.reading.sentences:
            group = self.group_of(sentence)
            if group is None:
                continue
            heading = self.heading_label(sentence)
            label = heading if heading is not None else label
            named = [
                (offset, numbers[0]) for offset, numbers in self.labels.get(sentence.index, []) if len(numbers) == 1
            ]
            persons = self.persons.setdefault(group, [])
            mentions = self.mentions.get(sentence.index, [])
            for mention, following in zip_longest(mentions, mentions[1:]):
                # A label in brackets names the person before it: "a 66-year-old man (case 1)".
                until = following.start if following else sentence.end
                behind = [
                    number for offset, number in named if mention.end <= offset < until and self.is_in_brackets(offset)
                ]
                before = [
                    number for offset, number in named if offset <= mention.start and not self.is_in_brackets(offset)
                ]
                label = behind[0] if behind else before[-1] if before else label
                self._add(persons, mention, sentence, label)
            if label is not None and label > 1 and not any(person.label == label for person in persons):
                # "Case 2: her brother, aged 10 years"
                for mention in self.kin.get(sentence.index, [])[:1]:
                    self._take(persons, mention, label)
            label = named[-1][1] if named else label

    def _take(self, persons: list[_Person], mention: AgeMention, label: int | None) -> None:
        person = _Person(mention.years, mention.sex, label, mentions=[mention])
        persons.append(person)
        self.by_mention[mention.start, mention.end] = person
        self.mentions.setdefault(mention.sentence.index, []).append(mention)

    def take_kin(self, n: int) -> None:
        """Where more patients are counted than were brought in, and just as many kin have an age, they are patients."""
        for group, persons in self.persons.items():
            kin = [
                mention
                for sentence in self.reading.sentences
                if self.group_of(sentence) == group and not self.is_foreign(sentence)
                for mention in self.kin.get(sentence.index, [])
                if (mention.start, mention.end) not in self.by_mention and mention.kind == "age"
            ]
            if persons and len(kin) == n - len(persons):
                for mention in kin:
                    self._take(persons, mention, None)
                persons.sort(key=lambda person: person.mentions[0].start)

    def is_in_brackets(self, offset: int) -> bool:
        """Whether the words at an offset stand right behind an opening bracket."""
        return self.text[max(0, offset - 1) : offset] in ("(", "[")

    def _add(self, persons: list[_Person], mention: AgeMention, sentence: Sentence, label: int | None) -> None:
        if mention.kind == "event" or self._is_of_others(mention, sentence):
            return
        known = next((person for person in persons if person.is_like(mention) and person.label in (None, label)), None)
        last = persons[-1] if persons else None
        if known is None and last is not None and mention.years < _NEWBORN_UNTIL and last.is_newborn:
            # "A newborn, 12 days old" is one.
            known, last.years = last, mention.years
        if known is None and persons and not self._is_new(mention, persons, label):
            return
        if known is None:
            known = _Person(mention.years, mention.sex, label)
            persons.append(known)
        known.sex = known.sex or mention.sex
        known.mentions.append(mention)
        self.by_mention[mention.start, mention.end] = known

    def _is_of_others(self, mention: AgeMention, sentence: Sentence) -> bool:
        if self.is_foreign(sentence):
            return True
        if mention.start < sentence.start:
            return False
        qualifiers = self._contexts.qualify(sentence, mention.start, mention.end)
        return (qualifiers.family or qualifiers.other_person) and not mention.introduces

    def _is_new(self, mention: AgeMention, persons: Sequence[_Person], label: int | None) -> bool:
        """Whether an age that is not that of anybody so far is somebody new, and no second age of a patient."""
        if label is not None and any(person.label == label for person in persons):
            return False
        if label is not None and all(person.label is not None for person in persons):
            return True
        if not mention.introduces or mention.kind == "newborn":
            return False
        left = self.text[mention.sentence.start : mention.start]  # empty in a heading
        if patient_cue("follow_up").search(left) and not patient_cue("own").search(left):
            return False
        said = mention.sex is not None or mention.person is not None or mention.listed
        return said or not left.strip() or _ARTICLE.search(left) is not None

    def _counted(self, sentence: Sentence) -> int:
        """The number of patients that a sentence counts as those of this report; 1 where it counts none."""
        group = self.group_of(sentence)
        if group is None or self.is_foreign(sentence):
            return 1
        best = 1
        words = sentence_words(self.reading)[sentence.index].words
        if words.isdisjoint(_count_words()):
            return 2 if _says_two(self.reading, sentence) else 1
        for match in _count().finditer(sentence.text):
            number = parse_integer(match["number"]).value_low
            if number is None or number < 2 or not _counts_own(self.reading, sentence, match):
                continue
            more = _MORE.search(match.group()) is not None
            best = max(best, int(number) + (1 if more and self.by_mention else 0))
        if best == 1 and _says_two(self.reading, sentence):
            best = 2
        return best

    def _read_tables(self) -> None:
        """Marks of the rows or columns that are of one patient each."""
        for table in patient_tables(self.reading):
            self.in_tables.update(patient.number for patient in table.patients if patient.number <= MOST_INDIVIDUALS)
            for offset, number in table.marks:
                sentence = self.reading.sentence_at(offset)
                if sentence is not None:
                    self.cells.setdefault(sentence.index, []).append(_Mark(offset, number))


def _is_told_in_introduction(reading: Reading) -> bool:
    """Whether the patient is brought in under "Introduction", at the beginning of a sentence, and in no case section."""
    opening = [mention for mention in age_mentions(reading) if mention.introduces and mention.person is not None]
    roles = {mention.sentence.role for mention in opening if mention.start - mention.sentence.start <= _OPENING}
    return "introduction" in roles and not any(mention.sentence.role == "case" for mention in opening)


def _sections_of(reading: Reading) -> dict[int, Section]:
    found: dict[int, Section] = {}
    sections = iter(reading.document.sections)
    section = next(sections, None)
    for sentence in reading.sentences:
        while section is not None and sentence.start >= section.end:
            section = next(sections, None)
        if section is not None:
            found[sentence.index] = section
    return found


def _label_numbers(words: str) -> list[int]:
    numbers: list[int] = []
    for word in _NUMBER_LABEL.findall(words):
        if word.isdigit():
            numbers.append(int(word))
        elif word in _ROMAN:
            numbers.append(_ROMAN[word])
        else:
            numbers.append(ord(word) - ord("A") + 1)
    return [number for number in numbers if 1 <= number <= 2 * MOST_INDIVIDUALS]


def _unbroken(numbers: set[int]) -> int:
    """How far numbers go from 1 on without a gap."""
    last = 0
    while last + 1 in numbers:
        last += 1
    return last


@cache
def _count_words() -> frozenset[str]:
    return listed_words("count_noun")


@cache
def _count() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w.,/-])(?P<number>{fill('{cardinal}')}|\d{{1,3}})(?!\s+(?:hundred|thousand)\b)\s+(?:(?:of\s+(?:the|our)\s+)?[A-Za-z][\w'-]*[\s,]+){{0,4}}?"
        rf"(?P<noun>{patient_cue('count_noun').pattern})\b",
        re.IGNORECASE,
    )


def _counts_own(reading: Reading, sentence: Sentence, match: re.Match[str]) -> bool:
    """Whether counted patients are those of this report."""
    left, right = sentence.text[: match.start()], sentence.text[match.end() :]
    if patient_cue("unaffected").search(match.group()) or patient_cue("unaffected").match(right.lstrip()):
        return False
    if _ELSEWHERE.match(right[:80]) or _ELSEWHERE.search(right[:60]) or _FEW.search(left):
        return False
    if _OUR_BEFORE.search(left) and not _KIN.fullmatch(match["noun"]):
        return True
    if _WE_DID.search(left):
        return not _ELSEWHERE.search(left)
    if _INITIAL.fullmatch(left) or sentence.role == "title":
        return find_cue(reading, sentence, "literature") is None or patient_cue("own").search(right[:120]) is not None
    return False


def _says_two(reading: Reading, sentence: Sentence) -> bool:
    text = sentence.text
    match = find_cue(reading, sentence, "twins")
    opens = match is not None and (match.start() == 0 or sentence.role == "title" or _WE_DID.search(text))
    if opens and not _ELSEWHERE.search(text):
        return True
    if "both" not in sentence_words(reading)[sentence.index].words:
        return False
    both = find_cue(reading, sentence, "all")
    return both is not None and both.group().casefold().startswith("both") and not _ELSEWHERE.search(text)


def _assign_one(sentences: Sequence[Sentence], groups: _Groups) -> None:
    """Every sentence is of the one patient, but for references, back matter, and what is said of others."""
    own = False
    for sentence in sentences:
        sentence.patient = 1
        if sentence.role in ("figure_caption", "table"):
            continue
        if groups.group_of(sentence) is not None:
            if groups.is_foreign(sentence) and sentence.role != "title" and not groups.mentions.get(sentence.index):
                sentence.patient = None
            continue
        own = sentence.role != "references" and sentence.role != "other" and _is_own(sentence, groups, own)
        sentence.patient = 1 if own else None


def _is_own(sentence: Sentence, groups: _Groups, before: bool) -> bool:
    """Whether a sentence of introduction or discussion speaks of the patient. before: whether the last one did."""
    if groups.is_foreign(sentence) or _CITED.search(sentence.text):
        return find_cue(groups.reading, sentence, "own") is not None
    if find_cue(groups.reading, sentence, "own"):
        return True
    return before and patient_cue("own_pronoun").search(sentence.text) is not None


def _assign_many(sentences: Sequence[Sentence], groups: _Groups, n: int, marks: dict[int, list[_Mark]]) -> None:
    _number_persons(groups, n)
    sexes = _sexes(groups, n)
    current: int | None = 0
    base = 0
    group: str | None = None
    section: Section | None = None
    own = False
    for sentence in sentences:
        own_group = groups.group_of(sentence)
        if own_group != group:
            group, current, base = own_group, 0, 0
        if groups.sections.get(sentence.index) is not section:
            section = groups.sections.get(sentence.index)
            label = groups.heading_label(sentence)
            if label is not None and label <= n:
                current = base = label
        named = _marks_of(sentence, groups, n)
        singles = list(dict.fromkeys(mark.patient for mark in named if mark.patient))
        if sentence.index in groups.cells and groups.in_tables:
            here = marks[sentence.index] = groups.cells[sentence.index]
            sentence.patient = here[0].patient if len({mark.patient for mark in here}) == 1 else 0
            continue
        if sentence.role == "table":
            sentence.patient = singles[0] if len(singles) == 1 else None
            continue
        if own_group is None:
            own = _is_own(sentence, groups, own)
            sentence.patient = _of_other_parts(sentence, named, singles, own)
            continue
        if groups.is_foreign(sentence) and not named:
            sentence.patient = None
            continue
        if len(singles) == 1 and not any(mark.patient == 0 for mark in named):
            current = singles[0]
        elif singles or named:
            marks[sentence.index] = [mark for mark in named if mark.patient]
            sentence.patient = 0
            current = base
            continue
        elif (told := _by_pronoun(groups.reading, sentence, sexes)) is not None:
            current = told if not current or sexes.get(current) not in (None, sexes[told]) else current
        sentence.patient = current


def _of_other_parts(sentence: Sentence, named: Sequence[_Mark], singles: Sequence[int], own: bool) -> int | None:
    """The patient of a caption, of the discussion or the introduction of a report on several."""
    if sentence.role in ("references", "other") or not (own or sentence.role == "figure_caption" or named):
        return None
    if len(singles) == 1:
        return singles[0]
    return 0 if named else None


def _number_persons(groups: _Groups, n: int) -> None:
    """Give every person a number: that of the label, else the order in the part that tells of most of them."""
    lists = sorted(groups.persons.items(), key=lambda item: (-len(item[1]), item[0] != "case"))
    first: list[_Person] = lists[0][1] if lists else []
    taken = {person.label for person in first if person.label}
    free = iter(number for number in range(1, n + len(first) + 1) if number not in taken)
    for person in first:
        person.number = person.label if person.label and person.label <= n else next(free)
    for _, persons in lists[1:]:
        used: set[int] = set()
        for person in persons:
            like = [
                one for one in first if one.number not in used and person.mentions and one.is_like(person.mentions[0])
            ]
            if like:
                person.number = like[0].number
                used.add(person.number)
        rest = iter(number for number in range(1, n + len(persons) + 1) if number not in used)
        for person in persons:
            if not person.number:
                person.number = next(rest)


def _sexes(groups: _Groups, n: int) -> dict[int, str]:
    sexes: dict[int, str] = {}
    for persons in groups.persons.values():
        for person in persons:
            if person.sex and person.number <= n:
                sexes.setdefault(person.number, person.sex)
    return sexes


def _by_pronoun(reading: Reading, sentence: Sentence, sexes: dict[int, str]) -> int | None:
    """The one patient of the sex that the pronouns of a sentence tell, where they tell one."""
    said = set()
    for word in sentence_words(reading)[sentence.index].persons:
        cue = word.cue
        if cue is not None and cue.kind in ("pronoun", "possessive", "noun"):
            said.add(cue.sex)
    fits = [patient for patient, sex in sexes.items() if sex in said]
    return fits[0] if len(said) == 1 and len(fits) == 1 else None


@cache
def _ordinal() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:the|our|in|a)\s+(?:\w+\s+)?(?P<ordinal>{fill('{ordinal}')}|[1-9](?:st|nd|rd|th))\s+(?:[a-z-]+\s+)?"
        r"(?:patient|case|sibling|brother|sister|twin|child|boy|girl|man|woman|infant|one)\b"
        r"(?!\s+(?:of|in\s+the|reported|described|to\s+be|ever|with\s+\w+\s+reported))"
        rf"|^(?P<initial>{fill('{ordinal}')})\s+(?:patient|case)\b(?!\s+(?:of|in\s+the|reported|described))",
        re.IGNORECASE,
    )


def _marks_of(sentence: Sentence, groups: _Groups, n: int) -> list[_Mark]:
    """The words of a sentence that name a patient, in order; labels first where both name the same."""
    text, start = sentence.text, sentence.start
    found: list[_Mark] = []
    persons_named = any((one.start, one.end) in groups.by_mention for one in groups.mentions.get(sentence.index, []))
    for offset, numbers in groups.labels.get(sentence.index, []):
        if not (persons_named and groups.is_in_brackets(offset)):
            found.extend(_Mark(offset, number) for number in numbers if number <= n)
    labelled = bool(found)
    end_of_last = 0
    for mention in groups.mentions.get(sentence.index, []):
        person = groups.by_mention.get((mention.start, mention.end))
        if person is not None and person.number <= n and not labelled:
            offset = max(_begin_of_clause(text, max(0, mention.start - start)), end_of_last)
            end_of_last = mention.end - start
            found.append(_Mark(offset + start, person.number))
        elif person is None and mention.kind == "age" and not labelled:
            like = [one for persons in groups.persons.values() for one in persons if one.is_like(mention)]
            if like and len({one.number for one in like}) == 1 and like[0].number <= n:
                found.append(_Mark(mention.start, like[0].number))
    for match in _ordinals_in(groups.reading, sentence):
        number = _ordinal_value(match["ordinal"] or match["initial"])
        if 1 <= number <= n:
            found.append(_Mark(start + match.start(), number))
    for kind in ("first_ordinal", "other_ordinal"):
        if n == 2 and not labelled:
            number = 1 if kind == "first_ordinal" else 2
            if find_cue(groups.reading, sentence, kind):
                found.extend(_Mark(start + match.start(), number) for match in patient_cue(kind).finditer(text))
    if find_cue(groups.reading, sentence, "all"):
        found.append(_Mark(start, 0))
    return sorted(found, key=lambda mark: mark.offset)


def _ordinals_in(reading: Reading, sentence: Sentence) -> list[re.Match[str]]:
    words = sentence_words(reading)[sentence.index].words
    if words.isdisjoint(ordinals()) and words.isdisjoint(_SHORT_ORDINALS):
        return []
    return list(_ordinal().finditer(sentence.text))


def _ordinal_value(word: str) -> int:
    digits = re.match(r"\d+", word)
    return int(digits[0]) if digits else ordinals()[word.casefold()]


def _begin_of_clause(text: str, offset: int) -> int:
    """Where the clause begins that an offset lies in, so that what stands before an age is said of its person too."""
    begin = 0
    for match in re.finditer(r"[;:]\s|\band\b\s+(?=an?\b|another|one)", text[:offset]):
        begin = match.end()
    return begin
