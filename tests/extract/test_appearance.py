"""What the calcified lesions look like, and their size."""

from __future__ import annotations

import pytest

from flows.coding.coder import code_text
from flows.extract.appearance import Cue, appearance_cues, cue_lexicon, find_largest_size, find_morphology
from flows.extract.context import Contexts
from flows.extract.model import Document, Finding, Role, Section
from flows.extract.reading import Reading, split_words

SENTENCES = [cue for cue in appearance_cues() if cue.matches]


def read(text: str) -> tuple[Reading, Contexts]:
    reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
    return reading, Contexts(reading)


def sizes(text: str) -> list[Finding]:
    return find_largest_size(*read(text))


@pytest.mark.parametrize(
    ("text", "value", "millimetres"),
    [
        ("A hard nodule of 3 x 2 cm was found on the left elbow. Calcinosis cutis was diagnosed.", "3 x 2 cm", 30),
        ("Calcified papules measuring up to 5 mm were seen on the fingers.", "up to 5 mm", 5),
        ("Scrotal calcinosis: there were nodules ranging from 2 to 15 mm.", "2 to 15 mm", 15),
        ("A calcified mass was seen at the right hip. It measured 12 × 9 × 6 cm.", "12 × 9 × 6 cm", 120),
        ("Calcified nodules of 4 mm and, at the knee, of 1.5 cm were excised.", "1.5 cm", 15),
        ("A 2.5-cm calcified plaque lay on the left shin.", "2.5-cm", 25),
        ("The calcified nodule on the ear was 8mm in diameter.", "8mm", 8),
        ("A calcified tumour of the buttock, 10,5 cm in size, was excised.", "10,5 cm", 105),
    ],
)
def test_largest_size_of_a_lesion(text: str, value: str, millimetres: float) -> None:
    [finding] = sizes(text)
    assert (finding.value, text[finding.start : finding.end]) == (value, value)
    assert code_text("largest_size_mm", finding.value)[0].value_high == pytest.approx(millimetres)


@pytest.mark.parametrize(
    "text",
    [
        "Calcinosis of the left elbow was excised. Blood pressure was 120/80 mm Hg.",
        "The calcified nodule of the thigh was excised with a margin of 5 mm.",
        "A calcified nodule of the thigh was removed through an incision of 4 cm.",
        "Calcinosis of the hands was seen. The spleen was 14 cm long.",
        "A calcified nodule lay 3 cm above the wrist.",
        "Calcinosis of the hands was seen; the erythrocyte sedimentation rate was 40 mm/h.",
        "There were 400 cells per mm3 and calcinosis of the hands.",
        "Nodules of calcinosis usually measure 1 to 5 cm.",
    ],
)
def test_other_measures_are_no_size_of_a_lesion(text: str) -> None:
    assert sizes(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Multiple firm whitish papules of calcinosis cutis were present on the elbows.",
         {"multiple", "papule", "firm", "white"}),
        ("Hard nodules and ulcerated plaques were found on both thighs; calcinosis was proven.",
         {"nodule", "hard", "plaque", "ulcer"}),
        ("Calcified subcutaneous nodules of the scrotum were excised.", {"subcutaneous_nodule"}),
        ("Oral ulcers had been noted. A calcified mass was found at the left hip.", {"mass"}),
        ("Oral ulcers and a calcified mass of the left hip were noted.", {"mass"}),
        ("There was a calcified plaque on the shin without ulceration.", {"plaque", "no ulcer"}),
        ("A painless, non-tender calcified nodule lay on the shin.", {"nodule", "no pain", "no tender"}),
        ("Calcified nodules of the thigh were tender and indurated.", {"nodule", "tender", "indurated"}),
        ("The calcified plate of the chin was hard, whitish and fixed.", {"plaque", "hard", "white", "fixed"}),
        ("Calcified nodules were seen on the thigh. They were firm and did not itch.", {"nodule", "firm", "no pruritus"}),
        ("A calcified nodule of the shin was firm; the overlying skin was red.", {"nodule", "firm", "red"}),
        ("Calcinosis cutis of the thigh: hard plates covered both flanks.", {"hard", "plaque"}),
        ("A calcified nodule of the shin was seen. The lesion was soft.", {"nodule", "soft"}),
        ("A calcified lesion of the shin was seen.", {"lesion"}),
        ("Calcinosis of the thigh was seen. Histology showed amorphous calcified deposits in the lobular fat.", set()),
        ("A firm calcified nodule of the shin was biopsied and showed lobulated deposits.", {"firm", "nodule"}),
        ("Radiographs showed linear calcification in the soft tissues of the thigh.", set()),
        ("A calcified nodule of the shin was excised and the wound healed.", {"nodule"}),
        ("Calcinosis cutis usually presents as nodules, papules or plaques.", set()),
    ],
)  # fmt: skip
def test_morphology_is_that_of_the_lesions(text: str, said: set[str]) -> None:
    found = find_morphology(*read(text))
    items = [item for finding in found for item in code_text("morphology", finding.value)]
    assert {f"{'no ' * (item.state == 'absent')}{item.code}" for item in items} == said
    assert [finding.state for finding in found] == [item.state for item in items]
    assert all(finding.value.removeprefix("no ") == text[finding.start : finding.end] for finding in found)


def test_title_is_believed_where_the_text_is_silent() -> None:
    title, case = "White calcified lumps of the shin.", "Calcified papules were seen on the left shin."

    def codes(*roles: tuple[Role, str]) -> set[str | None]:
        text, sections = "", []
        for role, words in roles:
            sections.append(Section(role, None, len(text), len(text) + len(words)))
            text += f"{words}\n"
        reading = Reading(Document("test", text, tuple(sections)))
        found = find_morphology(reading, Contexts(reading))
        return {code_text("morphology", finding.value)[0].code for finding in found}

    assert codes(("title", title)) == {"white", "nodule"}
    assert codes(("title", title), ("case", case)) == {"papule"}


@pytest.mark.parametrize("cue", SENTENCES, ids=lambda cue: cue.phrases[0])
def test_cue_matches_its_sentence_and_not_the_other(cue: Cue) -> None:
    def holds(sentence: str) -> bool:
        words = split_words(sentence)
        own = {" ".join(token.norm_ for token in split_words(phrase).doc) for phrase in cue.phrases}
        return any(
            kind == cue.kind and " ".join(token.norm_ for token in words.doc[first:last]) in own
            for kind, first, last in cue_lexicon().find(words)
        )

    assert holds(cue.matches)
    assert not holds(cue.must_not_match)
