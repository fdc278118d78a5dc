"""The kit of sentences that the context algorithm is scored on."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.evaluate.context_kit import ContextKitError, find_phrase, read_kit, score_context, score_rows

HEADER = "number\tphrase\tsentence\tnegation\ttemporality\texperiencer"
ROWS = [
    ("1", "fever", "There was no FEVER.", "Negated", "Recent", "Patient"),
    ("2", "cough", "There was no fever but COUGH.", "Affirmed", "Recent", "Patient"),
    ("3", "gout", "She had a history of GOUT.", "Affirmed", "Historical", "Patient"),
    ("4", "gout", "Her mother had GOUT.", "Affirmed", "Recent", "Family member"),
    ("5", "pain", "She will return if PAIN occurs.", "Affirmed", "Not particular", "Patient"),
    ("6", "skin   is warm", "The SKIN IS WARM.", "Affirmed", "Recent", "Patient"),
    ("7", "liver", "No LIVER was ordered.", "Affirmed", "Recent", "Patient"),
    ("8", "rash", "The RASH was red.", "Negated", "Recent", "Patient"),
]


def write_kit(path: Path, rows: list[tuple[str, ...]]) -> Path:
    path.write_text("\n".join([HEADER, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def test_scores_and_errors(tmp_path: Path) -> None:
    score = score_context(write_kit(tmp_path / "kit.tsv", ROWS))
    assert score.n == 8
    negation = score.task("negation")
    # Row 1 is a hit, row 7 is marked wrongly, row 8 is missed.
    assert (negation.true_positive, negation.false_positive, negation.false_negative) == (1, 1, 1)
    assert negation.true_negative == 5
    assert negation.n == 8
    assert (negation.precision, negation.recall, negation.f1) == (0.5, 0.5, 0.5)
    # Wilson for 1 of 2, by hand: centre 0.5, half width sqrt(z² · 0.25 / 2 + z⁴ / 16) / (1 + z² / 2) · … = 0.4055.
    assert negation.precision_interval == pytest.approx((0.0945, 0.9055), abs=1e-4)
    for task in ("historical", "hypothetical", "experiencer"):
        assert score.task(task).f1 == 1
    assert [(error.task, error.number, error.expected) for error in score.errors] == [
        ("negation", "7", False),
        ("negation", "8", True),
    ]
    assert score.errors[1].sentence == "The RASH was red."


def test_the_interval_of_f1_is_the_same_in_every_run_and_holds_the_score(tmp_path: Path) -> None:
    kit = write_kit(tmp_path / "kit.tsv", ROWS * 10)
    first, second = (score_context(kit).task("negation").f1_interval for _ in range(2))
    assert first == second
    assert first is not None
    assert 0 < first[0] < 0.5 < first[1] < 1


def test_nothing_marked_is_no_hit(tmp_path: Path) -> None:
    score = score_context(write_kit(tmp_path / "kit.tsv", ROWS[1:2])).task("negation")
    assert (score.precision, score.recall, score.f1, score.f1_interval) == (None, None, None, None)


def test_any_judge_can_be_scored(tmp_path: Path) -> None:
    rows = read_kit(write_kit(tmp_path / "kit.tsv", ROWS))
    score = score_rows(rows, lambda row: frozenset({"negation"}), ["negation"])
    assert [task.task for task in score.tasks] == ["negation"]
    assert (score.task("negation").recall, score.task("negation").precision) == (1, 0.25)
    with pytest.raises(KeyError):
        score.task("historical")


@pytest.mark.parametrize(
    ("phrase", "sentence", "found"),
    [
        ("rash", "A rash, and the RASH grew.", "RASH"),
        ("Rash", "It was a rash.", "rash"),
        ("right  knee\tpain", "He had RIGHT KNEE\n PAIN.", "RIGHT KNEE\n PAIN"),
        ("neck supple.  No nodes", "No nodes", "No nodes"),
        ("throat clear. Lips dry", "The throat clear.", "throat clear."),
        ("c++ (a)", "It was C++ (A).", "C++ (A)"),
    ],
)
def test_a_phrase_is_found_in_its_sentence(phrase: str, sentence: str, found: str) -> None:
    span = find_phrase(phrase, sentence)
    assert span is not None
    assert sentence[slice(*span)] == found


def test_a_file_that_is_no_kit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "kit.tsv"
    path.write_text("number\tphrase\n1\tfever\n", encoding="utf-8")
    with pytest.raises(ContextKitError, match="sentence"):
        read_kit(path)


def test_a_phrase_that_is_not_in_its_sentence_is_listed_and_missed(tmp_path: Path) -> None:
    rows = [*ROWS, ("9", "fever", "There was none.", "Negated", "Recent", "Patient")]
    score = score_context(write_kit(tmp_path / "kit.tsv", rows))
    assert (score.n, score.unplaced) == (9, ("9",))
    assert score.task("negation").false_negative == 2
