"""What a sentence says of a mention, and every cue of data/rules/context_cues.csv in its two sentences."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.extract.context import Contexts, SentenceContext
from flows.extract.cues import COLUMNS, Cue, CueError, CueTable, context_cues, parse_cues, phrase_parts
from flows.extract.model import Document, Qualifiers, Role, Section
from flows.extract.reading import Reading, split_words


def context_of(marked: str, role: Role = "case", table: CueTable | None = None) -> tuple[SentenceContext, int, int]:
    """The context of a sentence whose mention stands in curly brackets, and the offsets of the mention."""
    start = marked.index("{")
    end = marked.index("}") - 1
    text = marked.replace("{", "").replace("}", "")
    reading = Reading(Document("test", text, (Section(role, None, 0, len(text)),)))
    sentence = reading.sentence_at(start)
    assert sentence is not None
    return Contexts(reading, table).of(sentence), start, end


def said(marked: str, role: Role = "case", table: CueTable | None = None) -> set[str]:
    """What is said of the mention in curly brackets."""
    context, start, end = context_of(marked, role, table)
    return set(context.categories(start, end))


def acts(cue: Cue, marked: str) -> bool:
    """Whether one cue acts on the mention, or, for cues that only steer others, whether it makes a difference."""
    if cue.role in {"before", "after", "closing"} or (cue.role == "sentence"):
        context, start, end = context_of(marked)
        if cue.role == "sentence" and "general" not in context.categories(start, end):
            return False
        return cue.key in {acting.key for acting in context.acting(start, end)}
    if cue.role in {"past_verb", "present_verb", "generic_verb", "tense", "join", "opening", "specific"}:
        text = marked.replace("{", "").replace("}", "")
        reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
        found = [match for match in context_cues().find(reading.words) if match[0] == cue.key]
        return any(first == 0 for _, first, _ in found) if cue.role == "opening" else bool(found)
    return said(marked) != said(marked, table=context_cues().without(cue.key))


@pytest.mark.parametrize("cue", context_cues().cues.values(), ids=lambda cue: f"{cue.key}-{cue.role}-{cue.category}")
def test_each_cue_acts_in_its_sentence_and_not_in_the_other(cue: Cue) -> None:
    assert acts(cue, cue.matches), f"{cue.cue!r} does not act in {cue.matches!r}"
    assert not acts(cue, cue.must_not_match), f"{cue.cue!r} acts in {cue.must_not_match!r}"


def test_brackets_in_a_cue_stand_for_phrases() -> None:
    assert phrase_parts("no (clear) [sign|evidence of]|without") == [
        [(["no"], False), (["clear"], True), (["sign", "evidence of"], False)],
        [(["without"], False)],
    ]


@pytest.mark.parametrize("cue", ["no [sign", "no sign)", "a [b (c)]", "(only|optional)", "no [,|…] ()"])
def test_a_cue_that_cannot_be_read_is_refused(cue: str) -> None:
    row = dict.fromkeys(COLUMNS, "x") | {"cue": cue, "role": "before", "category": "negated", "reach": ""}
    with pytest.raises(CueError):
        CueTable(parse_cues([row]))


@pytest.mark.parametrize(
    "change",
    [
        {"role": "behind"},
        {"category": "denied"},
        {"category": ""},
        {"reach": "far"},
        {"matches": " "},
        {"must_not_match": ""},
        {"source": ""},
        {"comment": "x"},
    ],
    ids=str,
)
def test_a_row_that_breaks_the_contract_is_refused(change: dict[str, str]) -> None:
    row = dict.fromkeys(COLUMNS, "x") | {"role": "before", "category": "negated", "reach": ""}
    assert parse_cues([row])
    with pytest.raises(CueError):
        parse_cues([row | change])


def test_a_word_marked_as_exact_is_not_folded() -> None:
    row = dict.fromkeys(COLUMNS, "x") | {"cue": "in =patients", "role": "sentence", "category": "general", "reach": ""}
    table = CueTable(parse_cues([row]))
    assert table.find(split_words("It was in Patients and in patient care.")) == [("2", 2, 4)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        # lists
        ("There was no {fever}, cough or rash.", {"negated"}),
        ("There was no fever, cough or {rash}.", {"negated"}),
        ("She denied trauma, injections and {surgery}.", {"negated"}),
        ("Without fever, weight loss, or {arthralgia}, he felt well.", {"negated"}),
        ("No fever was noted, {nodules} were hard.", set()),
        ("No {ulcers}, nodules, or scars were seen.", {"negated"}),
        ("No ulcers, nodules, or {scars} were seen.", {"negated"}),
        ("He had no fever but {cough}.", set()),
        ("He had no fever and was treated for {gout}.", set()),
        ("No fever; {cough}.", set()),
        ("The skin (no {ulcer}) was thick.", {"negated"}),
        ("The skin (no ulcer) had {plaques}.", set()),
        # after the mention
        ("{Hyperparathyroidism} was ruled out.", {"negated"}),
        ("{Sarcoidosis}, lymphoma and tuberculosis were excluded.", {"negated"}),
        ("{Gout} was found and malignancy was excluded.", set()),
        ("Anti-centromere {antibodies} were negative.", {"negated"}),
        ("Rheumatoid {factor} (negative) and ANA were measured.", {"negated"}),
        ("Large {goitre}, normal liver.", set()),
        # double and false negation
        ("{Malignancy} could not be excluded.", {"possible"}),
        ("There was no increase in {calcification}.", set()),
        ("Not only {calcification} but also ossification was seen.", set()),
        ("The rash was not necessarily {lupus}.", set()),
        ("He swallowed without difficulty despite {sclerosis}.", set()),
        ("No redness was seen over the {plaques}.", set()),
        ("The {pain} resolved.", {"resolved"}),
        # hypothetical and possible
        ("Tests to rule out {malignancy} were ordered.", {"hypothetical"}),
        ("She was told to return if {fever} occurred.", {"hypothetical"}),
        ("He is at risk of {fractures}.", {"hypothetical"}),
        ("A test for {malaria} was negative.", {"negated"}),
        ("The findings were suggestive of {osteoma}.", {"possible"}),
        ("Possible {osteoma} of the skull.", {"possible"}),
        ("A possible osteoma on her {scalp}.", set()),
        # historical
        ("She had a history of {hypertension}.", {"historical"}),
        ("She had a two-month history of {swelling}.", set()),
        ("A man with a long-standing history of {psoriasis} came.", set()),
        ("{Scleroderma} was diagnosed five years ago.", {"historical"}),
        ("Past medical history: asthma, gout and {lupus}.", {"historical"}),
        ("A man with a history of asthma presented with {nodules}.", set()),
        ("There was no history of {trauma}.", {"negated", "historical"}),
        # who
        ("Her mother had {lupus}.", {"family"}),
        ("She was brought by her mother for {nodules}.", set()),
        ("His father noticed {nodules} on the knee.", set()),
        ("There was no family history of {calcinosis}.", {"family", "negated"}),
        ("{Gout} was known in two brothers of his and in his father.", {"family"}),
        ("The donor had {melanoma}.", {"other_person"}),
    ],
)
def test_what_is_said_of_a_mention(sentence: str, expected: set[str]) -> None:
    assert said(sentence) == expected


GENERAL = [
    "Calcinosis cutis is characterised by deposits of calcium in the {skin}.",
    "Soft tissue calcification can be classified as {metastatic} or not.",
    "{Dystrophic} calcinosis is calcification of damaged tissue.",
    "There are four variants of calcinosis: dystrophic, {metastatic}, idiopathic and iatrogenic.",
    "It is most often seen in women with {scleroderma}.",
    "Patients with {dermatomyositis} often have calcinosis.",
    "Causes include {lupus}, trauma and dialysis.",
    "{Sarcoidosis} should be ruled out.",
    "Diltiazem has been reported to help in {CREST syndrome}.",
    "Meyer et al. described a man with calcinosis of the {elbow}.",
    "Among the underlying diseases, {scleroderma} is the most common cause.",
    "In children, {dermatomyositis} is a common cause.",
]
OF_THE_PATIENT = [
    "In our patient, calcinosis of the {elbow} was found.",
    "The present case had {dystrophic} calcinosis.",
    "We report a woman with {scleroderma}.",
    "She usually has pain in both {hands}.",
    "Hard nodules were found on the {elbow}.",
    "A 40-year-old man with {lupus} has had nodules for a year.",
    "The two patients with {lupus} were sisters.",
    "He is a known case of {Behçet's disease}.",
    "A man who is a known case of {gout}.",
]


@pytest.mark.parametrize("role", ["case", "abstract", "discussion", "introduction", "other"])
@pytest.mark.parametrize("sentence", GENERAL)
def test_statements_on_the_disease_are_general_in_every_section(sentence: str, role: Role) -> None:
    assert "general" in said(sentence, role)


@pytest.mark.parametrize("role", ["case", "abstract", "discussion", "introduction", "other"])
@pytest.mark.parametrize("sentence", OF_THE_PATIENT)
def test_statements_on_the_patient_are_not(sentence: str, role: Role) -> None:
    assert "general" not in said(sentence, role)


@pytest.mark.parametrize(
    ("sentence", "role", "general"),
    [
        ("Calcification of damaged {skin}.", "discussion", True),
        ("Calcification of the {skin}.", "title", False),
        ("Calcification of the {skin} is a rare finding.", "figure_caption", True),
        ("Calcinosis on the {face}.", "references", True),
        ("She has scleroderma, which is commonly complicated by {calcinosis}.", "case", True),
        ("She has {scleroderma}, which is commonly complicated by calcinosis.", "case", False),
        ("{Metastatic} calcinosis is caused by hypercalcaemia, but our patient had none.", "discussion", True),
        ("Metastatic calcinosis is caused by hypercalcaemia, but our patient had {lupus}.", "discussion", False),
    ],
)
def test_the_clause_and_the_section_decide(sentence: str, role: Role, general: bool) -> None:
    assert ("general" in said(sentence, role)) == general


def test_qualifiers_carry_what_is_said_but_for_what_has_resolved() -> None:
    context, start, end = context_of("There was no family history of {gout}.")
    assert context.qualify(start, end) == Qualifiers(negated=True, family=True)
    context, start, end = context_of("The {pain} resolved.")
    assert context.qualify(start, end) == Qualifiers()


_WORDS = st.lists(
    st.sampled_from(["no", "not", "fever", ",", ";", "(", ")", "and", "or", "but", "was", "negative", "her", "mother"])
    | st.text(max_size=4),
    max_size=25,
).map(" ".join)


@given(_WORDS | st.text(max_size=80), st.data())
def test_every_mention_gets_an_answer_whatever_the_text(text: str, data: st.DataObject) -> None:
    reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
    contexts = Contexts(reading)
    for sentence in reading.sentences:
        start = data.draw(st.integers(sentence.start, sentence.end))
        end = data.draw(st.integers(start, sentence.end))
        assert isinstance(contexts.qualify(sentence, start, end), Qualifiers)
        assert contexts.of(sentence).categories(start, end) == SentenceContext(reading, sentence).categories(start, end)


@pytest.mark.parametrize(
    "unit", ["no ", "(", "(no ", "and was ", "her mother had ", ", ", "not only no ", "is rarely "]
)
def test_a_long_sentence_takes_bounded_time(unit: str) -> None:
    text = unit * 2_000
    reading = Reading(Document("test", text, (Section("case", None, 0, len(text)),)))
    begin = time.perf_counter()
    Contexts(reading).qualify(reading.sentences[0], len(text) // 2, len(text) // 2 + 3)
    assert time.perf_counter() - begin < 20
