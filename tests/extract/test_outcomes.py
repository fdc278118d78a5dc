"""Outcomes in sentences as case reports word them."""

from __future__ import annotations

import pytest

from flows.coding.coder import code_text
from flows.extract.outcomes import find_outcome
from tests.extract.clinical_sentences import Sample, found, said, samples


@pytest.mark.parametrize("sample", samples("outcomes"), ids=lambda sample: sample.text[:50])
def test_a_sentence_says_what_a_reader_finds(sample: Sample) -> None:
    assert said(found(find_outcome, sample.text)) == sample.expected


@pytest.mark.parametrize("sample", samples("outcomes"), ids=lambda sample: sample.text[:50])
def test_quotes_hold_the_same_code(sample: Sample) -> None:
    for finding in found(find_outcome, sample.text):
        quote = sample.text[finding.start : finding.end]
        wanted = {item.code for item in code_text(finding.name, finding.value)}
        assert wanted <= {item.code for item in code_text(finding.name, quote)}, (finding.value, quote)


def _outcome(text: str) -> list[str | None]:
    return [item.code for one in found(find_outcome, text) for item in code_text("outcome", one.value)]


def test_a_treatment_that_failed_is_no_outcome_where_another_followed() -> None:
    failed = "The nodules were treated with colchicine without improvement."
    assert _outcome(failed) == ["stable"]
    assert _outcome(f"{failed} She was started on sodium thiosulfate.") == []


def test_the_subject_of_an_outcome_may_stand_in_the_clause_before() -> None:
    assert _outcome("Hypocalcaemia occurred after surgery but resolved after two months.") == []


def test_a_prognosis_is_no_death_of_the_patient() -> None:
    assert _outcome("The prognosis is poor because of sepsis and death of the patient.") == []
