"""What differs between two versions of a registry, and why."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.difference.comparing import IncomparableError, open_difference, read_brief
from flows.difference.versions import choose_versions

from ..load.refreshing import Registry, case, write_sheet
from .comparison import changes, report, title
from .shipped_files import ShippedFiles

NARRATIVE = """---
title: Hard fingers
authors: Okafor T
journal: Journal of Examples
year: 2018
doi: 10.1000/fingers
---

# Case report

A 54-year-old woman with acrosclerosis had hard white nodules of the fingers for ten years. Calcinosis cutis was diagnosed.
"""
SYNONYM = "|acrosclerosis|acroscleroderma|"
SYSTEMIC = "sclerosis,connective_tissue_disease,disease,SSc|"
LIMITED = "limited_cutaneous_systemic_sclerosis"


def test_nothing_differs_between_two_versions_of_the_same_inputs(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b", lesion_sites="foot; hand")])
    registry.refresh(path).refresh(path, full=True)
    found = report(registry)
    counts = {name: found[name] for name in ("n_added", "n_changed", "n_removed", "n_reworded", "why", "distributions")}
    assert counts == {"n_added": 0, "n_changed": 0, "n_removed": 0, "n_reworded": 0, "why": {}, "distributions": []}
    assert found["terms"] == found["files"] == found["new_fields"] == found["dropped_fields"] == []


def test_cases_added_changed_and_removed_at_their_source(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b"), case("c")])
    registry.refresh(path)
    write_sheet(path, [case("a"), case("c", sex="female"), case("d")])
    registry.refresh(path)
    found = report(registry)
    assert [title(one) for one in found["added"]] == ["d"]
    assert [title(one) for one in found["removed"]] == ["b"]
    assert changes(found) == {"c": [("sex_code", "male", "female", "source", "clinic (clinic.csv)")]}
    assert found["why"] == {"source": 3}
    assert {one["cause"] for one in (*found["added"], *found["removed"])} == {"clinic (clinic.csv)"}
    assert (found["older"]["n_cases"], found["newer"]["n_cases"]) == (3, 3)


def test_rows_of_the_distributions_that_moved(tmp_path: Path, registry: Registry) -> None:
    """Of two dystrophic cases in two, one becomes metastatic: 2 of 2 -> 1 of 2, and 0 of 2 -> 1 of 2."""
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b")])
    registry.refresh(path)
    write_sheet(path, [case("a"), case("b", variant_stated="metastatic")])
    registry.refresh(path)
    moved = {
        (row["distribution"], row["stratum_by"], row["code"]): (
            row["n_cases_before"], row["n_cases_after"], row["n_reported_before"], row["n_reported_after"],
            row["share_before"], row["share_after"],
        )
        for row in report(registry)["distributions"]
    }  # fmt: skip
    expected = {"dystrophic": (2, 1, 2, 2, 1.0, 0.5), "metastatic": (0, 1, 2, 2, 0.0, 0.5)}
    strata = ("overall", "sex", "age_group", "decade")
    assert moved == {("variant", by, code): row for by in strata for code, row in expected.items()}


def test_a_denominator_that_moves_is_a_row_that_moved(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a")])
    registry.refresh(path)
    write_sheet(path, [case("a"), case("b", variant_stated="idiopathic", lesion_sites="")])
    registry.refresh(path)
    [row] = [
        row
        for row in report(registry)["distributions"]
        if (row["stratum_by"], row["code"]) == ("overall", "dystrophic")
    ]
    assert (row["n_cases_before"], row["n_cases_after"]) == (1, 1)
    assert (row["n_reported_before"], row["n_reported_after"]) == (1, 2)
    assert (row["share_before"], row["share_after"]) == (1.0, 0.5)


def test_multi_valued_fields_are_sets(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a", lesion_sites="left elbow; knee; knee"), case("b")])
    registry.refresh(path)
    write_sheet(path, [case("a", lesion_sites="knee; left elbow"), case("b", lesion_sites="hand (left)")])
    registry.refresh(path)
    found = report(registry)
    # The other order of a is no change of value; b gains a side.
    assert changes(found) == {"b": [("lesion_sites", "hand", "hand (left)", "source", "clinic (clinic.csv)")]}
    assert found["n_reworded"] == 1


def test_a_site_that_is_denied_differs_from_one_that_is_there(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a", lesion_sites="hand; knee")])
    registry.refresh(path)
    write_sheet(path, [case("a", lesion_sites="hand; no knee")])
    registry.refresh(path)
    [(field, before, after, *_)] = [row for row in changes(report(registry))["a"] if row[0] == "lesion_sites"]
    assert (field, before, after) == ("lesion_sites", "hand; knee", "hand; knee (absent)")


def test_one_synonym_changes_exactly_the_cases_that_contain_it(
    tmp_path: Path, registry: Registry, shipped_files: ShippedFiles
) -> None:
    first = [
        case("alone", associated_diseases="acrosclerosis"),
        case("among", associated_diseases="dermatomyositis; Acrosclerosis"),
        case("with_its_new_code", associated_diseases="systemic sclerosis; acrosclerosis"),
        case("denied", associated_diseases="no acrosclerosis; dermatomyositis"),
        case("beside", comorbidities="acrosclerosis"),
        case("the_old_code", associated_diseases="limited scleroderma"),
        case("the_new_code", associated_diseases="systemic sclerosis"),
        case("outvoted", associated_diseases="dermatomyositis"),
        case("silent"),
    ]
    sheet = write_sheet(tmp_path / "clinic.csv", first)
    # The second source of this case speaks after the first, since it has the lower priority.
    other = write_sheet(tmp_path / "other.csv", [case("outvoted", associated_diseases="acrosclerosis")])
    registry.overrides["other"] = {"priority": 900}
    (tmp_path / "fingers.md").write_text(NARRATIVE, encoding="utf-8")
    registry.refresh(sheet, other, tmp_path / "fingers.md")
    assert registry.ask("SELECT count(*) FROM registry.case_contributions") == [(11,)]

    shipped_files.replace("data/vocabulary/disease.csv", SYNONYM, "|acroscleroderma|")
    shipped_files.replace("data/vocabulary/disease.csv", SYSTEMIC, f"{SYSTEMIC}acrosclerosis|")
    registry.refresh(sheet, other, tmp_path / "fingers.md")

    found = report(registry)
    moved = f"disease.csv: {LIMITED} (removed: acrosclerosis), disease.csv: systemic_sclerosis (added: acrosclerosis)"
    only_lost = f"disease.csv: {LIMITED} (removed: acrosclerosis)"
    assert changes(found) == {
        "alone": [("associated_diseases", LIMITED, "systemic_sclerosis", "vocabularies", moved)],
        "among": [
            (
                "associated_diseases", f"dermatomyositis; {LIMITED}", "dermatomyositis; systemic_sclerosis",
                "vocabularies", moved,
            )
        ],
        "with_its_new_code": [
            ("associated_diseases", f"{LIMITED}; systemic_sclerosis", "systemic_sclerosis", "vocabularies", only_lost)
        ],
        "denied": [
            (
                "associated_diseases", f"dermatomyositis; {LIMITED} (absent)",
                "dermatomyositis; systemic_sclerosis (absent)", "vocabularies", moved,
            )
        ],
        "beside": [("comorbidities", LIMITED, "systemic_sclerosis", "vocabularies", moved)],
        "Hard fingers": [("associated_diseases", LIMITED, "systemic_sclerosis", "vocabularies", moved)],
    }  # fmt: skip
    assert found["added"] == found["removed"] == []
    assert found["why"] == {"vocabularies": 6}
    assert found["n_reworded"] == 0
    assert [(row["code"], row["detail"]) for row in found["terms"]] == [
        (LIMITED, "removed: acrosclerosis"),
        ("systemic_sclerosis", "added: acrosclerosis"),
    ]
    assert found["files"] == [
        {"part": "vocabularies", "program_file": "data/vocabulary/disease.csv", "change": "changed"}
    ]
    # alone, among, with_its_new_code and the narrative leave the limited form, the_old_code stays. It lies below
    # systemic sclerosis, which therefore counts the same six cases as before.
    overall = {
        (row["level"], row["code"]): (row["n_cases_before"], row["n_cases_after"])
        for row in found["distributions"]
        if row["stratum_by"] == "overall"
    }
    assert overall == {("disease", LIMITED): (5, 1)}


def test_a_source_and_a_synonym_that_change_together_are_told_apart(
    tmp_path: Path, registry: Registry, shipped_files: ShippedFiles
) -> None:
    path = write_sheet(
        tmp_path / "clinic.csv",
        [case("both", associated_diseases="acrosclerosis"), case("source", associated_diseases="dermatomyositis")],
    )
    registry.refresh(path)
    shipped_files.replace("data/vocabulary/disease.csv", SYNONYM, "|acroscleroderma|")
    shipped_files.replace("data/vocabulary/disease.csv", SYSTEMIC, f"{SYSTEMIC}acrosclerosis|")
    write_sheet(
        path,
        [
            case("both", associated_diseases="acrosclerosis", sex="female"),
            case("source", associated_diseases="systemic sclerosis"),
        ],
    )
    registry.refresh(path)
    found = changes(report(registry))
    assert [(row[0], row[3]) for row in found["both"]] == [
        ("associated_diseases", "vocabularies"),
        ("sex_code", "source"),
    ]
    assert [(row[0], row[3], row[4]) for row in found["source"]] == [
        ("associated_diseases", "source", "clinic (clinic.csv)")
    ]


def test_a_term_of_a_single_valued_field_is_named(
    tmp_path: Path, registry: Registry, shipped_files: ShippedFiles
) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a", outcome="evaporated"), case("b", outcome="death")])
    registry.refresh(path)
    assert registry.ask("SELECT outcome_code FROM registry.cases ORDER BY outcome_code") == [("died",), (None,)]
    died = "died,Died,,outcome,death|"
    shipped_files.replace("data/vocabulary/outcome.csv", died, f"{died}evaporated|")
    registry.refresh(path)
    cause = "outcome.csv: died (added: evaporated)"
    # Words that no vocabulary knows are flagged: with the code the finding goes.
    assert changes(report(registry)) == {
        "a": [
            ("n_findings", "1", "0", "vocabularies", cause),
            ("outcome_code", None, "died", "vocabularies", cause),
        ]
    }


def test_a_changed_rule_is_named(tmp_path: Path, registry: Registry, shipped_files: ShippedFiles) -> None:
    """A rule that lets an age of 130 pass brings the case in; what it flags is counted in n_findings."""
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("old", age_years=130)])
    registry.refresh(path)
    shipped_files.replace(
        "expectations/staging/case_records.json",
        "age_years_low < 0 OR age_years_low > 125 OR (age_years_high > 125 ",
        "age_years_low < 0 OR age_years_low > 135 OR (age_years_high > 135 ",
    )
    registry.refresh(path)
    found = report(registry)
    assert [(title(one), one["why"]) for one in found["added"]] == [("old", "rules")]
    assert "age_is_possible" in found["added"][0]["cause"]
    assert found["changed"] == found["removed"] == []
    assert found["files"] == [
        {"part": "rules", "program_file": "expectations/staging/case_records.json", "change": "changed"}
    ]


def test_a_changed_mapping_is_a_change_of_its_source(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [{**case("a", sex=""), "Gender": "female"}])
    registry.overrides["clinic"] = {"columns": {"Gender": "notes"}}
    registry.refresh(path)
    registry.overrides["clinic"] = {"columns": {"Gender": "outcome"}}
    registry.refresh(path)
    found = report(registry)
    assert found["why"] == {"source": 1}
    assert found["changed"][0]["cause"] == "clinic (its mapping)"


def test_the_brief_counts_what_the_report_lists(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b")])
    registry.refresh(path)
    write_sheet(path, [case("a", variant_stated="metastatic"), case("c")])
    registry.refresh(path)
    older, newer = choose_versions(registry.home)
    with open_difference(older.database, newer.database) as connection:
        brief = read_brief(connection, older, newer)
    found = report(registry)
    assert (brief["n_added"], brief["n_changed"], brief["n_removed"]) == (1, 1, 1)
    assert brief["n_moved"] == len(found["distributions"]) > len(brief["moved"]) > 0
    assert {row["stratum_by"] for row in brief["moved"]} == {"overall"}


def test_versions_of_another_schema_are_refused(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a")])
    registry.refresh(path).refresh(path, full=True)
    older, newer = choose_versions(registry.home)
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(older.database.read_bytes())
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{copy}' AS spoilt")
        connection.execute("UPDATE spoilt.ops.schema_version SET schema_version = 1")
    with pytest.raises(IncomparableError, match=r"copy\.duckdb has 1"), open_difference(copy, newer.database):
        pass
