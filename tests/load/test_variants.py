"""The decision table for the variant: its worked examples, its reading, and what becomes of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from re import sub
from typing import Any

import pytest

from flows.home import Home
from flows.load.variants import VariantRuleError, read_facts, read_rules, variant_facts, variant_rules
from flows.resources import resource

from .refreshing import Registry, case, write_sheet

MOLAR = {"serum_calcium_value": 4.008, "serum_phosphate_value": 3.097}
"""mg/dL in one mmol/L, from the molar masses of calcium (40.08 g/mol) and phosphorus (30.97 g/mol)."""

ANSWER = "variant_rule, variant_derived_code, variant_derived_subtype_code, variant_derived_state"


def example(title: str, words: Mapping[str, str]) -> dict[str, object]:
    doi = f"10.1000/{sub(r'[^a-z0-9]+', '-', title.lower())}"
    return case(title, **{"doi": doi, "variant_stated": "", "lesion_sites": "", **words})


def answers(folder: Path, records: list[dict[str, object]]) -> dict[str, tuple[Any, ...]]:
    """What the rules say of records, by title."""
    registry = Registry(Home(folder / "home")).refresh(write_sheet(folder / "cases.csv", records))
    rows = registry.ask(
        f"SELECT title, {ANSWER} FROM registry.cases INNER JOIN registry.publications USING (publication_id)"
    )
    return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def truth_table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    records = [example(rule.rule, rule.example_record()) for rule in variant_rules()]
    return answers(tmp_path_factory.mktemp("truth"), records)


@pytest.mark.parametrize("rule", variant_rules(), ids=lambda rule: rule.rule)
def test_the_worked_example_of_a_rule_is_decided_by_it(rule: Any, truth_table: dict[str, tuple[Any, ...]]) -> None:
    assert truth_table[rule.rule] == (rule.rule, rule.variant, rule.subtype, "present")


def test_the_examples_give_values_in_both_units() -> None:
    said = " ".join(rule.example for rule in variant_rules())
    assert said.count(" mg/dL") >= 10
    assert said.count(" mmol/L") >= 10


def other_unit(field: str, words: str) -> str:
    value, unit = words.split()
    return (
        f"{float(value) / MOLAR[field]:.2f} mmol/L" if unit == "mg/dL" else f"{float(value) * MOLAR[field]:.1f} mg/dL"
    )


@pytest.mark.skipif(
    not (resource("sql", "staging") / "case_chemistry.sql").exists(),
    reason="values are not judged by reference ranges yet",
)
def test_values_without_the_words_of_the_authors_decide_alike_in_both_units(tmp_path: Path) -> None:
    records = []
    wanted = {}
    for rule in variant_rules():
        words = rule.example_record()
        if "serum_calcium_value" in words or "serum_phosphate_value" in words:
            alone = {name: text for name, text in words.items() if name not in ("serum_calcium", "serum_phosphate")}
            swapped = {name: other_unit(name, text) if name in MOLAR else text for name, text in alone.items()}
            for suffix, record in (("given", alone), ("swapped", swapped)):
                wanted[f"{rule.rule} {suffix}"] = rule.rule
                records.append(example(f"{rule.rule} {suffix}", record))
    found = answers(tmp_path, records)
    assert {title: found[title][0] for title in wanted} == wanted


NOT_DECIDED = {
    "nothing recorded": {},
    "renal failure with ulcers": {"associated_diseases": "end-stage renal disease", "morphology": "painful ulcer"},
    "renal failure with normal minerals": {
        "associated_diseases": "end-stage renal disease", "morphology": "nodule",
        "serum_calcium": "normal", "serum_phosphate": "normal",
    },
    "normal calcium alone": {"serum_calcium": "normal"},
    "normal minerals, and a disease that is no cause": {
        "associated_diseases": "hypertension", "serum_calcium": "normal", "serum_phosphate": "normal",
    },
    "normal minerals, and a cause that the authors do not link": {
        "comorbidities": "systemic sclerosis", "serum_calcium": "normal", "serum_phosphate": "normal",
    },
    "a disease that is denied": {"associated_diseases": "no systemic sclerosis"},
    "Raynaud phenomenon alone": {"associated_diseases": "Raynaud phenomenon"},
    "a form that says nothing of the cause": {"variant_subtype": "calcinosis universalis"},
}  # fmt: skip

BORDER = {
    "connective tissue disease beside renal failure without values": (
        {"associated_diseases": "systemic sclerosis; chronic renal failure", "morphology": "nodule"}, "dystrophic",
    ),
    "connective tissue disease, renal failure and raised phosphate": (
        {"associated_diseases": "lupus erythematosus; chronic renal failure", "serum_phosphate": "raised"}, "metastatic",
    ),
    "connective tissue disease with raised calcium alone": (
        {"associated_diseases": "juvenile dermatomyositis", "serum_calcium": "raised"}, "dystrophic",
    ),
    "cancer with raised calcium": ({"associated_diseases": "breast cancer", "serum_calcium": "raised"}, "metastatic"),
    "tumoral calcinosis of systemic sclerosis": (
        {"variant_subtype": "tumoral calcinosis", "associated_diseases": "systemic sclerosis"}, "dystrophic",
    ),
    "scrotum with calcified epidermal cysts": (
        {"lesion_sites": "scrotum", "associated_diseases": "epidermal cysts"}, "dystrophic",
    ),
    "burn": ({"associated_diseases": "burn"}, "traumatic"),
    "burn scar": ({"associated_diseases": "burn scar"}, "dystrophic"),
    "calcium gluconate in a newborn with sepsis and low calcium": (
        {"associated_diseases": "calcium gluconate infusion; cellulitis", "serum_calcium": "low"}, "iatrogenic",
    ),
    "renal failure given calcium-containing heparin": (
        {"associated_diseases": "nadroparin; renal failure", "serum_phosphate": "high"}, "iatrogenic",
    ),
}  # fmt: skip


def test_what_the_facts_do_not_decide_is_not_assessed_and_the_border_is_where_the_table_says(tmp_path: Path) -> None:
    records = [example(title, words) for title, words in NOT_DECIDED.items()]
    records += [example(title, words) for title, (words, _) in BORDER.items()]
    found = answers(tmp_path, records)
    assert {title: found[title] for title in NOT_DECIDED} == dict.fromkeys(
        NOT_DECIDED, (None, None, None, "not_assessed")
    )
    assert {title: found[title][1] for title in BORDER} == {title: variant for title, (_, variant) in BORDER.items()}


def test_silence_on_diseases_is_no_absence_of_a_cause_where_the_source_covers_only_a_part(tmp_path: Path) -> None:
    words = {"associated_diseases": "", "serum_calcium": "normal", "serum_phosphate": "normal"}
    sheet = write_sheet(tmp_path / "cases.csv", [example("one", words)])
    for scope, rule in (("partial", None), ("full", "no_cause_reported")):
        registry = Registry(Home(tmp_path / scope), {"cases": {"scope": scope}})
        assert registry.refresh(sheet).ask("SELECT variant_rule FROM registry.cases") == [(rule,)]


def test_a_high_product_of_calcium_and_phosphate_counts_where_neither_is_called_high(tmp_path: Path) -> None:
    high = {"serum_calcium": "normal", "serum_calcium_value": "10 mg/dL", "serum_phosphate_value": "7.0 mg/dL"}
    low = {**high, "serum_phosphate_value": "4.0 mg/dL"}
    found = answers(tmp_path, [example("70 mg2/dL2", high), example("40 mg2/dL2", low)])
    assert found["70 mg2/dL2"][1] == "metastatic"
    assert found["40 mg2/dL2"][1] != "metastatic"


STATED = [
    # title, what is recorded, used, basis, findings
    ("stated wins", {"variant_stated": "idiopathic", "associated_diseases": "systemic sclerosis"}, "idiopathic", "stated",
     ["derived_variant_agrees_with_stated"]),
    ("derived where silent", {"associated_diseases": "systemic sclerosis"}, "dystrophic", "derived", []),
    ("unknown words stay", {"variant_stated": "vexing", "associated_diseases": "systemic sclerosis"}, None, None, []),
    ("idiopathic, calcium", {"variant_stated": "idiopathic", "serum_calcium": "raised"}, "idiopathic", "stated",
     ["idiopathic_has_no_raised_calcium"]),
    ("metastatic, normal", {"variant_stated": "metastatic", "serum_calcium": "normal", "serum_phosphate": "normal",
                            "associated_diseases": "hypertension"}, "metastatic", "stated",
     ["metastatic_has_raised_minerals"]),
    ("dystrophic, gluconate", {"variant_stated": "dystrophic", "associated_diseases": "calcium gluconate"}, "dystrophic",
     "stated", ["dystrophic_is_not_after_calcium"]),
    ("familial", {"associated_diseases": "hyperphosphataemic familial tumoral calcinosis", "serum_phosphate": "high"},
     "idiopathic", "derived", ["idiopathic_has_no_raised_phosphate"]),
    ("familial, metastatic", {"variant_stated": "metastatic", "serum_phosphate": "high",
                              "associated_diseases": "hyperphosphataemic familial tumoral calcinosis"},
     "metastatic", "stated", []),
    ("injury called dystrophic", {"variant_stated": "dystrophic", "associated_diseases": "trauma"}, "dystrophic", "stated",
     []),
    ("vaccine called traumatic", {"variant_stated": "traumatic", "associated_diseases": "vaccination"}, "traumatic",
     "stated", []),
]  # fmt: skip


def test_the_stated_variant_is_used_and_a_disagreement_is_a_finding(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_sheet(tmp_path / "cases.csv", [example(title, words) for title, words, *_ in STATED]))
    rows = registry.ask(
        "SELECT title, variant_used_code, variant_basis, variant_used_state, "
        "(SELECT coalesce(list(rule ORDER BY rule), []) FROM quality.variant_disagreements AS found "
        "WHERE found.case_id = cases.case_id) "
        "FROM registry.cases AS cases INNER JOIN registry.publications USING (publication_id)"
    )
    assert {row[0]: row[1:] for row in rows} == {
        title: (used, basis, "present", findings) for title, _, used, basis, findings in STATED
    }


def test_the_distribution_counts_the_variant_in_use(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(
        write_sheet(
            tmp_path / "cases.csv",
            [
                example("a", {"variant_stated": "dystrophic"}),
                example("b", {"associated_diseases": "systemic sclerosis"}),
                example("c", {"morphology": "nodule"}),
            ],
        )
    )
    found = registry.ask(
        "SELECT n_cases, n_reported, n_total FROM analytics.variant_distribution "
        "WHERE stratum_by = 'overall' AND level = 'variant' AND code = 'dystrophic'"
    )
    assert found == [(2, 2, 3)]


def test_a_judgement_of_a_reader_changes_no_variant(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_sheet(tmp_path / "cases.csv", [example("a", {"variant_judged": "metastatic"})]))
    assert registry.ask("SELECT variant_derived_code, variant_used_code, variant_facts FROM registry.cases") == [
        (None, None, [])
    ]


def test_every_fact_is_asked_for_by_a_rule() -> None:
    asked = {condition.fact for rule in variant_rules() for condition in rule.conditions}
    assert {row.fact for row in variant_facts() if row.fact} - asked == set()


HEAD = "rule,priority,trauma,serum_calcium,variant,subtype,also_called,reason,source,example\n"
SOUND = "injury,10,yes,,traumatic,post_traumatic_calcinosis,dystrophic,because,book,associated_diseases: trauma\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("trauma,serum", "truama,serum", "nothing makes the fact 'truama'"),
        ("10,yes", "10,perhaps", "trauma is never perhaps, only yes"),
        ("10,yes,,", "10,yes,raised,", "serum_calcium is never raised, only high, low, normal"),
        ("traumatic,post", "tramatic,post", "'tramatic' is no variant"),
        (",dystrophic,because", ",scrotal_calcinosis,because", "'scrotal_calcinosis' is no variant"),
        ("10,yes", "10,not yes", "asks for nothing to be recorded"),
        (",because,", ",,", "reason, source and example must be given"),
        ("10,", "first,", "priority 'first' is no whole number"),
        (SOUND, SOUND + SOUND.replace("injury", "blow"), "another rule has this name or priority"),
        (",reason", "", "has no column reason"),
        (",book,associated_diseases: trauma", ",book", "not as many cells as there are headings"),
    ],
)
def test_a_decision_table_that_is_not_sound_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "variant_rules.csv"
    path.write_text(HEAD + SOUND, encoding="utf-8")
    assert [rule.rule for rule in read_rules(path, variant_facts())] == ["injury"]
    path.write_text((HEAD + SOUND).replace(old, new), encoding="utf-8")
    with pytest.raises(VariantRuleError, match=message):
        read_rules(path, variant_facts())


FACTS = "field,code,at_least,fact,value,source,note\nassociated_diseases,injury,,trauma,yes,book,\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("associated_diseases", "age_years", "'age_years' is no field with a vocabulary"),
        (",injury", ",injurie", "disease has no code 'injurie'"),
        ("trauma,yes", "trauma,", "give a value to a fact"),
        ("trauma,yes", "none,yes", "none to 'none'"),
        ("book", "", "and a source"),
        ("book,\n", "book,\nassociated_diseases,injury,,trauma,yes,book,\n", "is trauma twice"),
        ("associated_diseases,injury,", "calcium_phosphate_product,,", "has a limit in at_least"),
    ],
)
def test_facts_that_are_not_sound_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "variant_facts.csv"
    path.write_text(FACTS, encoding="utf-8")
    assert [row.fact for row in read_facts(path)] == ["trauma"]
    path.write_text(FACTS.replace(old, new), encoding="utf-8")
    with pytest.raises(VariantRuleError, match=message):
        read_facts(path)
