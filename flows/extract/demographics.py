"""Age and sex of each patient, at most one of each, with the words that tell them.

The age is that at presentation: an age that a patient is introduced with comes before one of an event ("at the age of
12"), which is used only where nothing else is said. The sex is told by the noun that the age is said of, else by nouns,
pronouns, organs and states together (data/rules/sex_cues.csv); pregnancies are those of the mother where the patient is
a small child. Words of relatives, donors and of other reports tell nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from flows.coding.coder import code_text
from flows.extract.ages import AgeMention, age_mentions
from flows.extract.context import Contexts
from flows.extract.durations import find_disease_durations
from flows.extract.model import Finding, Sentence
from flows.extract.patient_tables import TablePatient, patient_tables
from flows.extract.patients import number_of_patients, patient_at, patient_of
from flows.extract.person_index import PersonWord, find_cue, sentence_words
from flows.extract.person_words import derive_sex, fill, patient_cue, sex_pattern, sex_words
from flows.extract.reading import Reading

__all__ = ["derive_sex", "find_ages", "find_disease_durations", "find_sexes"]

# Below this age a pregnancy in the report is the mother's.
_YOUNGEST_MOTHER = 10.0
_OWN_ROLES = frozenset({"title", "abstract", "case", "introduction", "figure_caption", "table"})
_ORDER = {"case": 0, "abstract": 0, "table": 1, "introduction": 1, "title": 1, "figure_caption": 2, "discussion": 3}


def find_ages(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The age at presentation of each patient, at most one each; call `assign_patients` first."""
    best: dict[int, tuple[float, int, AgeMention]] = {}
    for mention in age_mentions(reading):
        patient = patient_of(reading, mention)
        if not patient or (not mention.relative and _is_of_another(mention, contexts)):
            continue
        rank = (_standing(mention), -mention.start, mention)
        if patient not in best or rank[:2] > best[patient][:2]:
            best[patient] = rank
    n = number_of_patients(reading) or 0
    in_tables = {one.number: one for table in patient_tables(reading) for one in table.patients}
    found = [
        _age_in_table(reading, one)
        for number, one in sorted(in_tables.items())
        if number <= n and number not in best and one.age
    ]
    if n > 1 and list(best) == [1] and _said_of_all(reading, best[1][2].sentence):
        # "Both twins were 3 months old"
        best = dict.fromkeys(range(1, n + 1), best[1])
    found += [
        Finding(
            "age_years", mention.value, mention.start, mention.end, mention.rule, patient, confidence=mention.confidence
        )
        for patient, (_, _, mention) in sorted(best.items())
    ]
    return sorted(found, key=lambda finding: finding.patient)


def _age_in_table(reading: Reading, patient: TablePatient) -> Finding:
    assert patient.age is not None
    start, end = patient.age
    value = reading.document.text[start:end]
    return Finding("age_years", value, start, end, "age_table", patient.number, confidence=0.9)


def _sex_in_table(reading: Reading, patient: TablePatient) -> Finding | None:
    if patient.sex is None:
        return None
    start, end = patient.sex
    quote = reading.document.text[start:end]
    sex = derive_sex(quote)
    return Finding("sex", _value(quote, sex), start, end, "sex_table", confidence=0.9) if sex else None


def _said_of_all(reading: Reading, sentence: Sentence) -> bool:
    return find_cue(reading, sentence, "all") is not None or find_cue(reading, sentence, "twins") is not None


def _is_of_another(mention: AgeMention, contexts: Contexts) -> bool:
    if mention.start < mention.sentence.start:
        return False
    qualifiers = contexts.qualify(mention.sentence, mention.start, mention.end)
    return (qualifiers.family or qualifiers.other_person) and not mention.introduces


def _standing(mention: AgeMention) -> float:
    """How well an age fits the age at presentation; of equal ones the first counts."""
    sentence = mention.sentence
    left = sentence.text[: max(0, mention.start - sentence.start)]
    standing = {"age": 3.0, "event": 1.0, "newborn": 0.9}[mention.kind]
    if mention.kind == "event" and patient_cue("presentation").search(sentence.text):
        standing += 0.5
    if mention.kind == "event" and patient_cue("follow_up").search(sentence.text):
        standing -= 0.5
    if mention.kind == "age" and (mention.person is not None or mention.sex is not None):
        standing += 0.5
    if mention.kind == "age" and patient_cue("follow_up").search(left):
        standing -= 1.0
    if mention.introduces:
        standing += 0.5
    return standing - 0.6 * _ORDER.get(sentence.role, 3)


@dataclass(frozen=True, slots=True)
class _Clue:
    """A word that tells the sex. start, end: offsets in the document."""

    kind: str
    sex: str
    weight: float
    start: int
    end: int


_WEIGHT_OF_LETTER = 5.0
_NOUN_KINDS = frozenset({"noun", "title", "plural"})
_PRONOUN_KINDS = frozenset({"pronoun", "possessive"})


