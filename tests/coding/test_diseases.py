"""Diseases are read as a careful reader would: each item once, with its state, and nothing that is not said."""

from __future__ import annotations

import csv

import pytest

from flows.coding.diseases import AMBIGUOUS, code_diseases
from flows.coding.items import CodedItem
from flows.coding.vocabulary import load_vocabulary
from flows.resources import resource

_SIGNS = {"present": "", "absent": "-", "not_assessed": "?", "not_reported": "."}


def said(text: str) -> list[str]:
    """Codes in order, `-` before an absent one and `?` before one that is not said to be present; "~" for no code."""
    return [_SIGNS[item.state] + (item.code or "~") for item in code_diseases(text)]


def cells(path: tuple[str, ...]) -> list[dict[str, str]]:
    with resource(*path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("SSc", ["systemic_sclerosis"]),
        ("Haemodialysis", ["hemodialysis"]),
        ("Raynaud\u2019s phenomenon", ["raynaud_phenomenon"]),
        ("SLÉ", ["systemic_lupus_erythematosus"]),
        ("long-standing, severe rheumatoid arthritis", ["rheumatoid_arthritis"]),
        ("ESRD on HD", ["end_stage_renal_disease", "hemodialysis"]),
        ("SLE with lupus nephritis", ["systemic_lupus_erythematosus", "lupus_nephritis"]),
        ("type 2 diabetes mellitus, hypertension and gout", ["type_2_diabetes", "hypertension", "gout"]),
        ("status post kidney transplantation", ["kidney_transplantation"]),
        ("CKD stage IV", ["chronic_kidney_disease_stage_4"]),
        ("CKD G4A3", ["chronic_kidney_disease_stage_4"]),
        ("adenocarcinoma of the lung", ["lung_cancer"]),
        ("renal insuficiency, ANA positive", ["renal_failure"]),
        ("cerebral hemorrhage nine years ago", ["cerebral_hemorrhage"]),
        ("infection by the human immunodeficiency virus", ["hiv_infection"]),
        ("RTA", ["~"]),
        ("distal RTA", ["fanconi_syndrome"]),
        ("stage IIIb chronic kidney disease", ["chronic_kidney_disease_stage_3"]),
        ("lupus erythematosus, systemic", ["systemic_lupus_erythematosus"]),
        ("hipertensión arterial y diabetes mellitus tipo 2", ["hypertension", "type_2_diabetes"]),
    ],
)
def test_what_authors_write_is_coded(text: str, codes: list[str]) -> None:
    assert said(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("hepatitis B and C", ["hepatitis_b", "hepatitis_c"]),
        ("type 1 and 2 diabetes", ["type_1_diabetes", "type_2_diabetes"]),
        ("lung, breast and colon cancer", ["lung_cancer", "breast_cancer", "colorectal_cancer"]),
        ("acute and chronic renal failure", ["acute_kidney_injury", "chronic_kidney_disease"]),
        ("hyper- and hypothyroidism", ["hyperthyroidism", "hypothyroidism"]),
        ("CKD stage 4/5", ["chronic_kidney_disease_stage_4", "chronic_kidney_disease_stage_5"]),
    ],
)
def test_members_of_a_list_share_their_words(text: str, codes: list[str]) -> None:
    assert said(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("systemic lupus erythematosus (SLE)", ["systemic_lupus_erythematosus"]),
        ("scleroderma (CREST)", ["crest_syndrome"]),
        ("CREST syndrome (systemic sclerosis)", ["crest_syndrome"]),
        ("vitiligo (scrotum, glans)", ["vitiligo"]),
        ("heroin abuse (repeated injections)", ["substance_abuse", "injection"]),
    ],
)
def test_brackets_explain_or_add(text: str, codes: list[str]) -> None:
    assert said(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("no lupus", ["-systemic_lupus_erythematosus"]),
        ("without renal failure", ["-renal_failure"]),
        ("denies diabetes, hypertension or gout", ["-diabetes_mellitus", "-hypertension", "-gout"]),
        ("no diabetes, hypertension", ["-diabetes_mellitus", "hypertension"]),
        ("SLE without lupus nephritis", ["systemic_lupus_erythematosus", "-lupus_nephritis"]),
        ("no diabetes but hypertension", ["-diabetes_mellitus", "hypertension"]),
        ("HIV negative", ["-hiv_infection"]),
        ("sarcoidosis ruled out", ["-sarcoidosis"]),
        ("ruled out: sarcoidosis, lupus", ["-sarcoidosis", "-systemic_lupus_erythematosus"]),
        ("CKD not on dialysis", ["chronic_kidney_disease", "-dialysis"]),
        ("no history of trauma", ["-injury"]),
        ("non-Hodgkin lymphoma", ["non_hodgkin_lymphoma"]),
        ("ohne Diabetes", ["-diabetes_mellitus"]),
    ],
)
def test_a_denied_disease_is_absent(text: str, codes: list[str]) -> None:
    assert said(text) == codes


