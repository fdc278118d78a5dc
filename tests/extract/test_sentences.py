"""Where sentences end."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.extract.sentences import abbreviations, split_sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The nodule was hard.", "It did not hurt."],
        ["Calcium was 2.4 mmol/L.", "Phosphate was 1.1."],
        ["The plaque (Fig. 1) was hard.", "It grew (Figs. 2 and 3)."],
        ["Fig. 2 shows the knee.", "Fig. A shows the hip."],
        ["She was seen by Dr. Ada Ray.", "Mr. Lee was not."],
        ["J. K. Row described it in 1911.", "R. Virchow named it."],
        ["We followed Weber et al. in this.", "Others did not."],
        ["Calcinosis vs. Osteoma was the question.", "Biopsy told."],
        ["She took vitamin D.", "The nodules grew."],
        ["He had hepatitis B.", "She had none."],
        ["It weighed approx. 5 g.", "Ulcers, scars, etc. were seen."],
        ["He took 5 mg p.o. daily.", "He slept well."],
        ["He took it p.o.", "Then he slept."],
        ["Was it lupus?", "she asked."],
        ["Lupus (?) was in the file.", "It was wrong."],
        ["It was case No. 5 of ours.", "Was it cured?", "No.", "The answer came late."],
        ['He said "it hurts."', "Nobody asked."],
        ["It was seen before [3].", "It was seen again.[4,5]", "It was gone."],
        ["It is rare.^{1,2}", "It is hard.³", "It is white."],
        ["E. coli grew from the ulcer.", "S. aureus did not."],
        ["The temp. was 39 °C on 5 Jan. 2019.", "It fell."],
        ["In the U.S. 5 cases are known.", "We add one."],
    ],
    ids=lambda sentences: sentences[0][:25],
)
def test_sentences_of_running_text(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("The leg was painful.The skin was red.", ["The leg was painful.", "The skin was red."]),
        ("It was seen (arrow).Biopsy was done.", ["It was seen (arrow).", "Biopsy was done."]),
        ("It is a rare disease.3 The patient was well.", ["It is a rare disease.3", "The patient was well."]),
        ("Seen at 7.30 by him. He left", ["Seen at 7.30 by him.", "He left"]),
        ("Case report\nA woman came.\nShe was ill.", ["Case report", "A woman came.", "She was ill."]),
        ("A woman with hard nodules of the right elbow and of the\nleft knee came.", None),
        ("One line\n\nanother line", ["One line", "another line"]),
        ("She had:\n- ulcers\n- nodules on the hands", ["She had:", "- ulcers", "- nodules on the hands"]),
        ("Findings\n1. A nodule.\n2. An ulcer.", ["Findings", "1. A nodule.", "2. An ulcer."]),
        ("• hard nodule;\n• soft plaque", ["• hard nodule;", "• soft plaque"]),
        ("", []),
        (" \n\n ", []),
        ("...", ["..."]),
    ],
)
def test_layout(text: str, sentences: list[str] | None) -> None:
    assert split(text) == ([text] if sentences is None else sentences)


def test_offsets_count_from_the_text_and_not_from_the_stretch() -> None:
    text = "Heading. One here. Two here. Rest."
    assert split_sentences(text, 9, 28) == [(9, 18), (19, 28)]


@given(st.text(alphabet=st.sampled_from("abAB12.?!;:•…\n ()[]{}^-–,³\u0301\u200f"), max_size=60) | st.text(max_size=60))
def test_sentences_lie_in_order_and_lose_only_white_space(text: str) -> None:
    spans = split_sentences(text, 0, len(text))
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize("unit", ["a", ".", "a.", "\n", "(", "1.", "A.", "{1,", "?)", "a\n", ". ", ";", " ", ".("])
def test_long_odd_text_takes_no_longer_than_its_length(unit: str) -> None:
    text = unit * 20_000
    begin = time.perf_counter()
    split_sentences(text, 0, len(text))
    assert time.perf_counter() - begin < 5


def test_abbreviations_have_kinds() -> None:
    assert abbreviations()["fig"] == "inside"
    assert abbreviations()["the"] == "opener"
