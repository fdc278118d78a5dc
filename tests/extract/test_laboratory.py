"""Laboratory in sentences as case reports word them."""

from __future__ import annotations

import pytest

from flows.coding.coder import code_text
from flows.extract.laboratory import find_laboratory_values
from tests.extract.clinical_sentences import Sample, found, said, samples


@pytest.mark.parametrize("sample", samples("laboratory"), ids=lambda sample: sample.text[:50])
def test_a_sentence_says_what_a_reader_finds(sample: Sample) -> None:
    assert said(found(find_laboratory_values, sample.text)) == sample.expected


@pytest.mark.parametrize("sample", samples("laboratory"), ids=lambda sample: sample.text[:50])
def test_quotes_hold_the_same_code(sample: Sample) -> None:
    for finding in found(find_laboratory_values, sample.text):
        quote = sample.text[finding.start : finding.end]
        wanted = {item.code for item in code_text(finding.name, finding.value)}
        assert wanted <= {item.code for item in code_text(finding.name, quote)}, (finding.value, quote)