@pytest.mark.parametrize(
    "text", ["none", "No associated disease", "otherwise healthy", "ninguna", "keine", "sin antecedentes"]
)
def test_no_disease_at_all_is_a_global_absence(text: str) -> None:
    assert said(text) == ["-none"]


def test_a_present_disease_outweighs_otherwise_healthy() -> None:
    assert said("otherwise healthy except hypertension") == ["hypertension"]


@pytest.mark.parametrize(
    ("text", "code", "interpretation"),
    [
        ("suspected lupus", "systemic_lupus_erythematosus", "suspected"),
        ("GALNT3 suspected", "galnt3_mutation", "suspected"),
        ("sarcoidosis?", "sarcoidosis", "suspected"),
        ("? sarcoidosis", "sarcoidosis", "suspected"),
        ("Verdacht auf Sarkoidose", "sarcoidosis", "suspected"),
        ("family history of gout", "gout", "family history"),
        ("no family history of gout", "gout", "family history"),
        ("renal transplant evaluation", "kidney_transplantation", "planned"),
    ],
)
def test_what_is_not_said_to_be_present_is_not_assessed(text: str, code: str, interpretation: str) -> None:
    assert [(item.code, item.state, item.interpretation) for item in code_diseases(text)] == [
        (code, "not_assessed", interpretation)
    ]


def test_a_confirmed_suspicion_is_present() -> None:
    assert said("suspected and later confirmed GALNT3 mutation") == ["galnt3_mutation"]
    assert said("sarcoidosis (biopsy-proven)") == ["sarcoidosis"]
    assert said("suspected lupus, later confirmed lupus nephritis") == [
        "?systemic_lupus_erythematosus",
        "lupus_nephritis",
    ]
    assert said("suspected sarcoidosis confirmed later") == ["sarcoidosis"]


def test_of_two_alternatives_neither_is_sure() -> None:
    assert said("SLE vs. dermatomyositis") == ["?systemic_lupus_erythematosus", "?dermatomyositis"]


def test_suspicion_holds_for_one_disease() -> None:
    assert said("possible SLE and rheumatoid arthritis") == ["?systemic_lupus_erythematosus", "rheumatoid_arthritis"]


@pytest.mark.parametrize("abbreviation", ["DM", "PD", "HD", "MS"])
def test_an_ambiguous_abbreviation_alone_is_left_open(abbreviation: str) -> None:
    assert code_diseases(abbreviation) == [CodedItem(abbreviation, problem=AMBIGUOUS)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("dermatomyositis (DM)", ["dermatomyositis"]),
        ("diabetes mellitus (DM)", ["diabetes_mellitus"]),
        ("DM type 2", ["type_2_diabetes"]),
        ("DM and HTN", ["diabetes_mellitus", "hypertension"]),
        ("PM/DM", ["polymyositis", "dermatomyositis"]),
        ("ESKD on PD", ["end_stage_renal_disease", "peritoneal_dialysis"]),
    ],
)
def test_words_beside_an_abbreviation_decide(text: str, codes: list[str]) -> None:
    assert said(text) == codes


