"""Scores of made programs on made reports; each expected figure is worked out in the comment beside it."""

from __future__ import annotations

from typing import Any

import pytest

from flows.evaluate.gold import GoldDocument
from flows.evaluate.report import evaluation_json
from flows.evaluate.scoring import Evaluation, evaluate
from flows.extract.model import Document, Extraction
from tests.evaluate.reports import Program, document, finding

ELBOW = (
    "A 50-year-old woman with systemic sclerosis and hypertension had calcinosis cutis of the left elbow and of the "
    "right knee, none of the hand. Calcium was 2.3 mmol/L. All lesions resolved. A gentleman next door has a sore left knee."
)
THIGH = "A man of 30 years had calcinosis cutis of the thigh. It resolved elsewhere in others."
SCALP = "A 70-year-old woman had calcified nodules of the scalp."
BONE = "Bone formation of the shin was found in a boy aged 9."
DOG = "Calcinosis of a dog."

TEXTS = {"elbow": ELBOW, "thigh": THIGH, "scalp": SCALP, "bone": BONE, "dog": DOG}


def patient(doc_id: str, index: int = 1, **answers: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "doc_id": doc_id,
        "patient_index": index,
        "is_case": True,
        "age_years": None,
        "sex": None,
        "lesion_sites": [],
        "associated_diseases": [],
        "comorbidities": [],
        "labs": [],
        "outcome": None,
    }
    return row | answers


def site(text: str, name: str, laterality: str | None = None) -> dict[str, Any]:
    return {"text": text, "site": name, "laterality": laterality, "site_alt": []}


ELBOW_GOLD = patient(
    "elbow",
    age_years=50,
    age_text="50-year-old",
    sex="female",
    sex_text="woman",
    lesion_sites=[site("left elbow", "elbow", "left"), site("right knee", "knee", "right")],
    associated_diseases=[{"text": "systemic sclerosis", "disease": "systemic sclerosis"}],
    comorbidities=[{"text": "hypertension", "disease": "hypertension", "either_list": True}],
    labs=[
        {
            "test": "calcium",
            "value": 2.3,
            "unit": "mmol/L",
            "interpretation": None,
            "text": "Calcium was 2.3 mmol/L",
            "timing": "presentation",
        }
    ],
    outcome="resolved",
    outcome_text="All lesions resolved",
)
THIGH_GOLD = patient("thigh", age_years=30, sex="male", lesion_sites=[site("thigh", "thigh")])
SCALP_GOLD = patient("scalp", age_years=70, sex="female", lesion_sites=[site("scalp", "scalp")])

GOLD = {
    "elbow": GoldDocument("elbow", True, patients=[ELBOW_GOLD]),
    "thigh": GoldDocument("thigh", True, patients=[THIGH_GOLD]),
    "scalp": GoldDocument("scalp", True, patients=[SCALP_GOLD]),
    "bone": GoldDocument("bone", False, kind="ossification"),
    "dog": GoldDocument("dog", False, kind="animal"),
}
DOCUMENTS = {doc_id: document(doc_id, text) for doc_id, text in TEXTS.items()}

