"""What `calcinosis case` says on how a case came to its variant."""

from __future__ import annotations

import pytest

from flows.cli.variant_trace import print_variant_trace, variant_trace
from flows.database import open_reader
from flows.home import Home

from ..load.refreshing import Registry, case, write_sheet


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("trace")
    sheet = write_sheet(
        folder / "cases.csv",
        [
            case(
                "calcium", variant_stated="dystrophic", associated_diseases="calcium gluconate infusion; hypertension"
            ),
            case("silent", variant_stated="", lesion_sites=""),
        ],
    )
    return Registry(Home(folder / "home")).refresh(sheet)


def test_stated_derived_used_rule_words_and_disagreement(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    ((case_id,),) = registry.ask("SELECT case_id FROM registry.cases WHERE variant_stated_code IS NOT NULL")
    with open_reader(registry.home.registry) as connection:
        trace = variant_trace(connection, case_id)
    assert (trace["stated"], trace["derived"], trace["used"], trace["basis"]) == (
        "dystrophic", "iatrogenic", "dystrophic", "stated",
    )  # fmt: skip
    assert (trace["rule"], trace["facts"]) == ("calcium_exposure", ["calcium exposure"])
    assert trace["fact_words"] == [
        {"fact": "calcium exposure", "intake_field": "associated_diseases", "words": "calcium gluconate infusion"}
    ]
    assert trace["disagreements"] == ["dystrophic_is_not_after_calcium: associated_diseases calcium exposure"]
    print_variant_trace(trace)
    said = capsys.readouterr().out
    for words in ("dystrophic (“dystrophic”)", "iatrogenic", "dystrophic (stated)", "Calcium salts reached the tissue"):
        assert words in said
    assert "calcium exposure (“calcium gluconate infusion”)" in said
    assert "disagreement, dystrophic_is_not_after_calcium" in said


def test_not_enough_facts(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    ((case_id,),) = registry.ask("SELECT case_id FROM registry.cases WHERE variant_stated_code IS NULL")
    with open_reader(registry.home.registry) as connection:
        print_variant_trace(variant_trace(connection, case_id))
        with pytest.raises(KeyError):
            variant_trace(connection, "case_0")
    said = capsys.readouterr().out
    assert "not stated" in said
    assert "not enough facts" in said
