"""Laboratory values, their units, and autoantibodies. Conversions are worked out by hand from molar masses."""

from __future__ import annotations

import pytest

from flows.coding.items import CodedItem
from flows.coding.laboratory import code_autoantibodies, code_interpretation, code_laboratory, parse_measurement
from flows.coding.units import canonical_unit, conversion, normalise_unit
from flows.resources import resource

VALUES = [
    # text, test, value, unit
    ("9.4 mg/dL", "calcium", 9.4, "mg/dL"),
    ("9.4 mg%", "calcium", 9.4, "mg/dL"),
    ("9.8 mg/100 ml", "calcium", 9.8, "mg/dL"),
    ("6,7 mg/dl", "calcium", 6.7, "mg/dL"),
    ("2.8 mmol/l", "calcium", 11.2224, "mg/dL"),
    ("1·24 mmol/L", "calcium", 4.96992, "mg/dL"),
    ("2.3 mmol.L-1", "calcium", 9.2184, "mg/dL"),
    ("2.3 mM", "calcium", 9.2184, "mg/dL"),
    ("5 mEq/L", "calcium", 10.02, "mg/dL"),
    ("Ca 9.1 mg/dL", "calcium", 9.1, "mg/dL"),
    ("calcium: 9.1 mg/dL", "calcium", 9.1, "mg/dL"),
    ("elevated at 11.9 mg/dL", "calcium", 11.9, "mg/dL"),
    ("2 mmol/L", "phosphate", 6.194, "mg/dL"),
    ("1,076 ng/l", "parathyroid_hormone", 1076, "pg/mL"),
    ("1 076 ng/l", "parathyroid_hormone", 1076, "pg/mL"),
    ("0.98 ng/mL", "parathyroid_hormone", 980, "pg/mL"),
    ("10 pmol/L", "parathyroid_hormone", 94.25, "pg/mL"),
    ("400 pg/dL", "parathyroid_hormone", 4, "pg/mL"),
    ("100 nmol/L", "vitamin_d_25", 40.0641025641, "ng/mL"),
    ("0.9 mg/dL", "c_reactive_protein", 9, "mg/L"),
    ("30 g/l", "albumin", 3, "g/dL"),
    ("100 µmol/L", "creatinine", 1.1312, "mg/dL"),
    ("13,200/uL", "white_cell_count", 13.2, "10*9/L"),
    ("0.77 x10^9/l (low)", "lymphocytes", 0.77, "10*9/L"),
    ("450 G/L", "platelets", 450, "10*9/L"),
    ("31 mm/1st h", "erythrocyte_sedimentation_rate", 31, "mm/h"),
    ("150 UI/L", "alkaline_phosphatase", 150, "U/L"),
    ("2 µkat/L", "alkaline_phosphatase", 120, "U/L"),
    ("5.9%", "hba1c", 5.9, "%"),
    ("15 mL/min/1.73 m²", "gfr", 15, "mL/min/{1.73_m2}"),
    ("7 mmol²/L²", "calcium_phosphate_product", 86.891, "mg2/dL2"),
    ("3.2 g/24h", "proteinuria", 3200, "mg/24 h"),
]


@pytest.mark.parametrize(("text", "test", "value", "unit"), VALUES)
def test_a_value_is_kept_in_the_canonical_unit_of_its_test(text: str, test: str, value: float, unit: str) -> None:
    item = parse_measurement(text, test)
    assert item.value_low == pytest.approx(value, rel=1e-9)
    assert item.value_high == item.value_low
    assert (item.unit, item.code, item.bounds, item.problem) == (unit, test, "[]", None)


@pytest.mark.parametrize(("text", "value"), [("9.4", 9.4), ("38", 38), ("6.5", 6.5)])
def test_a_unit_is_never_guessed(text: str, value: float) -> None:
    item = parse_measurement(text, "calcium")
    assert (item.value_low, item.unit, item.problem) == (value, None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9.4 pg/dX", "unknown unit 'pg/dx'"),
        ("9.4 kg", "unknown unit 'kg'"),
        ("9.4 mm/h", "unit 'mm/h' does not fit the test"),
    ],
)
def test_an_unknown_or_impossible_unit_is_a_problem_and_the_value_stays(text: str, problem: str) -> None:
    item = parse_measurement(text, "calcium")
    assert (item.value_low, item.unit, item.problem) == (9.4, None, problem)