FAULTY = Program(
    {
        "elbow": {
            1: [
                finding(ELBOW, "age_years", "50-year-old"),
                finding(ELBOW, "sex", "gentleman"),
                finding(ELBOW, "lesion_sites", "left elbow"),
                finding(ELBOW, "lesion_sites", "left knee"),
                finding(ELBOW, "lesion_sites", "hand"),
                finding(ELBOW, "associated_diseases", "hypertension"),
            ]
        },
        "thigh": {
            1: [
                finding(THIGH, "sex", "man"),
                finding(THIGH, "lesion_sites", "thigh"),
                finding(THIGH, "outcome", "resolved"),
            ]
        },
        "scalp": None,
        "bone": None,
        "dog": {1: []},
    }
)
PERFECT = Program(
    {
        "elbow": {
            1: [
                finding(ELBOW, "age_years", "50-year-old"),
                finding(ELBOW, "sex", "woman"),
                finding(ELBOW, "lesion_sites", "left elbow"),
                finding(ELBOW, "lesion_sites", "right knee"),
                finding(ELBOW, "associated_diseases", "systemic sclerosis"),
                finding(ELBOW, "comorbidities", "hypertension"),
                finding(ELBOW, "other_labs", "Calcium was 2.3 mmol/L", value="calcium = 2.3 mmol/L"),
                finding(ELBOW, "outcome", "resolved"),
            ]
        },
        "thigh": {
            1: [
                finding(THIGH, "age_years", "30 years"),
                finding(THIGH, "sex", "man"),
                finding(THIGH, "lesion_sites", "thigh"),
            ]
        },
        "scalp": {
            1: [
                finding(SCALP, "age_years", "70-year-old"),
                finding(SCALP, "sex", "woman"),
                finding(SCALP, "lesion_sites", "scalp"),
            ]
        },
        "bone": None,
        "dog": None,
    }
)
SILENT = Program(dict.fromkeys(TEXTS))


@pytest.fixture(scope="module")
def faulty() -> Evaluation:
    return evaluate(GOLD, DOCUMENTS, extractor=FAULTY)


def test_screening_counts_documents(faulty: Evaluation) -> None:
    # With a case: elbow, thigh and scalp; taken for one: elbow, thigh and dog.
    screening = faulty.scores.screening
    assert (screening.tp, screening.fp, screening.fn, screening.tn) == (2, 1, 1, 1)
    assert screening.precision == pytest.approx(2 / 3)
    assert screening.recall == pytest.approx(2 / 3)
    assert screening.accuracy == pytest.approx(3 / 5)
    assert screening.kinds == {"animal": (1, 1), "ossification": (1, 0)}


@pytest.mark.parametrize(
    ("field", "n_gold", "n_found", "tp", "fp", "fn", "precision", "recall", "f1"),
    [
        ("n_patients", 3, 2, 2, 0, 1, 1, 2 / 3, 0.8),  # scalp was screened out
        ("age_years", 3, 1, 1, 0, 2, 1, 1 / 3, 0.5),
        ("sex", 3, 2, 1, 1, 2, 1 / 2, 1 / 3, 0.4),  # the woman was called a man
        ("lesion_sites", 4, 4, 3, 1, 1, 3 / 4, 3 / 4, 3 / 4),  # hand is spurious, scalp is missed
        ("site_laterality", 2, 2, 1, 1, 1, 1 / 2, 1 / 2, 1 / 2),  # the thigh has no side and is given none
        ("associated_diseases", 1, 0, 0, 0, 1, None, 0, 0),  # hypertension counts where gold has it
        ("comorbidities", 1, 1, 1, 0, 0, 1, 1, 1),
        ("diseases", 2, 1, 1, 0, 1, 1, 1 / 2, 2 / 3),
        ("labs", 1, 0, 0, 0, 1, None, 0, 0),
        ("outcome", 1, 1, 0, 1, 1, 0, 0, 0),  # elbow is missed, thigh has none
    ],
)
def test_fields_are_counted_over_patients(
    faulty: Evaluation,
    field: str,
    n_gold: int,
    n_found: int,
    tp: int,
    fp: int,
    fn: int,
    precision: float | None,
    recall: float,
    f1: float,
) -> None:
    score = faulty.scores.field(field)
    assert (score.n_gold, score.n_found, score.tp, score.fp, score.fn) == (n_gold, n_found, tp, fp, fn)
    assert score.precision == (None if precision is None else pytest.approx(precision))
    assert score.recall == pytest.approx(recall)
    assert score.f1 == pytest.approx(f1)


def test_accuracy_leaves_out_patients_without_gold_and_answer(faulty: Evaluation) -> None:
    # Outcome: elbow missed, thigh spurious, scalp has neither.
    outcome = faulty.scores.field("outcome")
    assert (outcome.n_rows, outcome.accuracy) == (2, 0.0)
    sex = faulty.scores.field("sex")
    assert (sex.n_rows, sex.accuracy) == (3, pytest.approx(1 / 3))
    assert faulty.scores.field("lesion_sites").accuracy is None


