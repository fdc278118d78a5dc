from __future__ import annotations

import pytest

from flows.extract.abbreviations import find_abbreviations, occurrences
from flows.extract.context import Contexts
from flows.extract.lesions import lesion_mentions
from flows.extract.model import Document, Section
from flows.extract.reading import Reading


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Uraemic tumoral calcinosis (UTC) is rare.", {"UTC": "Uraemic tumoral calcinosis"}),
        ("A woman with dermatomyositis (DM) came.", {"DM": "dermatomyositis"}),
        ("calcific uraemic arteriolopathies (CUAs)", {"CUAs": "calcific uraemic arteriolopathies"}),
        ("The knee (Figure 1) and (AB) swelled.", {}),
        ("We saw a mass (XYZ).", {}),
        ("Computed tomography (CT; 64 rows)", {"CT": "Computed tomography"}),
    ],
)
def test_definitions(text: str, expected: dict[str, str]) -> None:
    assert {one.short: text[one.start : one.end] for one in find_abbreviations(text)} == expected


def test_a_short_form_is_no_part_of_a_longer_word() -> None:
    assert occurrences("UTC, UTCs and UTC-like, MUTC", "UTC") == [(0, 3), (5, 9)]


def test_a_defined_abbreviation_is_a_mention_of_the_lesion() -> None:
    text = "Tumoral calcinosis (TC) is rare. He had multiple TCs of the left elbow."
    reading = Reading(Document("d", text, (Section("case", None, 0, len(text)),)))
    mentions = lesion_mentions(reading, Contexts(reading))
    assert [text[m.start : m.end] for m in mentions if m.kind == "calcinosis"] == ["Tumoral calcinosis", "TC", "TCs"]