def test_a_comparator_leaves_one_end_open() -> None:
    below = parse_measurement("<0.1 µg/l", "parathyroid_hormone")
    assert (below.value_low, below.value_high, below.bounds, below.comparator) == (None, 100, "()", "<")
    above = parse_measurement(">6.5", "calcium")
    assert (above.value_low, above.value_high, above.bounds, above.comparator) == (6.5, None, "()", ">")


def test_a_range_is_an_interval() -> None:
    item = parse_measurement("400-1000 U/L", "creatine_kinase")
    assert (item.value_low, item.value_high, item.bounds, item.precision) == (400, 1000, "[]", "range")


INTERPRETED = [
    ("PTH=1,251 pg/mL (high)", 1251, "high"),
    ("8.9 mg/dL, normal", 8.9, "normal"),
    ("11.2 mg/dl [high]", 11.2, "high"),
    ("10.6 H", 10.6, "high"),
    ("120 IU/L (N)", 120, "normal"),
    ("0.66 mmol/L (low, before infusion)", 0.66, "low"),
    ("12.1 mg/dL (normal 8.5-10.5)", 12.1, None),
    ("2.45 mmol/L (2.15-2.55)", 2.45, None),
    ("8.2 mg/dL (NR: 8.5–10.2)", 8.2, None),
    ("1251 pg/ml (ref 15-65)", 1251, None),
    ("1251 pg/ml (normal, 15-65)", 1251, None),
    ("1251 pg/ml (high; normal 15-65)", 1251, "high"),
    ("31 mm/1st h", 31, None),
]


@pytest.mark.parametrize(("text", "value", "interpretation"), INTERPRETED)
def test_only_what_the_author_judges_is_an_interpretation(text: str, value: float, interpretation: str | None) -> None:
    item = parse_measurement(text, None)
    assert (item.value_low, item.interpretation) == (value, interpretation)


@pytest.mark.parametrize(
    ("text", "word"), [("upper normal", "normal"), ("N", "normal"), ("WNL", "normal"), ("suppressed", "low")]
)
def test_a_judgement_needs_no_value(text: str, word: str) -> None:
    item = parse_measurement(text, "calcium")
    assert (item.interpretation, item.value_low, item.problem) == (word, None, None)


def test_words_without_a_result_are_a_problem() -> None:
    item = parse_measurement("Staphylococcus aureus", "wound_culture")
    assert item.problem == "neither a number nor an interpretation"


RESULTS: list[tuple[str, list[tuple[str | None, str | None, float | None]]]] = [
    ("PTH=normal", [("parathyroid_hormone", "normal", None)]),
    ("PTH: 45 pg/mL", [("parathyroid_hormone", None, 45)]),
    ("PTH 45 pg/mL (15-65)", [("parathyroid_hormone", None, 45)]),
    ("iPTH=480 pg/ml", [("parathyroid_hormone", None, 480)]),
    ("normal renal function", [("renal_function", "normal", None)]),
    ("elevated PTH", [("parathyroid_hormone", "high", None)]),
    ("calcium and phosphate normal", [("calcium", "normal", None), ("phosphate", "normal", None)]),
    (
        "normal calcium, phosphate and PTH",
        [("calcium", "normal", None), ("phosphate", "normal", None), ("parathyroid_hormone", "normal", None)],
    ),
    ("normal calcium and elevated PTH", [("calcium", "normal", None), ("parathyroid_hormone", "high", None)]),
    ("calcium normal and PTH elevated", [("calcium", "normal", None), ("parathyroid_hormone", "high", None)]),
    ("PTH 45 pg/mL, vitamin D 30 ng/mL", [("parathyroid_hormone", None, 45), ("vitamin_d_25", None, 30)]),
    ("Ca=10 mg/dL, P=5 mg/dL", [("calcium", None, 10), ("phosphate", None, 5)]),
    ("urea and creatinine=high", [("urea", "high", None), ("creatinine", "high", None)]),
    ("C3 and C4 low", [("c3", "low", None), ("c4", "low", None)]),
    ("biochemistry: calcium normal, phosphate high", [("calcium", "normal", None), ("phosphate", "high", None)]),
    ("25-OH vitamin D=31.5 ng/mL", [("vitamin_d_25", None, 31.5)]),
    ("25(OH)D: 12 ng/mL", [("vitamin_d_25", None, 12)]),
    ("1,25-dihydroxyvitamin D=27 pg/mL", [("vitamin_d_1_25", None, 27)]),
    ("24-hour urine calcium=high", [("urine_calcium", "high", None)]),
    ("C-terminal FGF23=high", [("fgf23_c_terminal", "high", None)]),
    ("TmP/GFR=high", [("tmp_gfr", "high", None)]),
    ("Ca x P product=72 mg2/dL2", [("calcium_phosphate_product", None, 72)]),
    ("K 6.5 mmol/L", [("potassium", None, 6.5)]),
    ("Mg 2.1 mg/dL", [("magnesium", None, 2.1)]),
    ("BUN 45 mg/dL", [("blood_urea_nitrogen", None, 45)]),
    ("CK 10 times upper limit of normal", [("creatine_kinase", "high", None)]),
    ("anaemia", [("haemoglobin", "low", None)]),
    ("severe anemia", [("haemoglobin", "low", None)]),
    ("leukocytosis", [("white_cell_count", "high", None)]),
    ("hypoalbuminemia", [("albumin", "low", None)]),
    ("vitamin D deficiency", [("vitamin_d_25", "low", None)]),
    ("uremia=severe", [("urea", "high", None)]),
    ("protein C deficiency", [("protein_c", "low", None)]),
    ("all normal", [("laboratory_panel", "normal", None)]),
    ("liver function tests=WNL", [("liver_function", "normal", None)]),
    ("HIV serology=negative", [("viral_serology", "negative", None)]),
    ("foobar=12 mg/dL", [(None, None, 12)]),
    ("foobar", [(None, None, None)]),
]


