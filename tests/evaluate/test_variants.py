"""The derived variant against the judgements in the shipped cases, and the page that tells of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from flows.database import open_build, open_reader, run_sql
from flows.evaluate.variants import Share, VariantScore, main, score_variants
from flows.home import Home
from flows.resources import resource

from ..load.refreshing import Registry, case, write_sheet

PAGE = Path(__file__).parents[2] / "docs" / "variants.md"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    home = Home(tmp_path_factory.mktemp("shipped") / "home")
    return Registry(home).refresh(resource("data", "cases"), resource("data", "narratives"))


@pytest.fixture(scope="module")
def score(shipped: Registry) -> VariantScore:
    with open_reader(shipped.home.registry) as connection:
        return score_variants(connection)


def test_rule_and_reader_agree_in_nine_of_ten_of_the_cases_with_enough_facts(score: VariantScore) -> None:
    assert score.decided.total == 448
    assert score.agreed.total == score.decided.n
    assert score.agreed.share is not None
    assert score.agreed.share >= 0.90


def test_facts_without_the_named_form_agree_in_nine_of_ten_too(shipped: Registry, tmp_path: Path) -> None:
    shutil.copy(shipped.home.registry, tmp_path / "build.duckdb")
    with open_build(tmp_path / "build.duckdb") as connection:
        connection.execute("DELETE FROM staging.variant_term_facts WHERE intake_field = 'variant_subtype'")
        run_sql(connection, "staging/variant_facts", "staging/derived_variants")
        without = score_variants(connection)
    page = PAGE.read_text(encoding="utf-8")
    assert without.agreed.share is not None
    assert without.agreed.share >= 0.90
    assert str(without.decided) in page
    assert str(without.agreed) in page


def test_the_page_tells_the_score_and_explains_every_disagreement(score: VariantScore) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert str(score.decided) in page
    assert str(score.agreed) in page
    listed = re.findall(
        r"^\| `(case_[0-9a-f]{16})` \|[^|]*\| (\w+) \| \w+ \| (\w+) \| [^|]{40,}\|$", page, re.MULTILINE
    )
    found = [(one["case_id"], one["variant_judged"], one["variant_derived_code"]) for one in score.disagreements]
    assert sorted(listed) == sorted(found)


def test_the_page_names_every_rule() -> None:
    from flows.load.variants import variant_rules

    page = PAGE.read_text(encoding="utf-8")
    assert [rule.rule for rule in variant_rules() if f"`{rule.rule}`" not in page] == []


def test_a_score_counts_cases_and_leaves_out_those_that_two_readers_judge_differently(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = {"variant_stated": "", "lesion_sites": ""}
    sheet = write_sheet(
        tmp_path / "cases.csv",
        [
            case("right", **silent, associated_diseases="systemic sclerosis", variant_judged="dystrophic"),
            case("wrong", **silent, associated_diseases="pilomatricoma", variant_judged="idiopathic"),
            case("undecided", **silent, morphology="nodule", variant_judged="idiopathic"),
            case("unjudged", **silent, associated_diseases="systemic sclerosis"),
            case("twice", **silent, variant_judged="idiopathic"),
            case("twice", **silent, variant_judged="metastatic"),
        ],
    )
    registry = Registry(Home(tmp_path / "home")).refresh(sheet)
    with open_reader(registry.home.registry) as connection:
        found = score_variants(connection)
    judged = [one["title"] for one in found.disagreements]
    assert (found.agreed, judged) == (Share(1, 2), ["wrong"])
    assert [one["title"] for one in found.undecided if one["title"] == "undecided"] == ["undecided"]
    main([str(registry.home.registry)])
    assert "of these agree: 1 of 2, 50.0% (9.5 to 90.5)" in capsys.readouterr().out


def test_nothing_judged_has_no_share() -> None:
    assert (Share(0, 0).share, Share(0, 0).interval, str(Share(0, 0))) == (None, None, "0 of 0")
