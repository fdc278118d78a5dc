"""Which diseases a report says that the patient has, and which of them the calcinosis."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.coding.coder import code_text
from flows.coding.vocabulary import load_vocabulary
from flows.extract.context import Contexts
from flows.extract.diseases import CUE_KINDS, disease_cues, disease_roles, find_diseases, role_of
from flows.extract.model import Document, Finding, Role, Section
from flows.extract.reading import Reading


def _read(*parts: tuple[Role, str]) -> Reading:
    text, sections = "", []
    for role, words in parts:
        sections.append(Section(role, None, len(text), len(text) + len(words)))
        text += words + "\n\n"
    return Reading(Document("report", text, tuple(sections)))


def _found(text: str, role: Role = "case") -> list[Finding]:
    reading = _read((role, text))
    return find_diseases(reading, Contexts(reading))


def _codes(findings: list[Finding], name: str, state: str = "present") -> set[str | None]:
    return {
        item.code
        for finding in findings
        if finding.name == name and finding.state == state
        for item in code_text(name, finding.value)
    }


def _reports() -> list[dict[str, str]]:
    """Short reports with the codes of their diseases, joined by a bar."""
    path = Path(__file__).with_name("disease_reports.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def _set(cell: str) -> set[str]:
    return set(filter(None, cell.split("|")))


@pytest.mark.parametrize("report", _reports(), ids=lambda report: report["text"][:40])
def test_reports(report: dict[str, str]) -> None:
    findings = _found(report["text"])
    assert _codes(findings, "associated_diseases") == _set(report["associated"])
    assert _codes(findings, "comorbidities") == _set(report["comorbid"])


@pytest.mark.parametrize("report", _reports(), ids=lambda report: report["text"][:40])
def test_the_quote_gives_the_value_again(report: dict[str, str]) -> None:
    reading = _read(("case", report["text"]))
    for finding in find_diseases(reading, Contexts(reading)):
        quote = reading.document.text[finding.start : finding.end]
        assert finding.value == (quote if finding.state == "present" else f"no {quote}")
        states = {item.state for item in code_text(finding.name, finding.value)}
        assert states == {finding.state}


def test_ruled_out_cause_is_absent() -> None:
    findings = _found("Calcinosis cutis was seen. There was no evidence of dermatomyositis or gout.")
    assert [(finding.value, finding.state) for finding in findings] == [("no dermatomyositis", "absent")]


def test_present_wins_over_absent() -> None:
    findings = _found("She has lupus. At that time there was no lupus nephritis. No lupus was known before.")
    assert _codes(findings, "associated_diseases") == {"systemic_lupus_erythematosus"}
    assert "systemic_lupus_erythematosus" not in _codes(findings, "associated_diseases", "absent")


def test_wider_term_gives_way_to_the_narrower_one() -> None:
    findings = _found("A woman with systemic sclerosis came. It was diffuse cutaneous systemic sclerosis.")
    assert [finding.value for finding in findings] == ["diffuse cutaneous systemic sclerosis"]


def test_stage_belongs_to_the_disease() -> None:
    findings = _found("He had chronic kidney disease (stage IV) and hypertension.")
    assert _codes(findings, "associated_diseases") == {"chronic_kidney_disease_stage_4"}


def test_a_word_in_small_letters_is_no_abbreviation() -> None:
    assert _found("All of the nodules were excised, and all of them had an aim.") == []


def test_abbreviation_of_several_meanings_takes_the_words_beside_it() -> None:
    findings = _found("She had ESRD on HD and type 2 DM.")
    assert [finding.value for finding in findings] == ["ESRD", "on HD", "type 2 DM"]
    assert _found("HD was noted.") == []


def test_sentences_of_nobody_and_references_are_passed_over() -> None:
    reading = _read(("case", "She has lupus."), ("discussion", "He has psoriasis."), ("references", "1. Sarcoidosis."))
    reading.sentences[1].patient = None
    assert [finding.value for finding in find_diseases(reading, Contexts(reading))] == ["lupus"]


def test_patients_keep_their_own() -> None:
    reading = _read(("case", "The first man had lupus. The second man had sarcoidosis and lupus."))
    reading.sentences[1].patient = 2
    found = [(finding.patient, finding.value) for finding in find_diseases(reading, Contexts(reading))]
    assert found == [(1, "lupus"), (2, "sarcoidosis"), (2, "lupus")]


def test_link_makes_a_disease_associated() -> None:
    linked = _found("Calcified nodules due to alcoholic hepatitis were seen.")
    apart = _found("Calcified nodules were seen. He also had alcoholic hepatitis.")
    assert (linked[0].name, apart[0].name) == ("associated_diseases", "comorbidities")


def test_title_names_what_the_authors_link() -> None:
    reading = _read(
        ("title", "Calcified nodules and insulin injections"),
        ("case", "He had psoriasis and repeated insulin injections."),
    )
    found = [(one.name, one.value, one.rule) for one in find_diseases(reading, Contexts(reading))]
    assert found == [
        ("associated_diseases", "insulin injections", "disease_link_title"),
        ("comorbidities", "psoriasis", "disease_named"),
    ]


def test_calcium_given_to_a_dialysis_patient_is_a_treatment() -> None:
    newborn = _found("The newborn had received intravenous calcium gluconate.")
    dialysis = _found("On haemodialysis she had received intravenous calcium gluconate.")
    assert _codes(newborn, "associated_diseases") == {"calcium_gluconate"}
    assert _codes(dialysis, "associated_diseases") == {"hemodialysis"}


# --- the rules ----------------------------------------------------------------------------------------------------


def _is_linked(kind: str) -> Callable[[list[Finding]], bool]:
    return lambda findings: any(finding.rule == f"disease_{kind}" for finding in findings)


def _any_link(findings: list[Finding]) -> bool:
    return any(finding.rule.startswith("disease_link") for finding in findings)


_EFFECTS: dict[str, Callable[[list[Finding]], bool]] = {
    "lesion": _any_link,
    "link_forward": _is_linked("link_forward"),
    "link_touching": _is_linked("link_touching"),
    "describing": _is_linked("link_touching"),
    "link_back": _is_linked("link_back"),
    "link_anywhere": _is_linked("link_anywhere"),
    "barrier": lambda findings: not _any_link(findings),
    "history": bool,
    "own_risk": _is_linked("own_risk"),
    "of_patient": bool,
    "clinical": bool,
    "diagnosis": bool,
}
"""What a cue of this kind brings about in its sentence; of all others, that nothing is found."""


def _acts(kind: str, sentence: str) -> bool:
    findings = _found(sentence)
    return _EFFECTS[kind](findings) if kind in _EFFECTS else not findings


@pytest.mark.parametrize("kind", sorted(CUE_KINDS))
def test_cues_act_where_they_must(kind: str) -> None:
    rows = [row for row in disease_cues() if row["kind"] == kind]
    assert rows
    assert [row["cue"] for row in rows if not _acts(kind, row["matches"])] == []


@pytest.mark.parametrize("kind", sorted(CUE_KINDS))
def test_cues_do_not_act_where_they_must_not(kind: str) -> None:
    rows = [row for row in disease_cues() if row["kind"] == kind]
    assert [row["cue"] for row in rows if _acts(kind, row["must_not_match"])] == []


def test_every_disease_has_a_role() -> None:
    codes = load_vocabulary("disease").terms
    assert [code for code in codes if role_of(code) is None] == ["none"]
    assert role_of("crest_syndrome") == disease_roles()["connective_tissue_disease"]
