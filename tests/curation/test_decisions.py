"""Decisions of curators: their file, and what they do to a registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from flows.curation.decisions import (
    COLUMNS,
    Decision,
    DecisionError,
    Decisions,
    combine,
    load_decisions,
    read_decisions,
    save_decisions,
)
from flows.home import Home
from flows.pipeline import refresh
from tests.load.refreshing import Registry, case, write_sheet

NewRegistry = Callable[[str], Registry]
HEADINGS = ",".join(COLUMNS)
CASE = "case_0123456789abcdef"


def decide(case_id: str, field: str, value: str, expects: str = "", why: str = "read again") -> Decision:
    return Decision(case_id, field, value, expects, "A. Reader", "2026-01-31", why, "decisions.csv", 2)


def decided(*decisions: Decision) -> Decisions:
    return combine(decisions)


def case_id(registry: Registry, title: str) -> str:
    """The one case of the publication with that title."""
    [(found,)] = registry.ask(f"SELECT case_id FROM analytics.cases WHERE title = '{title}'")
    return str(found)


def problems(registry: Registry) -> list[tuple[str, str, str | None, str | None]]:
    return registry.ask("SELECT field, value, found_value, decision_problem FROM quality.decisions ORDER BY ALL")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADINGS, *lines]) + "\n", encoding="utf-8")
    return path


# The file


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{CASE},eyes,blue,,A,2026-01-31,seen", "line 2: 'eyes' cannot be decided on"),
        (f"{CASE},sexx,female,,A,2026-01-31,seen", "did you mean sex"),
        (f"{CASE},year,2012,,A,2026-01-31,seen", "'year' cannot be decided on"),
        (f"{CASE},sex,femail of sorts,,A,2026-01-31,seen", "line 2: 'femail of sorts' is in no vocabulary"),
        (f"{CASE},sex,,,A,2026-01-31,seen", "value is empty: write 'not reported'"),
        (f"{CASE},sex,female,,,2026-01-31,seen", "decided_by is empty"),
        (f"{CASE},sex,female,,A,31.1.2026,seen", "'31.1.2026' is no date"),
        (f"{CASE},sex,female,,A,2026-01-31,", "why is empty"),
        ("case_1,sex,female,,A,2026-01-31,seen", "'case_1' is no case"),
        (f"{CASE},sex,female", "line 2: 3 cells under 7 headings"),
        (
            f"{CASE},sex,female,,A,2026-01-31,x\n{CASE},sex,male,,B,2026-01-31,y",
            "line 3: sex of .* is decided in line 2",
        ),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = write(tmp_path / "decisions.csv", line)
    with pytest.raises(DecisionError, match=words):
        read_decisions(path)


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        (HEADINGS + ",mood", "unknown column 'mood'"),
        ("case_id,field", "no column 'value'"),
        ("", "no column 'case_id'"),
    ],
)
def test_other_columns_are_refused(tmp_path: Path, headings: str, words: str) -> None:
    (tmp_path / "decisions.csv").write_text(headings + "\n", encoding="utf-8")
    with pytest.raises(DecisionError, match=f"line 1: .*{words}"):
        read_decisions(tmp_path / "decisions.csv")


def test_every_line_is_named_at_once_with_the_line_of_the_file(tmp_path: Path) -> None:
    first = f'{CASE},sex,female,,A,2026-01-31,"two\nlines"'
    path = write(tmp_path / "decisions.csv", first, f"{CASE},eyes,x,,A,2026-01-31,y", f"{CASE},teeth,x,,A,2026-01-31,y")
    with pytest.raises(DecisionError, match=r"line 4: 'eyes'.*\n.*line 5: 'teeth'"):
        read_decisions(path)


def test_words_that_no_vocabulary_knows_can_only_be_confirmed(tmp_path: Path) -> None:
    path = write(tmp_path / "decisions.csv", f"{CASE},lesion_sites,the moon,The  Moon,A,2026-01-31,as printed")
    with pytest.raises(DecisionError, match="the moon"):
        read_decisions(path)
    path = write(tmp_path / "decisions.csv", f"{CASE},lesion_sites,the moon,The Moon,A,2026-01-31,as printed")
    assert [decision.value for decision in read_decisions(path)] == ["the moon"]


def test_the_file_of_the_installation_goes_before_the_shipped_one(tmp_path: Path) -> None:
    shipped, own = [decide(CASE, "sex", "female")], [decide(CASE, "sex", "male"), decide(CASE, "age_years", "36")]
    both = combine(shipped, own)
    assert [(item.field, item.value) for item in both.in_force] == [("age_years", "36"), ("sex", "male")]
    assert [item.value for item in both.superseded] == ["female"]
    assert both.sha256 != combine(shipped).sha256 != combine([]).sha256
    assert combine([]).sha256 == Decisions().sha256


def test_a_file_that_the_settings_name_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match="correct 'decisions'"):
        load_decisions(Home(tmp_path), tmp_path / "none.csv")
    assert load_decisions(Home(tmp_path)).in_force == ()


def test_saving_replaces_what_was_decided_before_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "curation" / "decisions.csv"
    assert (
        save_decisions(path, [decide(CASE, "sex", "female"), decide(CASE, "age_years", "36", why='a "quote", 2')]) == 2
    )
    assert save_decisions(path, [decide(CASE, "sex", "male")]) == 2
    assert [(item.field, item.value, item.why) for item in read_decisions(path)] == [
        ("sex", "male", "read again"),
        ("age_years", "36", 'a "quote", 2'),
    ]
    with pytest.raises(DecisionError):
        save_decisions(path, [decide(CASE, "sex", "neither fish")])
    assert [item.value for item in read_decisions(path)] == ["male", "36"]
    assert [file.name for file in path.parent.iterdir()] == ["decisions.csv"]


# The registry


def test_a_decision_wins_over_every_source(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a"), case("b")])
    registry.refresh(first)
    a, b = case_id(registry, "a"), case_id(registry, "b")
    registry.decisions = decided(
        decide(a, "sex", "female", "male"),
        decide(a, "lesion_sites", "left elbow; nose", "hand"),
        decide(b, "age_years", "40"),
    )
    registry.refresh(first)
    rows = registry.ask(
        "SELECT case_id, sex_code, age_years_low, lesion_site_codes, variant_stated_code, n_contributions, decided_fields "
        "FROM registry.cases ORDER BY sex_code"
    )
    assert rows == [
        (a, "female", 36.0, ["elbow", "nose"], "dystrophic", 1, ["lesion_sites", "sex"]),
        (b, "male", 40.0, ["hand"], "dystrophic", 1, ["age_years"]),
    ]
    sites = registry.ask(
        f"SELECT lesion_site_code, laterality_code FROM registry.case_lesion_sites WHERE case_id = '{a}'"
    )
    assert sorted(sites) == [("elbow", "left"), ("nose", None)]
    assert [row[3] for row in problems(registry)] == [None, None, None]
    speakers = registry.ask(
        f"SELECT tier, source_key FROM registry.case_contributions WHERE case_id = '{a}' ORDER BY contribution_rank"
    )
    assert speakers == [("curator", "curators"), ("structured_row", "first")]


def test_decisions_are_no_records_of_a_source(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a")])
    registry.refresh(first)
    registry.decisions = decided(decide(case_id(registry, "a"), "sex", "female", "male"))
    registry.refresh(first)
    assert registry.ledger() == {"unchanged": 1}
    assert registry.ledger("file") == {"unchanged": 1}
    assert registry.ask("SELECT count(*) FROM quality.findings") == [(0,)]
    assert registry.ask("SELECT n_cases FROM registry.publications") == [(1,)]


def test_the_history_says_decision(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a")])
    registry.refresh(first)
    registry.decisions = decided(decide(case_id(registry, "a"), "sex", "female", "male"))
    registry.refresh(first)
    registry.decisions = Decisions()
    registry.refresh(first)
    assert registry.ask("SELECT run_from, change, changed_fields, why FROM history.case_log ORDER BY run_from") == [
        ("run_001", "added", None, "source"),
        ("run_002", "changed", ["sex_code", "decided_fields", "decisions_sha256"], "decision"),
        ("run_003", "changed", ["sex_code", "decided_fields", "decisions_sha256"], "decision"),
    ]


def test_a_decision_lasts_over_new_sources_and_flags_what_it_no_longer_meets(
    tmp_path: Path, registry: Registry
) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a")])
    registry.refresh(first)
    registry.decisions = decided(decide(case_id(registry, "a"), "sex", "female", "male"))
    registry.refresh(first)
    assert problems(registry) == [("sex", "female", "male", None)]
    write_sheet(first, [case("a", sex="F", outcome="healed")])
    registry.refresh(first)
    assert problems(registry) == [("sex", "female", "F", "already_so")]
    write_sheet(first, [case("a", sex="")])
    registry.refresh(first)
    assert problems(registry) == [("sex", "female", None, "expectation_unmet")]
    assert registry.ask("SELECT sex_code FROM registry.cases") == [("female",)]
    assert registry.ask("SELECT field, expects, found_value FROM quality.unmet_decisions") == [("sex", "male", None)]


def test_an_expectation_is_a_value_or_a_code_and_silence_can_be_expected(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a", sex="", lesion_sites="Lt. elbow; knee", outcome="healed")])
    registry.refresh(first)
    a = case_id(registry, "a")
    registry.decisions = decided(
        decide(a, "sex", "female", "not reported"),
        decide(a, "lesion_sites", "knee", "knee; left elbow"),
        decide(a, "outcome", "recurred", "resolved"),
        decide(a, "variant_stated", "idiopathic", "metastatic"),
    )
    registry.refresh(first)
    assert [(field, problem) for field, _, _, problem in problems(registry)] == [
        ("lesion_sites", None),
        ("outcome", None),
        ("sex", None),
        ("variant_stated", "expectation_unmet"),
    ]


def test_what_is_expected_is_what_the_first_source_says(tmp_path: Path, registry: Registry) -> None:
    best = write_sheet(tmp_path / "best.csv", [case("a", outcome="")])
    other = write_sheet(tmp_path / "other.csv", [case("a", outcome="recurred", lesion_sites="foot")])
    registry.overrides = {"best": {"priority": 1}}
    registry.refresh(best, other)
    a = case_id(registry, "a")
    registry.decisions = decided(decide(a, "lesion_sites", "nose", "hand"), decide(a, "outcome", "healed", "recurred"))
    registry.refresh(best, other)
    assert problems(registry) == [("lesion_sites", "nose", "hand", None), ("outcome", "healed", "recurred", None)]


def test_a_field_is_cleared(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a"), case("b")])
    second = write_sheet(tmp_path / "second.csv", [case("a", sex="male", lesion_sites="foot")])
    registry.refresh(first, second)
    a = case_id(registry, "a")
    registry.decisions = decided(
        *(decide(a, field, "not reported") for field in ("sex", "age_years", "lesion_sites", "variant_stated"))
    )
    registry.refresh(first, second)
    row = registry.ask(
        "SELECT sex_code, sex_state, age_years_low, age_state, lesion_site_codes, lesion_sites_state, variant_stated_code, "
        f"variant_used_state FROM registry.cases WHERE case_id = '{a}'"
    )
    assert row == [(None, "not_reported", None, "not_reported", [], "not_reported", None, "not_reported")]
    counted = registry.ask(
        "SELECT n_cases, n_reported, n_not_reported FROM analytics.lesion_site_distribution "
        "WHERE stratum_by = 'overall' AND code = 'upper_limb'"
    )
    assert counted == [(1, 1, 1)]


def test_value_and_interpretation_of_a_test_are_decided_apart(tmp_path: Path, registry: Registry) -> None:
    labs = {"serum_calcium": "high", "serum_calcium_value": "112 mg/dL", "serum_phosphate": "normal"}
    first = write_sheet(tmp_path / "first.csv", [case("a", **labs), case("b", **labs), case("c", **labs)])
    registry.refresh(first)
    a, b, c = (case_id(registry, title) for title in "abc")
    registry.decisions = decided(
        decide(a, "serum_calcium_value", "11.2 mg/dL", "112 mg/dL"),
        decide(b, "serum_calcium", "normal", "high"),
        decide(c, "serum_calcium", "low"),
        decide(c, "serum_calcium_value", "7 mg/dL"),
    )
    registry.refresh(first)
    rows = registry.ask(
        "SELECT case_id, serum_calcium_interpretation_code, serum_calcium_low, serum_phosphate_interpretation_code "
        "FROM registry.cases ORDER BY serum_calcium_low"
    )
    assert rows == [(c, "low", 7.0, "normal"), (a, "high", 11.2, "normal"), (b, "normal", 112.0, "normal")]


def test_a_case_that_is_named_anew_keeps_its_decisions(tmp_path: Path, registry: Registry) -> None:
    pubmed = write_sheet(tmp_path / "pubmed.csv", [case("a", doi="", pmid="123")])
    registry.refresh(pubmed)
    before = case_id(registry, "a")
    registry.decisions = decided(decide(before, "sex", "female", "male"))
    journal = write_sheet(tmp_path / "journal.csv", [case("a", pmid="123")])
    registry.refresh(pubmed, journal)
    after = case_id(registry, "a")
    # doi: comes before pmid:, so the case is called after its DOI by now.
    assert after != before
    assert registry.ask("SELECT case_id, sex_code FROM registry.cases") == [(after, "female")]
    assert registry.ask("SELECT given_case_id, case_id, is_in_force FROM quality.decisions") == [(before, after, True)]


def test_of_two_names_of_a_case_the_present_one_decides(tmp_path: Path, registry: Registry) -> None:
    pubmed = write_sheet(tmp_path / "pubmed.csv", [case("a", doi="", pmid="123")])
    registry.refresh(pubmed)
    before = case_id(registry, "a")
    journal = write_sheet(tmp_path / "journal.csv", [case("a", pmid="123")])
    registry.refresh(pubmed, journal)
    after = case_id(registry, "a")
    for old, new in (("40", "50"), ("50", "40")):
        registry.decisions = decided(decide(before, "age_years", old), decide(after, "age_years", new))
        registry.refresh(pubmed, journal)
        assert registry.ask("SELECT age_years_low FROM registry.cases") == [(float(new),)]
        unused = registry.ask("SELECT given_case_id, case_id, decision_problem FROM quality.unmet_decisions")
        assert unused == [(before, None, "decided_again")]


def test_a_decision_without_a_case_is_listed(tmp_path: Path, registry: Registry) -> None:
    registry.decisions = decided(decide(CASE, "sex", "female"))
    registry.refresh(write_sheet(tmp_path / "first.csv", [case("a")]))
    assert registry.ask("SELECT given_case_id, case_id, decision_problem, curator FROM quality.unmet_decisions") == [
        (CASE, None, "no_such_case", "A. Reader")
    ]
    assert registry.ask("SELECT sex_code, decided_fields FROM registry.cases") == [("male", None)]


def test_a_case_of_a_registry_export_stays_its_source_s(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [{"record_id": "R1", "sex": "male", "lesion_sites": "hand"}])
    registry.refresh(first)
    [(before,)] = registry.ask("SELECT case_id FROM registry.cases")
    registry.decisions = decided(decide(before, "sex", "female", "male"))
    registry.refresh(first)
    rows = registry.ask("SELECT case_id, source_key, record_id, publication_id, sex_code FROM registry.cases")
    assert rows == [(before, "first", "R1", None, "female")]


def test_a_value_that_no_record_may_have_is_refused(tmp_path: Path, registry: Registry) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a")])
    registry.refresh(first)
    registry.decisions = decided(decide(case_id(registry, "a"), "age_years", "400"))
    with pytest.raises(DecisionError, match=r"decisions.csv, line 2: age_years '400' is refused"):
        registry.refresh(first)


def test_a_settled_conflict_is_a_conflict_of_the_sources_still_and_a_decision_makes_none(
    tmp_path: Path, registry: Registry
) -> None:
    first = write_sheet(tmp_path / "first.csv", [case("a", outcome="recurred")])
    second = write_sheet(tmp_path / "second.csv", [case("a", outcome="healed")])
    registry.refresh(first, second)
    found = registry.ask("SELECT rule FROM quality.findings")
    assert found == [("contributions_agree_on_outcome",)]
    registry.decisions = decided(decide(case_id(registry, "a"), "outcome", "died"))
    registry.refresh(first, second)
    assert registry.ask("SELECT rule FROM quality.findings") == found


def test_order_does_not_matter_and_an_incremental_run_equals_a_full_one(
    tmp_path: Path, registry: Registry, new_registry: NewRegistry
) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a"), case("b", sex="")])
    two = write_sheet(tmp_path / "two.csv", [case("a", lesion_sites="face"), case("c")])
    registry.refresh(one, two)
    a, b, c = (case_id(registry, title) for title in "abc")
    choices: Sequence[Decision] = [
        decide(a, "lesion_sites", "nose; left knee", "hand"),
        decide(b, "sex", "female", "male"),
        decide(c, "age_years", "not reported"),
        decide(a, "outcome", "healed"),
        decide(CASE, "sex", "male"),
    ]
    registry.decisions = decided(*choices)
    incremental = registry.refresh(one, two).checksum()
    assert registry.actions() == {"one.csv": "keep", "two.csv": "keep"}
    backwards = new_registry("backwards")
    backwards.decisions = decided(*reversed(choices))
    assert incremental == backwards.refresh(two, one).checksum()
    assert incremental == registry.refresh(one, two, full=True).checksum()
    assert incremental != new_registry("undecided").refresh(one, two).checksum()


# The whole run


def test_a_changed_file_of_decisions_makes_a_new_registry_and_a_wrong_one_stops_before_anything_is_built(
    tmp_path: Path,
) -> None:
    sheet, home = write_sheet(tmp_path / "first.csv", [case("a")]), str(tmp_path / "home")
    assert refresh([str(sheet)], home)["status"] == "published"
    assert refresh([str(sheet)], home)["status"] == "unchanged"
    registry = Registry(Home(tmp_path / "home"))
    (tmp_path / "home" / "curation").mkdir()
    decisions = tmp_path / "home" / "curation" / "decisions.csv"
    save_decisions(decisions, [decide(case_id(registry, "a"), "sex", "female", "male"), decide(CASE, "sex", "male")])
    summary = refresh([str(sheet)], home)
    assert (summary["status"], summary["unmet_decisions"]) == ("published", {"no_such_case": 1})
    assert registry.ask("SELECT sex_code FROM registry.cases") == [("female",)]
    assert refresh([str(sheet)], home)["status"] == "unchanged"
    decisions.write_text(decisions.read_text(encoding="utf-8").replace("female", "neither fish"), encoding="utf-8")
    with pytest.raises(DecisionError, match="decisions.csv, line 2: 'neither fish' is in no vocabulary"):
        refresh([str(sheet)], home)
    assert list((tmp_path / "home" / "builds").iterdir()) == []
    assert registry.ask("SELECT sex_code FROM registry.cases") == [("female",)]