@pytest.mark.parametrize(("text", "expected"), RESULTS)
def test_results_are_coded_by_test(text: str, expected: list[tuple[str | None, str | None, float | None]]) -> None:
    items = code_laboratory(text)
    assert [(item.code, item.interpretation, item.value_low) for item in items] == expected
    assert {item.state for item in items} == {"present"}


def test_a_denied_condition_is_absent() -> None:
    items = code_laboratory("no anaemia or leukocytosis")
    assert [(item.code, item.state) for item in items] == [("haemoglobin", "absent"), ("white_cell_count", "absent")]


def test_a_test_without_result_says_so() -> None:
    assert code_laboratory("PTH=NR") == [CodedItem("PTH=NR", "parathyroid_hormone", state="not_reported")]
    assert code_laboratory("PTH=not done") == [CodedItem("PTH=not done", "parathyroid_hormone", state="not_assessed")]


POSITIVE = [
    ("ANA=positive 1:320", ["ana"]),
    ("ANA=positive (1:1,280)", ["ana"]),
    ("ANA 1:640", ["ana"]),
    ("ANA: 1:1280 (centromere pattern)", ["ana"]),
    ("ANA+", ["ana"]),
    ("ANA (+)", ["ana"]),
    ("AAN positifs 1/640", ["ana"]),
    ("anti-Ro (SSA)=positive", ["anti_ro"]),
    ("anti-SSA/Ro positive", ["anti_ro"]),
    ("anti-Ro52=positive", ["anti_ro52"]),
    ("positive ANA and anti-centromere", ["ana", "anti_centromere"]),
    ("anti-centromere antibodies positive", ["anti_centromere"]),
    ("anti-MDA5 positive", ["anti_mda5"]),
    ("anti-NXP2=positive", ["anti_nxp_2"]),
    ("anti-NXP-2 antibody +", ["anti_nxp_2"]),
    ("anti-TIF1γ positive", ["anti_tif1_gamma"]),
    ("anti-TIF1-gamma=positive", ["anti_tif1_gamma"]),
    ("anti-Scl-70 (topoisomerase I) antibodies positive", ["anti_scl_70"]),
    ("RNA polymerase III=positive", ["anti_rna_polymerase_iii"]),
    ("RF 45 IU/mL (positive)", ["rheumatoid_factor"]),
    ("AMA-M2=positive", ["ama"]),
    ("U1RNP=strongly positive", ["anti_u1_rnp"]),
    ("anti-PM/Scl-75=positive", ["anti_pm_scl"]),
    ("anti-Mi-2α=positive", ["anti_mi_2"]),
    ("p-ANCA positive", ["p_anca"]),
    ("LE cell=positive", ["le_cell"]),
    ("ANA=elevated", ["ana"]),
]
NEGATIVE = [
    ("anti-centromere negative", ["anti_centromere"]),
    ("ANA (-)", ["ana"]),
    ("ANA <1:40", ["ana"]),
    ("anti-Jo-1 -", ["anti_jo_1"]),
    ("no ANA", ["ana"]),
    ("negative for ANA", ["ana"]),
    ("ANA, anti-dsDNA and ENA negative", ["ana", "anti_dsdna", "anti_ena"]),
    ("anti-SSA and anti-SSB=negative", ["anti_ro", "anti_la"]),
    ("anti-CCP neg", ["anti_ccp"]),
    ("anti-β2-glycoprotein I=negative", ["anti_beta2_gpi"]),
    ("myositis panel negative", ["myositis_antibody"]),
    ("autoimmune work-up=negative", ["autoantibody_panel"]),
    ("all negative", ["none"]),
    ("no autoantibodies", ["none"]),
]