def test_every_error_stands_with_its_sentence(faulty: Evaluation) -> None:
    errors = {(error.doc_id, error.field, error.kind): error for error in faulty.errors}
    sex = errors["elbow", "sex", "wrong"]
    assert (sex.expected, sex.found, sex.patient) == ("female", "male", 1)
    assert sex.sentence == "A gentleman next door has a sore left knee."
    outcome = errors["elbow", "outcome", "missed"]
    assert (outcome.expected, outcome.found, outcome.sentence) == ("resolved", None, "All lesions resolved.")
    assert errors["thigh", "outcome", "spurious"].sentence == "It resolved elsewhere in others."
    hand = errors["elbow", "lesion_sites", "spurious"]
    assert hand.found == "hand (hand)"
    side = errors["elbow", "site_laterality", "wrong"]
    assert (side.expected, side.found) == ("right (knee)", "left (knee (left knee))")
    assert errors["scalp", "screening", "wrong"].found == "no case (negated)"
    assert errors["dog", "screening", "wrong"].expected == "no case (animal)"
    # Of gold and answers: 3 fields of elbow wrong or spurious, 3 missed; thigh 1 missed, 1 spurious; scalp 4 missed.
    assert len(faulty.errors) == 2 + 6 + 2 + 4


def test_a_perfect_program_scores_one_everywhere() -> None:
    evaluation = evaluate(GOLD, DOCUMENTS, extractor=PERFECT)
    assert evaluation.errors == ()
    assert (evaluation.scores.screening.precision, evaluation.scores.screening.recall) == (1.0, 1.0)
    for score in evaluation.scores.cases:
        assert (score.precision, score.recall, score.f1, score.fp, score.fn) == (1.0, 1.0, 1.0, 0, 0), score.field
    assert {score.field for score in evaluation.scores.cases} >= {"lab_timing", "site_laterality", "labs", "outcome"}


def test_a_silent_program_scores_no_hit_anywhere() -> None:
    evaluation = evaluate(GOLD, DOCUMENTS, extractor=SILENT)
    screening = evaluation.scores.screening
    assert (screening.tp, screening.fp, screening.fn, screening.tn) == (0, 0, 3, 2)
    assert (screening.precision, screening.recall) == (None, 0.0)
    for score in evaluation.scores.cases:
        assert (score.tp, score.n_found, score.precision, score.recall, score.f1) == (0, 0, None, 0.0, 0.0), score.field


def test_patients_are_joined_by_their_index_and_else_in_order() -> None:
    text = "Case 1: a woman aged 20. Case 2: a man aged 40. Case 3: a woman aged 60."
    gold = {
        "two": GoldDocument("two", True, patients=[patient("two", 1, age_years=20), patient("two", 2, age_years=40)])
    }
    second = [finding(text, "age_years", "aged 40")]
    program = Program({"two": {2: second, 3: [finding(text, "age_years", "aged 60")]}})
    age = evaluate(gold, {"two": document("two", text)}, extractor=program).scores.field("age_years")
    # Patient 2 is right; patient 3, left over, is held against patient 1.
    assert (age.tp, age.fp, age.fn) == (1, 1, 1)
    only_second = evaluate(gold, {"two": document("two", text)}, extractor=Program({"two": {2: second}}))
    assert [(e.patient, e.field, e.kind) for e in only_second.errors] == [
        (None, "n_patients", "wrong"),
        (1, "age_years", "missed"),
    ]


def test_a_patient_too_many_costs_precision() -> None:
    gold = {"thigh": GoldDocument("thigh", True, patients=[THIGH_GOLD])}
    findings = [finding(THIGH, "lesion_sites", "thigh"), finding(THIGH, "sex", "man")]
    program = Program({"thigh": {1: findings, 2: findings}})
    scores = evaluate(gold, DOCUMENTS, extractor=program).scores
    sites = scores.field("lesion_sites")
    assert (sites.tp, sites.fp, sites.fn, sites.n_found) == (1, 1, 0, 2)
    assert scores.field("n_patients").accuracy == 0.0


