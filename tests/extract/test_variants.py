"""The variant and the subtype that the authors name for a patient, and those that they only mention."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.coding.coder import code_text
from flows.extract.context import Contexts
from flows.extract.model import Document, Finding, Role, Section
from flows.extract.reading import Reading
from flows.extract.variants import CUE_KINDS, find_variants, variant_cues


def _read(*parts: tuple[Role, str]) -> Reading:
    text, sections = "", []
    for role, words in parts:
        sections.append(Section(role, None, len(text), len(text) + len(words)))
        text += words + "\n\n"
    return Reading(Document("report", text, tuple(sections)))


def _found(*parts: tuple[Role, str]) -> list[Finding]:
    reading = _read(*parts)
    return find_variants(reading, Contexts(reading))


def _code(findings: list[Finding], name: str) -> str | None:
    codes = [item.code for one in findings if one.name == name for item in code_text(name, one.value)]
    assert len(codes) <= 1
    return codes[0] if codes else None


# Sentence of a case, variant.
VARIANTS: list[tuple[str, str | None]] = [
    ("We report a case of dystrophic calcinosis cutis.", "dystrophic"),
    ("Dystrophic type calcinosis cutis of the ring finger is shown.", "dystrophic"),
    ("The biopsy showed dystrophic soft tissue calcification.", "dystrophic"),
    ("The calcinosis was classified as dystrophic.", "dystrophic"),
    ("Final diagnosis: calcinosis cutis, dystrophic type.", "dystrophic"),
    ("A diagnosis of calcinosis cutis (dystrophic) was made.", "dystrophic"),
    ("The calcinosis cutis was thought to be of the dystrophic type.", "dystrophic"),
    ("The picture was that of dystrophic rather than metastatic calcification.", "dystrophic"),
    ("We diagnosed idiopathic scrotal calcinosis.", "idiopathic"),
    ("Histology was in keeping with idiopathic calcinosis of the scrotum.", "idiopathic"),
    ("He had idiopathic calcinosis cutis of the vulva.", "idiopathic"),
    ("In the absence of any cause, the calcification was considered idiopathic.", "idiopathic"),
    ("The diagnosis was milia-like idiopathic calcinosis cutis.", "idiopathic"),
    ("Metastatic calcinosis cutis due to hyperparathyroidism was found.", "metastatic"),
    ("Her skin lesions were diagnosed as metastatic calcification.", "metastatic"),
    ("Iatrogenic calcinosis cutis after an infusion was diagnosed.", "iatrogenic"),
    ("We concluded that the calcinosis was iatrogenic in nature.", "iatrogenic"),
    ("This was a case of traumatic calcinosis cutis.", "traumatic"),
    ("The skin biopsy was consistent with calciphylaxis.", "calciphylaxis"),
    ("She presented with suspected calciphylaxis lesions and was treated.", "calciphylaxis"),
    ("Calcific uraemic arteriolopathy was confirmed.", "calciphylaxis"),
    ("He had nonuremic calciphylaxis.", "calciphylaxis"),
    ("A patient with dystrophic extra-articular soft tissue calcification was seen.", "dystrophic"),
    ("We diagnosed idiopathic calcinosis cutis of the upper eye lid.", "idiopathic"),
    # What is no variant of the calcinosis.
    ("Tumoral calcinosis of the hip was excised.", None),
    ("She had idiopathic pulmonary fibrosis and calcinosis of the hands.", None),
    ("He had metastatic breast cancer and calcinosis of the arm.", None),
    ("Her nails were dystrophic and calcinosis was seen.", None),
    ("He had idiopathic renal tubular calcification.", None),
    ("There was dystrophic calcification of the aortic valve.", None),
    ("There was metastatic calcification in the lungs.", None),
    ("There was no evidence of calciphylaxis.", None),
    ("The differential diagnosis included calciphylaxis and vasculitis.", None),
    ("Calcinosis cutis is classified into dystrophic calcification, metastatic calcification and others.", None),
    ("Calcification may be dystrophic calcification, metastatic calcification or idiopathic calcification.", None),
    ("Her mother had calciphylaxis.", None),
]


@pytest.mark.parametrize(("text", "variant"), VARIANTS)
def test_variant_stated(text: str, variant: str | None) -> None:
    assert _code(_found(("case", text)), "variant_stated") == variant


def _reports() -> list[dict[str, str]]:
    path = Path(__file__).with_name("disease_reports.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.mark.parametrize("report", _reports(), ids=lambda report: report["text"][:40])
def test_variant_of_a_report(report: dict[str, str]) -> None:
    assert _code(_found(("case", report["text"])), "variant_stated") == (report["variant"] or None)


SUBTYPES: list[tuple[str, str | None]] = [
    ("We diagnosed idiopathic scrotal calcinosis.", "scrotal_calcinosis"),
    ("Calcinosis cutis of the scrotum was diagnosed.", "scrotal_calcinosis"),
    ("Histology showed tumoral calcinosis.", "tumoral_calcinosis"),
    ("She had hyperphosphatemic familial tumoral calcinosis.", "hyperphosphataemic_familial_tumoral_calcinosis"),
    ("It proved to be a subepidermal calcified nodule.", "subepidermal_calcified_nodule"),
    ("The papules were milia-like calcinosis.", "milia_like_calcinosis"),
    ("Calcific uraemic arteriolopathy was confirmed.", "uraemic_calciphylaxis"),
    ("He had nonuremic calciphylaxis.", "nonuraemic_calciphylaxis"),
    ("Radiographs showed calcinosis universalis.", "calcinosis_universalis"),
    ("The lesion was calcinosis circumscripta.", "calcinosis_circumscripta"),
    ("Iatrogenic calcinosis cutis due to electrode paste was diagnosed.", "electrode_paste_calcinosis"),
    ("Calcinosis followed extravasation of calcium gluconate.", "calcium_gluconate_extravasation"),
    ("Widespread calcinosis was seen.", "calcinosis_universalis"),
    ("Subcutaneous calcification was seen.", None),
    ("He had burns and calcification.", None),
    ("The SCN was calcified.", None),
    ("No tumoral calcinosis was found.", None),
]


@pytest.mark.parametrize(("text", "subtype"), SUBTYPES)
def test_variant_subtype(text: str, subtype: str | None) -> None:
    assert _code(_found(("case", text)), "variant_subtype") == subtype


@pytest.mark.parametrize("text", [text for text, _ in [*VARIANTS, *SUBTYPES]])
def test_the_quote_is_the_value(text: str) -> None:
    reading = _read(("case", text))
    for finding in find_variants(reading, Contexts(reading)):
        assert reading.document.text[finding.start : finding.end] == finding.value


def test_diagnosis_counts_more_than_a_remark() -> None:
    findings = _found(
        ("case", "Metastatic calcification was in view."), ("case", "We diagnosed dystrophic calcinosis cutis.")
    )
    assert _code(findings, "variant_stated") == "dystrophic"


def test_case_counts_more_than_discussion() -> None:
    findings = _found(
        ("discussion", "The metastatic calcification of our patient needs thought."),
        ("figure_caption", "Dystrophic calcinosis of the thumb"),
    )
    assert _code(findings, "variant_stated") == "dystrophic"


def test_suspicion_counts_less_and_is_marked() -> None:
    sure = _found(("case", "Calciphylaxis was confirmed."))[0]
    suspected = _found(("case", "She was treated for suspected calciphylaxis."))[0]
    assert suspected.confidence < sure.confidence
    assert (sure.rule, suspected.rule) == ("variant_stated_named", "variant_stated_suspected")


def test_narrower_subtype_wins() -> None:
    findings = _found(("title", "Tumoral calcinosis"), ("case", "It was idiopathic tumoral calcinosis of the hip."))
    assert _code(findings, "variant_subtype") == "primary_tumoral_calcinosis"


def test_a_descriptive_word_gives_way_to_a_named_form() -> None:
    findings = _found(
        ("title", "Extensive calcinosis"), ("case", "The child had an exoskeleton of calcinosis circumscripta.")
    )
    assert _code(findings, "variant_subtype") == "calcinosis_circumscripta"


def test_sentences_of_nobody_count_only_with_words_for_this_patient() -> None:
    reading = _read(
        ("discussion", "Dystrophic calcinosis followed."), ("discussion", "In our case dystrophic calcinosis followed.")
    )
    for sentence in reading.sentences:
        sentence.patient = None
    found = find_variants(reading, Contexts(reading))
    assert [finding.start for finding in found] == [reading.document.text.index("dystrophic")]


def test_each_patient_has_one_variant() -> None:
    reading = _read(("case", "The first had dystrophic calcinosis. The second had calciphylaxis."))
    reading.sentences[1].patient = 2
    found = find_variants(reading, Contexts(reading))
    assert [(finding.patient, finding.value) for finding in found] == [
        (1, "dystrophic calcinosis"),
        (2, "calciphylaxis"),
    ]


def test_references_name_no_variant() -> None:
    assert _found(("references", "1. A case of dystrophic calcinosis cutis. 2012.")) == []


# --- the rules ----------------------------------------------------------------------------------------------------


def _names(name: str) -> Callable[[list[Finding]], bool]:
    return lambda findings: any(finding.name == name for finding in findings)


_EFFECTS: dict[str, Callable[[list[Finding]], bool]] = {
    "adjective": _names("variant_stated"),
    "noun": _names("variant_stated"),
    "filler": _names("variant_stated"),
    "link": _names("variant_stated"),
    "suffix": _names("variant_stated"),
    "own": _names("variant_stated"),
    "cause": _names("variant_subtype"),
    "subtype": _names("variant_subtype"),
    "organ": lambda findings: not findings,
    "stop": lambda findings: not _names("variant_stated")(findings),
    "not_subtype": lambda findings: not _names("variant_subtype")(findings),
    "differential": lambda findings: not findings,
    "listing": lambda findings: not findings,
    "contrast": lambda findings: _code(findings, "variant_stated") == "dystrophic",
    "diagnosis": lambda findings: any(finding.confidence >= 0.9 for finding in findings),
    "suspected": lambda findings: any(finding.rule.endswith("suspected") for finding in findings),
    "descriptive": lambda findings: any(finding.confidence < 0.8 for finding in findings),
}
"""What a cue of this kind brings about in its sentence."""


def _acts(kind: str, sentence: str) -> bool:
    reading = _read(("discussion" if kind == "own" else "case", sentence))
    if kind == "own":
        for one in reading.sentences:
            one.patient = None
    return _EFFECTS[kind](find_variants(reading, Contexts(reading)))


@pytest.mark.parametrize("kind", sorted(CUE_KINDS))
def test_cues_act_where_they_must(kind: str) -> None:
    rows = [row for row in variant_cues() if row["kind"] == kind]
    assert rows
    assert [row["cue"] for row in rows if not _acts(kind, row["matches"])] == []


@pytest.mark.parametrize("kind", sorted(CUE_KINDS))
def test_cues_do_not_act_where_they_must_not(kind: str) -> None:
    rows = [row for row in variant_cues() if row["kind"] == kind]
    assert [row["cue"] for row in rows if _acts(kind, row["must_not_match"])] == []


def test_a_title_needs_no_verb_to_name_the_variant() -> None:
    assert (
        _code(_found(("title", "Idiopathic calcinosis of the knee: report of two cases")), "variant_stated")
        == "idiopathic"
    )


def test_an_abbreviation_of_the_text_stands_for_the_variant_in_its_words() -> None:
    general = ("introduction", "Milia-like idiopathic calcinosis cutis (MICC) is a rare disorder.")
    assert _code(_found(general, ("case", "We present a girl with MICC.")), "variant_stated") == "idiopathic"
    assert _code(_found(general, ("case", "There was no MICC.")), "variant_stated") is None


def test_the_subject_of_the_first_sentence_names_the_form_where_nothing_else_does() -> None:
    opening = ("abstract", "Scrotal calcinosis is a rare benign disorder.")
    case = ("case", "A 33-year-old man had hard lumps of the scrotum.")
    assert _code(_found(opening, case), "variant_subtype") == "scrotal_calcinosis"
    named = ("case", "It was tumoral calcinosis of the hip.")
    assert _code(_found(opening, named), "variant_subtype") == "tumoral_calcinosis"
    late = ("abstract", "In men of that age scrotal calcinosis is a rare disorder.")
    assert _code(_found(late, case), "variant_subtype") is None
