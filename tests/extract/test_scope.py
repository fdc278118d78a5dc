"""Whether a document reports a patient with calcinosis cutis, and the reason.

scope_reports.csv holds short reports in the project's own words; `reason` is empty where any reason of its kind will do.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.extract.context import Contexts
from flows.extract.model import Document, Role, Scope, Section
from flows.extract.reading import Reading
from flows.extract.scope import Cue, decide_scope, scope_cues, scope_reasons

with Path(__file__).with_name("scope_reports.csv").open(encoding="utf-8", newline="") as file:
    REPORTS = list(csv.DictReader(file))


def scope(*sections: tuple[Role, str], article_type: str | None = None) -> Scope:
    text, parts = "", []
    for role, words in sections:
        parts.append(Section(role, None, len(text), len(text) + len(words)))
        text += words + "\n\n"
    reading = Reading(Document("d", text, tuple(parts), article_type=article_type))
    return decide_scope(reading, Contexts(reading))


@pytest.mark.parametrize("report", REPORTS, ids=[report["name"] for report in REPORTS])
def test_short_reports(report: dict[str, str]) -> None:
    found = scope(("abstract", report["text"]))
    assert found.in_scope == (report["in_scope"] == "yes"), found
    if report["reason"]:
        assert found.reason == report["reason"]


def test_the_reports_are_many_of_both_kinds() -> None:
    assert sum(report["in_scope"] == "yes" for report in REPORTS) >= 60
    assert sum(report["in_scope"] == "no" for report in REPORTS) >= 60


@pytest.mark.parametrize("cue", scope_cues(), ids=lambda cue: str(cue.name))
def test_cues_match_their_sentence_and_leave_the_other(cue: Cue) -> None:
    assert cue.pattern.search(cue.matches)
    assert not cue.pattern.search(cue.must_not_match)


def test_reasons_of_reports_are_known() -> None:
    for report in REPORTS:
        if report["reason"]:
            assert scope_reasons()[report["reason"]] == (report["in_scope"] == "yes")


def test_the_words_that_decided_are_given() -> None:
    found = scope(("abstract", "A 9-year-old boy had calcinosis cutis."))
    assert (found.reason, found.start, found.end) == ("calcinosis_named", 21, 37)


def test_a_document_without_any_word_is_told_from_one_with_another_calcification() -> None:
    assert scope(("abstract", "A 9-year-old boy had measles.")) == Scope(False, "no_relevant_term")
    assert scope(("abstract", "A 9-year-old boy had a calcified aortic valve.")).reason == "vascular"


def test_what_the_discussion_says_of_others_is_no_case() -> None:
    case = "A 40-year-old woman had granuloma annulare of the hands."
    assert not scope(("case", case), ("discussion", "Calcinosis cutis was excised in the patients of Smith.")).in_scope
    assert scope(("case", case), ("discussion", "In our patient calcinosis cutis was found too.")).in_scope


def test_references_are_no_case() -> None:
    case = "A 40-year-old woman had granuloma annulare of the hands."
    assert not scope(("case", case), ("references", "1. Smith J. A 9-year-old boy with calcinosis cutis.")).in_scope


def test_a_disease_of_a_relative_is_not_the_patients() -> None:
    case = "A 38-year-old woman had ulcers of the fingers. "
    assert scope(("case", case + "Her mother, aged 66, has CREST syndrome with calcinosis cutis.")).reason == "family"
    assert scope(("case", case + "Her mother noticed hard lumps of calcinosis cutis.")).in_scope
    assert scope(("case", "A mother and her 9-year-old son had tumoral calcinosis of the hip.")).in_scope


def test_a_title_with_a_patient_is_enough() -> None:
    case = "A 40-year-old woman had hard lumps of the hands, which were excised."
    assert scope(("title", "Calcinosis cutis in scleroderma"), ("abstract", case)).in_scope
    assert not scope(("title", "Calcinosis cutis in scleroderma"), ("abstract", "It is a burden.")).in_scope


def test_the_type_of_the_article_makes_a_short_record_a_report() -> None:
    title: tuple[Role, str] = ("title", "Calcinosis cutis of the ear.")
    assert scope(title, article_type="Case Reports").in_scope
    assert not scope(title, article_type="Review").in_scope


def test_a_suspicion_counts_until_it_is_refuted() -> None:
    suspected = "A 60-year-old man on dialysis had leg ulcers. Calciphylaxis was suspected."
    assert scope(("abstract", suspected)).reason == "calciphylaxis"
    assert not scope(("abstract", suspected + " Biopsy ruled it out: there was no calciphylaxis.")).in_scope
    assert scope(("abstract", suspected + " There was no calciphylaxis improvement for weeks.")).in_scope


def test_a_diagnosis_that_accounts_for_the_lump_decides_unless_it_was_only_weighed() -> None:
    lump = "A 9-year-old girl had a calcified nodule of the skin of her cheek. "
    assert scope(("abstract", lump + "It was a pilomatricoma.")).reason == "tumour_calcification"
    assert scope(("abstract", lump + "Histology excluded a pilomatricoma.")).in_scope
    assert (
        scope(("abstract", lump + "Calcinosis cutis was suspected. It was a pilomatricoma.")).reason == "differential"
    )


def test_deposits_are_placed_by_the_lump_before_them() -> None:
    assert scope(("abstract", "A 30-year-old man had scrotal nodules. Histology showed calcium deposits.")).in_scope
    assert scope(("abstract", "A 30-year-old man had a fever. Histology showed calcium deposits.")).reason == "unplaced"