def test_debatable_rows_stand_apart() -> None:
    gold = {
        "elbow": GoldDocument("elbow", True, True, patients=[ELBOW_GOLD | {"debatable": True}]),
        "thigh": GoldDocument("thigh", True, patients=[THIGH_GOLD]),
        "dog": GoldDocument("dog", False, True, "animal"),
    }
    evaluation = evaluate(gold, DOCUMENTS, extractor=FAULTY)
    assert (evaluation.scores.screening.n, evaluation.debatable.screening.n) == (1, 2)
    assert evaluation.scores.field("lesion_sites").n_gold == 1
    assert evaluation.debatable.field("lesion_sites").n_gold == 2
    assert all(error.debatable == (error.doc_id != "thigh") for error in evaluation.errors)


def test_a_field_that_gold_does_not_cover_is_not_scored() -> None:
    row = {key: value for key, value in ELBOW_GOLD.items() if key != "outcome"}
    gold = {"elbow": GoldDocument("elbow", True, patients=[row])}
    evaluation = evaluate(gold, DOCUMENTS, extractor=PERFECT)
    with pytest.raises(KeyError):
        evaluation.scores.field("outcome")
    assert evaluation.errors == ()


def test_age_and_sex_of_any_patient_are_read_out_of_scope_too() -> None:
    person = {"doc_id": "bone", "n_patients": 1, "age_years": 9, "sex": "male", "age_text": "aged 9", "age_alt": []}
    cohort = {"doc_id": "dog", "n_patients": None, "age_years": None, "sex": None}
    gold = {"bone": GoldDocument("bone", person=person), "dog": GoldDocument("dog", person=cohort)}
    program = Program({"bone": {1: [finding(BONE, "age_years", "aged 9")]}, "dog": {}})
    evaluation = evaluate(gold, DOCUMENTS, extractor=program)
    assert program.asked == [("bone", True), ("dog", True)]
    assert evaluation.scores.screening.n == 0
    assert evaluation.scores.cases == ()
    assert evaluation.scores.field("persons.age_years").accuracy == 1.0
    assert (evaluation.scores.field("persons.sex").fn, evaluation.scores.field("persons.sex").n_rows) == (1, 1)
    assert evaluation.scores.field("persons.n_patients").n_gold == 1


def test_another_age_that_gold_accepts_is_right() -> None:
    row = THIGH_GOLD | {"age_years": 29, "age_alt": [30]}
    gold = {"thigh": GoldDocument("thigh", True, patients=[row])}
    assert evaluate(gold, DOCUMENTS, extractor=PERFECT).scores.field("age_years").accuracy == 1.0


def test_a_document_on_which_the_reading_breaks_off_counts_as_missed() -> None:
    def breaks(text: Document, *, everything: bool = False) -> Extraction:
        raise RuntimeError("no way on")

    evaluation = evaluate({"thigh": GOLD["thigh"]}, DOCUMENTS, extractor=breaks)
    assert evaluation.failed == {"thigh": "RuntimeError: no way on"}
    assert evaluation.scores.screening.fn == 1
    assert evaluation.scores.field("sex").recall == 0.0


def test_gold_without_a_text_is_told() -> None:
    evaluation = evaluate(GOLD, {"thigh": DOCUMENTS["thigh"]}, extractor=PERFECT)
    assert evaluation.missing == ("bone", "dog", "elbow", "scalp")
    assert evaluation.scores.screening.n == 1


def test_the_json_has_the_promised_keys(faulty: Evaluation) -> None:
    said = evaluation_json(faulty)
    assert set(said["errors"][0]) >= {"doc_id", "field", "expected", "found", "sentence"}
    assert set(said["fields"][0]) >= {"field", "n_gold", "precision", "recall_interval", "f1", "f1_interval", "near"}
    assert {"kind": "animal", "n": 1, "taken_for_case": 1} in said["screening"]["kinds"]