@pytest.mark.parametrize(("text", "codes"), POSITIVE)
def test_a_positive_antibody_is_present(text: str, codes: list[str]) -> None:
    items = code_autoantibodies(text)
    assert [item.code for item in items] == codes
    assert {(item.state, item.interpretation) for item in items} == {("present", "positive")}


@pytest.mark.parametrize(("text", "codes"), NEGATIVE)
def test_a_negative_antibody_is_absent(text: str, codes: list[str]) -> None:
    items = code_autoantibodies(text)
    assert [item.code for item in items] == codes
    assert {(item.state, item.interpretation) for item in items} == {("absent", "negative")}


def test_each_antibody_keeps_its_own_result() -> None:
    items = code_autoantibodies("autoantibodies: ANA positive, anti-Ro negative")
    assert [(item.code, item.state) for item in items] == [("ana", "present"), ("anti_ro", "absent")]


def test_a_low_titre_or_a_bare_value_is_not_judged() -> None:
    assert code_autoantibodies("ANA 1:40")[0].problem == "a titre without 'positive' or 'negative'"
    value = code_autoantibodies("anti-dsDNA 120 IU/mL")[0]
    assert (value.value_low, value.interpretation) == (120, None)
    assert value.problem == "a value without 'positive' or 'negative'"


def test_an_unknown_antibody_stays_with_its_words() -> None:
    item = code_autoantibodies("anti-foo=positive")[0]
    assert (item.code, item.text, item.interpretation) == (None, "anti-foo=positive", "positive")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hypercalcemia", "high"),
        ("mild hypocalcaemia", "low"),
        ("normocalcaemia", "normal"),
        ("Normal (9.1 mg/dL)", "normal"),
        ("slightly elevated", "high"),
        ("not elevated", "normal"),
        ("erhöht", "high"),
        ("↑", "high"),
    ],
)
def test_the_judgement_of_calcium_is_coded(text: str, code: str) -> None:
    item = code_interpretation(text, "calcium")[0]
    assert (item.code, item.interpretation) == (code, code)


def test_a_condition_of_another_test_says_nothing_of_this_one() -> None:
    assert code_interpretation("hyperphosphataemia", "calcium")[0].code is None


def test_a_value_is_no_judgement() -> None:
    item = code_interpretation("9.1 mg/dL", "calcium")[0]
    assert (item.code, item.value_low) == (None, 9.1)
    assert item.problem == "a value where low, normal or high is asked"


def test_units_are_compared_without_regard_to_their_spelling() -> None:
    assert normalise_unit("mmol · L⁻¹") == normalise_unit("mmol/l") == "mmol/l"
    assert normalise_unit("× 10⁹/L") == normalise_unit("10^9/L")


def test_every_unit_row_leads_to_the_canonical_unit() -> None:
    lines = resource("data", "rules", "units.csv").read_text(encoding="utf-8").splitlines()[1:]
    quantities = {line.split(",")[0] for line in lines} - {"", "time_after_years"}
    for quantity in quantities:
        unit = canonical_unit(quantity)
        assert unit is not None
        found = conversion(quantity, unit)
        assert found is not None
        assert (found.unit, found.factor) == (unit, 1)


def test_a_unit_of_another_kind_does_not_convert() -> None:
    assert conversion("calcium", "mm/h") is None
    assert conversion("erythrocyte_sedimentation_rate", "mg/dL") is None
    assert conversion("albumin", "mmol/L") is None
