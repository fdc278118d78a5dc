"""Lesion sites in prose: what ties a place to a calcified lesion, and what does not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.coding.coder import code_text
from flows.extract.context import Contexts
from flows.extract.model import Document, Finding, Role, Section
from flows.extract.reading import Reading
from flows.extract.site_cues import holds_word_of, site_cues
from flows.extract.sites import find_lesion_sites

REPORTS = [
    (row["half"], frozenset(row["sites"].split()), row["text"])
    for row in csv.DictReader((Path(__file__).parent / "site_reports.csv").open(encoding="utf-8", newline=""))
]
SENTENCES = [cue for cue in site_cues() if cue.matches]


def findings(text: str, role: Role = "case") -> list[Finding]:
    reading = Reading(Document("test", text, (Section(role, None, 0, len(text)),)))
    return find_lesion_sites(reading, Contexts(reading))


def sites(text: str, role: Role = "case") -> set[str]:
    """Codes with their side, "-" before what is absent."""
    return {
        ("-" if item.state == "absent" else "")
        + f"{item.code}"
        + (f":{item.laterality_code}" if item.laterality_code else "")
        for finding in findings(text, role)
        for item in code_text("lesion_sites", finding.value)
    }


@pytest.mark.parametrize("half", ["before", "after"])
def test_sites_of_reports_reach_their_floor(half: str) -> None:
    wrong = []
    hits = wanted = given = 0
    for part, expected, text in REPORTS:
        if part != half:
            continue
        found = sites(text)
        hits += len(found & expected)
        wanted += len(expected)
        given += len(found)
        if found != expected:
            wrong.append(f"{text}\n  missing {sorted(expected - found)}, too many {sorted(found - expected)}")
    assert 2 * hits / (wanted + given) >= {"before": 0.97, "after": 0.93}[half], "\n".join(wrong)


@pytest.mark.parametrize("text", [text for _, _, text in REPORTS], ids=range(len(REPORTS)))
def test_value_derives_again_from_its_quote(text: str) -> None:
    for finding in findings(text):
        quote = text[finding.start : finding.end]
        assert finding.value == (f"no {quote}" if finding.state == "absent" else quote)
        codes = [(item.code, item.laterality_code) for item in code_text("lesion_sites", finding.value)]
        assert codes == [(item.code, item.laterality_code) for item in code_text("lesion_sites", quote)]
        assert all(code for code, _ in codes)


@pytest.mark.parametrize("cue", SENTENCES, ids=[f"{cue.kind}/{cue.name}" for cue in SENTENCES])
def test_cue_matches_its_sentence_and_not_the_other(cue) -> None:  # type: ignore[no-untyped-def]
    assert holds_word_of(cue.matches, cue)
    assert not holds_word_of(cue.must_not_match, cue)
