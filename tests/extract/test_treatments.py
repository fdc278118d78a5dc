"""Treatments in sentences as case reports word them."""

from __future__ import annotations

import pytest

from flows.coding.coder import code_text
from flows.extract.treatments import find_treatments
from tests.extract.clinical_sentences import Sample, found, said, samples


@pytest.mark.parametrize("sample", samples("treatments"), ids=lambda sample: sample.text[:50])
def test_a_sentence_says_what_a_reader_finds(sample: Sample) -> None:
    assert said(found(find_treatments, sample.text)) == sample.expected


@pytest.mark.parametrize("sample", samples("treatments"), ids=lambda sample: sample.text[:50])
def test_quotes_hold_the_same_code(sample: Sample) -> None:
    for finding in found(find_treatments, sample.text):
        quote = sample.text[finding.start : finding.end]
        wanted = {item.code for item in code_text(finding.name, finding.value)}
        assert wanted <= {item.code for item in code_text(finding.name, quote)}, (finding.value, quote)


def _targets(text: str) -> dict[str, str | None]:
    return {one.value: one.target for one in found(find_treatments, text)}


def test_a_purpose_behind_a_list_is_that_of_the_last_treatment() -> None:
    text = "Calciphylaxis was treated with sodium thiosulfate, sevelamer, and morphine for pain."
    assert _targets(text)["sodium thiosulfate"] == _targets(text)["sevelamer"] == "calcinosis"


def test_a_purpose_may_stand_before_the_treatment() -> None:
    assert _targets("For her digital calcinosis she was started on aspirin.") == {"aspirin": "calcinosis"}
    assert _targets("For her fever she was started on aspirin.") == {"aspirin": "other"}
