"""Histology and imaging in sentences as case reports word them."""

from __future__ import annotations

import pytest

from flows.coding.coder import code_text
from flows.extract.context import Contexts
from flows.extract.examinations import find_histology, find_imaging
from flows.extract.model import Finding
from flows.extract.reading import Reading
from tests.extract.clinical_sentences import Sample, found, said, samples


def _find(reading: Reading, contexts: Contexts) -> list[Finding]:
    return [*find_histology(reading, contexts), *find_imaging(reading, contexts)]


@pytest.mark.parametrize("sample", samples("examinations"), ids=lambda sample: sample.text[:50])
def test_a_sentence_says_what_a_reader_finds(sample: Sample) -> None:
    assert said(found(_find, sample.text)) == sample.expected


@pytest.mark.parametrize("sample", samples("examinations"), ids=lambda sample: sample.text[:50])
def test_quotes_hold_the_same_code(sample: Sample) -> None:
    for finding in found(_find, sample.text):
        quote = sample.text[finding.start : finding.end]
        wanted = {item.code for item in code_text(finding.name, finding.value)}
        assert wanted <= {item.code for item in code_text(finding.name, quote)}, (finding.value, quote)