@pytest.mark.parametrize("text", ["all", "as", "led", "pad", "cold"])
def test_a_common_word_is_no_abbreviation(text: str) -> None:
    assert said(text) == ["~"]


def test_an_abbreviation_in_small_letters_is_known_where_no_word_is_meant() -> None:
    assert said("esrd on hd") == ["end_stage_renal_disease", "hemodialysis"]


def test_an_abbreviation_does_not_match_inside_a_word() -> None:
    assert said("radish") == ["~"]


def test_a_word_behind_a_term_changes_it() -> None:
    assert said("lupus vulgaris") == ["cutaneous_tuberculosis"]
    assert said("diabetes insipidus") == ["diabetes_insipidus"]
    assert said("lupus frobnicans") == ["~"]


def test_a_vaccination_is_not_the_disease() -> None:
    assert said("hepatitis B vaccination") == ["vaccination"]
    assert said("measles vaccination") == ["vaccination"]
    assert said("vaccination against measles") == ["vaccination"]


def test_one_slip_of_the_pen_is_read() -> None:
    assert said("dermatomyosytis") == ["dermatomyositis"]
    assert said("hypocalcemia") == ["hypocalcemia"]
    assert said("hypercalcemia") == ["hypercalcemia"]


def test_unknown_words_are_kept_beside_known_ones() -> None:
    items = code_diseases("frobnitis and SLE")
    assert [(item.text, item.code) for item in items] == [
        ("frobnitis", None),
        ("SLE", "systemic_lupus_erythematosus"),
    ]


def test_the_words_of_each_item_are_the_authors() -> None:
    assert [item.text for item in code_diseases("ESRD on HD, 4 years")] == ["ESRD", "HD"]
    assert [item.text for item in code_diseases("no lupus")] == ["no lupus"]


@pytest.mark.parametrize(
    "text", ["", "  ", "(", "?", ",,;", "((lupus", "\u2019s", "of", "and and", "\U0001d50fupus", "x" * 5000]
)
def test_odd_text_raises_nothing(text: str) -> None:
    for item in code_diseases(text):
        assert item.text


def test_empty_text_gives_no_item() -> None:
    assert code_diseases("  ") == []


def test_every_word_of_the_vocabulary_finds_its_own_code() -> None:
    vocabulary = load_vocabulary("disease")
    lost = {
        (code, words): said(words)
        for code, term in vocabulary.terms.items()
        for words in (term.label, *term.synonyms)
        if code != "none" and said(words) != [code]
    }
    assert lost == {}


def test_each_disease_lies_within_a_group() -> None:
    terms = load_vocabulary("disease").terms
    assert {term.level for term in terms.values()} == {"group", "disease"}
    assert [code for code, term in terms.items() if (term.parent is None) != (term.level == "group")] == []


@pytest.mark.parametrize("held_out", [False, True], ids=["shipped", "held_out"])
def test_the_hand_checked_strings_are_coded_right(held_out: bool) -> None:
    diseases = [row for row in cells(("data", "gold", "coding.csv")) if row["field"] != "lesion_sites"]
    rows = [row for row in diseases if (row["sample"] == "held_out") is held_out]
    wrong = [row["text"] for row in rows if "|".join(c for c in said(row["text"]) if c != "~") != row["expected"]]
    assert len(rows) >= 75
    assert 1 - len(wrong) / len(rows) >= 0.98, wrong


@pytest.mark.parametrize(("field", "share"), [("associated_diseases", 0.97), ("comorbidities", 0.90)])
def test_the_shipped_cases_map(field: str, share: float) -> None:
    cases = cells(("data", "cases", "published_cases.csv"))
    strings = [part.strip() for case in cases for part in case[field].split(";") if part.strip()]
    unmapped = {text for text in set(strings) if any(item.code is None for item in code_diseases(text))}
    assert 1 - len(unmapped) / len(set(strings)) >= share, unmapped
    assert 1 - sum(text in unmapped for text in strings) / len(strings) >= share, unmapped