def find_sexes(reading: Reading, contexts: Contexts) -> list[Finding]:
    """The sex of each patient, at most one each; call `assign_patients` first.

    The value is the noun as written where the vocabulary knows it, else "female" or "male"; the quote is the word that
    tells it, and `derive_sex(quote)` gives the code again.
    """
    ages = {finding.patient: finding for finding in find_ages(reading, contexts)}
    young = {patient for patient, finding in ages.items() if _is_young(finding.value)}
    clues: dict[int, list[_Clue]] = {}
    for sentence in reading.sentences:
        if sentence.patient is None or sentence.role not in _OWN_ROLES | {"discussion"}:
            continue
        for patient, clue in _clues(reading, sentence, contexts):
            clues.setdefault(patient, []).append(clue)
    shared = clues.pop(0, [])
    chosen = {finding.start: patient for patient, finding in ages.items()}
    said = {chosen[mention.start]: mention for mention in age_mentions(reading) if mention.start in chosen}
    in_tables = {one.number: one for table in patient_tables(reading) for one in table.patients}
    found: list[Finding] = []
    for patient in range(1, (number_of_patients(reading) or 0) + 1):
        own = [clue for clue in clues.get(patient, []) if clue.kind != "plural"]
        finding = _by_noun_of_age(reading, said.get(patient)) or _by_clues(
            own, patient in young or (patient not in ages and _is_baby(reading))
        )
        if finding is None and patient in in_tables:
            finding = _sex_in_table(reading, in_tables[patient])
        if finding is None:
            finding = _by_clues([clue for clue in shared if clue.kind == "plural"], baby=False)
        if finding is not None:
            found.append(replace(finding, patient=patient))
    return found


@cache
def _is_young(value: str) -> bool:
    item = code_text("age_years", value)[0]
    return item.value_low is not None and item.value_low < _YOUNGEST_MOTHER


def _is_baby(reading: Reading) -> bool:
    """Whether a report on a patient of unknown age speaks of a newborn before it speaks of any other patient."""
    first = _first_patient().search(reading.document.text)
    return first is not None and first["baby"] is not None


@cache
def _first_patient() -> re.Pattern[str]:
    return re.compile(
        r"\b(?:(?P<baby>newborn|neonat\w*|infant|preterm|premature\s+baby)|patient|woman|lady|adult|(?:she|he)\b)",
        re.IGNORECASE,
    )


def _by_noun_of_age(reading: Reading, mention: AgeMention | None) -> Finding | None:
    if mention is None or mention.sex is None:
        return None
    text = reading.document.text
    if mention.person is not None and derive_sex(text[slice(*mention.person)]) == mention.sex:
        start, end = mention.person
    else:
        # "female patient", "45-year-old infant girl", "F/45": the word stands beside the age or the noun.
        low = max(min(mention.sentence.start, mention.start), (mention.person or (mention.start, 0))[0] - 30)
        high = min(mention.sentence.end, (mention.person or (0, mention.end))[1] + 30)
        near = [match for match in sex_pattern().finditer(text, low, high) if derive_sex(match.group()) == mention.sex]
        near = [match for match in near if sex_words()[match.group().casefold()].kind in ("noun", "plural")]
        middle = mention.person[0] if mention.person else mention.end
        if near:
            start, end = min(near, key=lambda match: abs(match.start() - middle)).span()
        elif derive_sex(text[max(0, mention.start - 3) : mention.end]) == mention.sex:
            start, end = mention.start - (0 if derive_sex(text[mention.start : mention.end]) else 2), mention.end
            while text[start].isspace():
                start += 1
        else:
            return None
    return Finding("sex", _value(text[start:end], mention.sex), start, end, "sex_noun_of_age", confidence=0.98)


def _by_clues(clues: Sequence[_Clue], baby: bool) -> Finding | None:
    """The sex that most of the clues tell, with the first of the strongest kind as quote; None where they tie."""
    usable = [clue for clue in clues if not (baby and clue.kind in ("obstetric", "state", "organ"))]
    if baby:
        usable = usable or [clue for clue in clues if clue.kind == "organ" and clue.sex == "male"]
    if any(clue.kind not in ("obstetric", "state", "organ", "spouse") for clue in usable):
        # Words for organs also stand in reports on patients who lack them; nouns and pronouns do not.
        usable = [clue for clue in usable if clue.kind not in ("obstetric", "state", "organ")]
    scores = {"female": 0.0, "male": 0.0}
    for clue in usable:
        scores[clue.sex] += clue.weight
    if scores["female"] == scores["male"]:
        return None
    sex = max(scores, key=lambda code: scores[code])
    best = max((clue for clue in usable if clue.sex == sex), key=lambda clue: (clue.weight, -clue.start))
    share = scores[sex] / sum(scores.values())
    kind = "noun" if best.kind in _NOUN_KINDS else "pronoun" if best.kind in _PRONOUN_KINDS else best.kind
    top = {"noun": 0.95, "pronoun": 0.9}.get(kind, 0.8)
    return Finding("sex", sex, best.start, best.end, f"sex_{kind}", confidence=round(top * share, 3))


