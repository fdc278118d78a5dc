"""Two reviewers against each other, with kappas worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.curation.agreement import ALL_FIELDS, Comparison, compare_sheets, rows_to_settle
from flows.curation.sheet import ReviewError, Row, read_review, write_review


def row(
    number: int, decision: str, new_value: str = "", field: str = "sex", reviewer: str = "", comment: str = ""
) -> Row:
    return Row(
        f"case_{number:016x}", field, present_value="male" if field == "sex" else "36", decision=decision,
        new_value=new_value, reviewer=reviewer, comment=comment, row_hash="h", line=number + 2,
    )  # fmt: skip


def sheets(*counts: tuple[int, str, str]) -> tuple[list[Row], list[Row]]:
    """So many rows of which one reviewer says the first and the other the second."""
    answers = [(one, other) for n, one, other in counts for _ in range(n)]
    return tuple(  # type: ignore[return-value]
        [row(number, "keep" if answer == "male" else "change", "" if answer == "male" else answer) for number, answer in
         enumerate(answers_of)]
        for answers_of in zip(*answers, strict=True)
    )  # fmt: skip


def test_kappa_of_a_textbook_table() -> None:
    # 20 both male, 5 male/female, 10 female/male, 15 both female: p_o = 35/50 = 0.7; p_e = 0.5*0.6 + 0.5*0.4 = 0.5;
    # kappa = 0.4. Its asymptotic variance (Fleiss et al. 1969): A = 0.4*(1-1.1*0.6)^2 + 0.3*(1-0.9*0.6)^2 = 0.10972,
    # B = 0.36*(0.1*(0.6+0.5)^2 + 0.2*(0.4+0.5)^2) = 0.10188, C = (0.4-0.5*0.6)^2 = 0.01;
    # (A + B - C)/(50*0.25) = 0.016128, its root 0.12700: 0.4 -+ 1.95996*0.12700 = 0.1511 to 0.6489.
    one, other = sheets((20, "male", "male"), (5, "male", "female"), (10, "female", "male"), (15, "female", "female"))
    sex = compare_sheets(one, other).fields[0]
    assert (sex.field, sex.n, sex.n_agreed, sex.agreement) == ("sex", 50, 35, 0.7)
    assert (sex.kappa, sex.kappa_low, sex.kappa_high) == pytest.approx((0.4, 0.1511, 0.6489), abs=1e-4)
    # Wilson, z = 1.95996: (0.7 + z^2/100 -+ z*sqrt(0.7*0.3/50 + z^2/10000)) / (1 + z^2/50)
    assert (sex.agreement_low, sex.agreement_high) == pytest.approx((0.5625, 0.8090), abs=1e-4)


def test_answers_agree_by_what_they_are_coded_to() -> None:
    one, other = [row(0, "change", "F"), row(1, "keep")], [row(0, "change", "female"), row(1, "change", "man")]
    comparison = compare_sheets(one, other)
    assert comparison.disputed == ()
    assert comparison.fields[0].n_agreed == 2


def test_kappa_is_not_defined_where_both_say_one_thing_throughout() -> None:
    one, other = sheets((4, "male", "male"))
    sex, every = compare_sheets(one, other).fields
    assert (sex.n, sex.agreement, sex.kappa, sex.kappa_low) == (4, 1.0, None, None)
    assert every.field == ALL_FIELDS


def test_only_what_both_answered_counts() -> None:
    one = [row(0, "keep"), row(1, "keep"), row(2, ""), row(3, "")]
    other = [row(0, "clear"), row(1, ""), row(2, "keep"), row(3, "")]
    comparison = compare_sheets(one, other)
    assert [field.n for field in comparison.fields] == [1, 1]
    assert comparison.unpaired == 2
    assert compare_sheets([], []) == Comparison((), (), (), 0)


def test_fields_stand_apart() -> None:
    one = [row(0, "keep"), row(0, "change", "40", field="age_years")]
    other = [row(0, "keep"), row(0, "change", "41", field="age_years")]
    fields = {field.field: field for field in compare_sheets(one, other).fields}
    assert (fields["age_years"].n_agreed, fields["sex"].n_agreed, fields[ALL_FIELDS].n_agreed) == (0, 1, 2)


def test_sheets_of_two_exports_and_unclear_answers_are_refused() -> None:
    with pytest.raises(ReviewError, match="review!C2: the other sheet shows another value"):
        compare_sheets([row(0, "keep")], [Row(**{**row_values(row(0, "keep")), "row_hash": "other"})])
    with pytest.raises(ReviewError, match="review!H2: 'perhaps' is no decision"):
        compare_sheets([row(0, "perhaps")], [row(0, "keep")])
    with pytest.raises(ReviewError, match="review!A2: sex of .* stands twice"):
        compare_sheets([row(0, "keep"), row(0, "keep")], [row(0, "keep")])


def row_values(one: Row) -> dict[str, object]:
    return {name: getattr(one, name) for name in Row.__slots__}


def test_what_is_to_settle_and_what_is_agreed_are_sheets_again(tmp_path: Path) -> None:
    one = [row(0, "keep", reviewer="A"), row(1, "change", "female", reviewer="A", comment="p. 2")]
    other = [row(0, "keep", reviewer="B"), row(1, "keep", reviewer="B")]
    write_review(tmp_path / "a.xlsx", one)
    write_review(tmp_path / "b.xlsx", other)
    words = ["review", "agreement", str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx")]
    extra = ["--settle", str(tmp_path / "settle.xlsx"), "--agreed", str(tmp_path / "agreed.xlsx")]
    result = CliRunner().invoke(app, [*words, *extra, "--json"])
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["to_settle"] == [
        {
            "case_id": one[1].case_id,
            "field": "sex",
            "present_value": "male",
            "first": "change: female",
            "second": "keep",
        }
    ]
    assert (document["n_agreed"], document["n_answered_by_one_only"]) == (1, 0)
    [settle] = read_review(tmp_path / "settle.xlsx")
    assert settle.why_listed == "A: change to 'female' (p. 2)\nB: keep"
    assert (settle.decision, settle.new_value, settle.row_hash) == ("", "", "h")
    [agreed] = read_review(tmp_path / "agreed.xlsx")
    assert (agreed.decision, agreed.reviewer) == ("keep", "A and B")
    shown = CliRunner().invoke(app, words).output
    assert "1 values to settle, 0 answered by one reviewer only" in shown
    assert rows_to_settle(compare_sheets(one, one)) == []
