"""Mentions of calcified lesions, and of what only looks like them."""

from __future__ import annotations

import pytest

from flows.coding.vocabulary import load_vocabulary
from flows.extract.context import Contexts
from flows.extract.lesions import LesionMention, lesion_mentions, lesion_terms, site_kinds
from flows.extract.model import Document, Section
from flows.extract.reading import Reading
from flows.extract.scope import scope_reasons
from flows.extract.screening import is_relevant


def mentions(text: str) -> list[LesionMention]:
    reading = Reading(Document("d", text, (Section("abstract", None, 0, len(text)),)))
    return lesion_mentions(reading, Contexts(reading))


def kinds(text: str) -> list[tuple[str, str]]:
    """Kind and words of every mention but of lumps without calcification."""
    return [(found.kind, text[found.start : found.end]) for found in mentions(text) if found.kind != "lesion"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He had tumoral calcinosis of the hip.", [("calcinosis", "tumoral calcinosis")]),
        ("Calciphylaxis was diagnosed.", [("calcinosis", "Calciphylaxis")]),
        ("Calcified subcutaneous nodules of the scrotum.", [("calcification", "Calcified")]),
        ("The papules of the ear discharged chalky paste.", [("calcification", "chalky")]),
        ("Histology showed calcium salts.", [("deposit", "calcium salts")]),
        ("Calcification of the basal ganglia.", [("lookalike", "Calcification")]),
        ("The aortic valve was calcified.", [("lookalike", "calcified")]),
        ("Nephrocalcinosis of both kidneys.", [("lookalike", "Nephrocalcinosis")]),
        ("Renal calcinosis was seen.", [("lookalike", "Renal calcinosis")]),
        ("A calcified lymph node of the neck.", [("lookalike", "calcified")]),
        ("Calcification of the femoral and tibial arteries.", [("lookalike", "Calcification")]),
        ("Calcification of small vessels of the dermis.", [("calcification", "Calcification")]),
        ("Calcium gluconate was infused.", [("lookalike", "Calcium gluconate")]),
        ("Serum calcium was normal.", []),
    ],
)
def test_calcification_is_judged_by_what_stands_nearest(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_lumps_know_whether_they_lie_in_the_skin() -> None:
    found = mentions("She had nodules of the scalp. A swelling of the thigh was noted. There was a mass.")
    assert [(mention.kind, mention.tissue) for mention in found] == [
        ("lesion", "skin"),
        ("lesion", "place"),
        ("lesion", None),
    ]


def test_a_diagnosis_that_accounts_for_a_lump_says_so() -> None:
    found = mentions("It was a pilomatricoma.")
    assert [(mention.kind, mention.reason, mention.explains) for mention in found] == [
        ("lookalike", "tumour_calcification", True)
    ]


def test_mentions_are_found_once() -> None:
    text = "Calcinosis cutis of the elbow."
    reading = Reading(Document("d", text, (Section("abstract", None, 0, len(text)),)))
    assert lesion_mentions(reading, Contexts(reading)) is lesion_mentions(reading, Contexts(reading))


def test_every_term_is_found_alone() -> None:
    missed = [
        term
        for term, row in lesion_terms().items()
        if row.kind in ("calcinosis", "bare", "skin_calcium", "calcium", "lookalike", "lesion")
        and not any(found.start == 0 and found.end == len(term) for found in mentions(term))
    ]
    assert missed == []


def test_every_term_of_calcification_passes_the_screen() -> None:
    kinds_to_screen = ("calcinosis", "bare", "skin_calcium", "calcium")
    assert [term for term, row in lesion_terms().items() if row.kind in kinds_to_screen and not is_relevant(term)] == []


def test_reasons_of_terms_and_sites_are_known() -> None:
    reasons = {row.reason for row in lesion_terms().values()} | {reason for _, reason in site_kinds().values()}
    assert reasons - {""} <= set(scope_reasons())


def test_every_lesion_site_has_a_kind() -> None:
    assert set(site_kinds()) == set(load_vocabulary("lesion_site").terms)