def _value(quote: str, sex: str) -> str:
    item = code_text("sex", quote)[0]
    return quote if item.code == sex else sex


def _clues(reading: Reading, sentence: Sentence, contexts: Contexts) -> Iterator[tuple[int, _Clue]]:
    """The words of a sentence that tell a patient's sex, with the patient; not those of kin, donors and staff."""
    text = sentence.text
    for letter in patient_cue("sex_letter").finditer(text):
        patient = patient_at(reading, sentence.start + letter.start())
        group = letter.lastgroup or ""
        sex = derive_sex(letter[group])
        if patient is not None and sex is not None:
            start, end = (sentence.start + offset for offset in letter.span(group))
            yield patient, _Clue("letter", sex, _WEIGHT_OF_LETTER, start, end)
    persons = sentence_words(reading)[sentence.index].persons
    others = [word for word in persons if word.cue is None]
    for match in persons:
        cue = match.cue
        if cue is None:
            continue
        start, end = sentence.start + match.start, sentence.start + match.end
        if cue.kind == "plural" or (cue.kind == "noun" and _stands_for_several(sentence, match)):
            if sentence.patient == 0 and (
                _is_counted(text, match.start) or not patient_cue("plural_aged").search(text)
            ):
                yield 0, _Clue("plural", cue.sex, cue.weight, start, end)
            continue
        before = [other for other in others if other.end <= match.start]
        if cue.kind == "pronoun" and before and not _parted(text, before[-1].end, match.start):
            continue
        if cue.kind == "noun" and _is_of_other(text, match):
            continue
        weight = cue.weight
        if cue.kind == "possessive":
            if before and not _parted(text, before[-1].end, match.start):
                continue
            weight += 0.5 if _own_body().match(text, match.end) else 0.0
        elif cue.kind == "spouse" and not re.search(
            r"(?:\b(?:his|her|the)|['\u2019]s)\s+$", text[: match.start], re.IGNORECASE
        ):
            continue
        elif cue.kind in ("organ", "state", "obstetric"):
            qualifiers = contexts.qualify(sentence, start, end)
            if not qualifiers.is_of_patient or (before and cue.kind == "obstetric"):
                continue
        patient = patient_at(reading, start)
        if patient is not None:
            yield patient, _Clue(cue.kind, cue.sex, weight, start, end)


def _stands_for_several(sentence: Sentence, word: PersonWord) -> bool:
    """ "Female patients"; "both were diabetic male"."""
    text = sentence.text
    if _counted_after().match(text, word.end):
        return True
    article = re.search(r"\b(?:an?|the|one)\s+(?:\w+\s+)?$", text[: word.start], re.IGNORECASE)
    return sentence.patient == 0 and article is None and _is_counted(text, word.start)


def _parted(text: str, start: int, end: int) -> bool:
    """Whether a sentence turns back to the patient between two offsets."""
    between = text[start:end]
    return re.search(r"[.]|\bthe\s+(?:patient|child|infant|boy|girl)\b", between, re.IGNORECASE) is not None


def _is_counted(text: str, offset: int) -> bool:
    return _number_before().search(text[:offset]) is not None


@cache
def _counted_after() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:[a-z-]+\s+)?{patient_cue('count_noun').pattern}\b", re.IGNORECASE)


@cache
def _number_before() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:both|all|{fill('{cardinal}')}|[2-9])\s+(?:of\s+them\s+)?(?:(?:were|are)\s+)?(?:[\w-]+\s+){{0,3}}$",
        re.IGNORECASE,
    )


def _is_of_other(text: str, match: PersonWord) -> bool:
    """Whether a noun is no patient: "male donor", "delivered a healthy girl", "man-made", "male-to-female"."""
    after = text[match.end : match.end + 40]
    if after.startswith("-") or re.match(
        rf"\s+(?:[\w-]+\s+)?{patient_cue('other_person').pattern}\b", after, re.IGNORECASE
    ):
        return True
    left = text[: match.start]
    return patient_cue("relative_before").search(left) is not None


@cache
def _own_body() -> re.Pattern[str]:
    return re.compile(
        r"\s+(?:right\s+|left\s+|both\s+|first\s+|initial\s+|past\s+|medical\s+)*(?:medical|history|symptoms?|pain|condition"
        r"|wrists?|hands?|fingers?|elbows?|knees?|legs?|arms?|feet|foot|skin|face|head|neck|back|chest|abdomen|age|family"
        r"|complaints?|hospital|admission|illness|disease|treatment|blood|serum|clinical|general|life|body)\b",
        re.IGNORECASE,
    )
