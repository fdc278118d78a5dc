"""Every row of the rules for persons, ages and durations finds its own example and leaves the other alone."""

from __future__ import annotations

import csv
import re

import pytest

from flows.coding.coder import code_text
from flows.extract.ages import age_mentions
from flows.extract.context import Contexts
from flows.extract.durations import find_disease_durations
from flows.extract.model import Document, Section
from flows.extract.patients import assign_patients
from flows.extract.person_words import derive_sex, patient_cue, sex_pattern, sex_words
from flows.extract.reading import Reading
from flows.resources import resource


def _rows(name: str) -> list[dict[str, str]]:
    with resource("data", "rules", name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _reading(text: str) -> Reading:
    return Reading(Document("test", text, (Section("case", None, 0, len(text)),)))


@pytest.mark.parametrize("row", _rows("age_patterns.csv"), ids=lambda row: row["rule"])
def test_an_age_pattern_finds_its_example_only(row: dict[str, str]) -> None:
    found = [
        (mention.rule, row["matches"][mention.start : mention.end])
        for mention in age_mentions(_reading(row["matches"]))
    ]
    assert (row["rule"], row["quote"]) in found
    assert [mention.rule for mention in age_mentions(_reading(row["must_not_match"]))] == []


@pytest.mark.parametrize("row", _rows("duration_patterns.csv"), ids=lambda row: row["rule"])
def test_a_duration_pattern_finds_its_example_only(row: dict[str, str]) -> None:
    def found(text: str) -> list[str]:
        reading = _reading(text)
        contexts = Contexts(reading)
        assign_patients(reading, contexts)
        return [finding.value for finding in find_disease_durations(reading, contexts)]

    assert found(row["matches"]) == [row["quote"]]
    assert found(row["must_not_match"]) == []


@pytest.mark.parametrize("row", _rows("patient_cues.csv"), ids=lambda row: row["kind"])
def test_a_cue_for_patients_finds_its_example_only(row: dict[str, str]) -> None:
    # Cues that end at an age are looked for before it.
    def ends(text: str) -> str:
        return text.partition("25-year-old")[0].partition("25 years")[0].partition("45")[0].partition("12")[0]

    cue = patient_cue(row["kind"])
    if row["kind"] in ("relative_before", "kin_as_patients", "not_age_before", "plural_aged", "event_before"):
        assert cue.search(ends(row["matches"]))
        assert not cue.search(ends(row["must_not_match"]))
    elif row["kind"] in ("not_age_after", "back_matter"):
        assert cue.match(row["matches"])
        assert not cue.match(row["must_not_match"])
    else:
        if row["kind"] in ("person", "relative", "other_person", "count_noun"):
            cue = re.compile(rf"\b{cue.pattern}\b", re.IGNORECASE)
        assert cue.search(row["matches"])
        assert not cue.search(row["must_not_match"])


@pytest.mark.parametrize("row", _rows("sex_cues.csv"), ids=lambda row: row["cue"][:20])
def test_a_word_for_the_sex_finds_its_example_only(row: dict[str, str]) -> None:
    words = row["cue"].casefold().split("|")
    found = [match.group().casefold() for match in sex_pattern().finditer(row["matches"])]
    assert set(found) & set(words)
    assert not {match.group().casefold() for match in sex_pattern().finditer(row["must_not_match"])} & set(words)
    assert all(sex_words()[word].sex == row["sex"] for word in words)


def test_words_that_the_vocabulary_knows_have_its_code() -> None:
    for word in ("woman", "man", "lady", "girl", "boy", "gentleman", "female", "male"):
        assert derive_sex(word) == code_text("sex", word)[0].code


@pytest.mark.parametrize(
    ("quote", "code"), [("F/45", "female"), ("56M", "male"), ("her", "female"), ("calcinosis", None), ("MS", None)]
)
def test_a_quote_gives_the_sex_again(quote: str, code: str | None) -> None:
    assert derive_sex(quote) == code
