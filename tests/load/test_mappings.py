"""Values and records that the mapping of a source replaces."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import flows.load.raw
from flows.ingest.mapping import Mapping, load_mapping
from flows.resources import resource

from .refreshing import Registry, case, write_sheet


@pytest.fixture
def mappings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of mappings with the common headings, in the place of the shipped ones; the source clinic has a folder."""
    folder = tmp_path / "mappings"
    shutil.copytree(resource("data", "mappings", "default"), folder / "default")
    (folder / "clinic").mkdir()

    def load(source_key: str, overrides: dict[str, Any] | None = None) -> Mapping:
        return load_mapping(source_key, overrides, folder)

    monkeypatch.setattr(flows.load.raw, "load_mapping", load)
    return folder


def test_values_are_replaced_without_regard_to_case(tmp_path: Path, registry: Registry, mappings: Path) -> None:
    (mappings / "clinic" / "values.csv").write_text(
        "field,value,becomes,note\nsex,1,male,\nsex,2,female,\nsex,k.A.,,no entry\noutcome,GROß,healed,\n",
        encoding="utf-8",
    )
    records = [case("a", sex="1"), case("b", sex=" 2 "), case("c", sex="K.a."), case("d", sex="male", outcome="groß")]
    registry.refresh(write_sheet(tmp_path / "clinic.csv", records))
    rows = registry.ask(
        "SELECT title, sex_text, sex_code, sex_state, outcome_text FROM registry.case_contributions ORDER BY 1"
    )
    assert rows == [
        ("a", "male", "male", "present", None),
        ("b", "female", "female", "present", None),
        ("c", None, None, "not_reported", None),
        ("d", "male", "male", "present", "healed"),
    ]
    assert registry.ask("SELECT sex FROM raw.records WHERE title = 'a'") == [("1",)]


def test_the_values_of_a_source_go_before_the_common_ones(tmp_path: Path, registry: Registry, mappings: Path) -> None:
    (mappings / "default" / "values.csv").write_text(
        "field,value,becomes,note\nsex,1,male,\nsex,2,female,\n", encoding="utf-8"
    )
    (mappings / "clinic" / "values.csv").write_text("field,value,becomes,note\nsex,1,female,\n", encoding="utf-8")
    clinic = write_sheet(tmp_path / "clinic.csv", [case("a", sex="1"), case("b", sex="2")])
    other = write_sheet(tmp_path / "other.csv", [case("c", sex="1")])
    registry.refresh(clinic, other)
    assert registry.ledger() == {"accepted": 3}
    rows = registry.ask("SELECT title, sex_code FROM registry.case_contributions ORDER BY 1")
    assert rows == [("a", "female"), ("b", "female"), ("c", "male")]


def test_a_correction_holds_for_its_record_while_the_source_says_what_it_expects(
    tmp_path: Path, registry: Registry, mappings: Path
) -> None:
    (mappings / "clinic" / "corrections.csv").write_text(
        "record_id,doi,pmid,pmcid,url,patient_index,field,expect,becomes,why\n"
        ",10.1000/a,,,,2,sex,female,male,the text says he\n"
        ",10.1000/a,,,,1,age_years,99,9,a slip of the pen\n"
        ",10.1000/a,,,,,outcome,,healed,said in the discussion\n",
        encoding="utf-8",
    )
    records = [
        case("a", patient_index=1, sex="female", age_years=36),
        case("a", patient_index=2, sex="female", age_years=99),
        case("b", patient_index=2, sex="female"),
    ]
    registry.refresh(write_sheet(tmp_path / "clinic.csv", [{**record, "outcome": ""} for record in records]))
    rows = registry.ask(
        "SELECT title, patient_index, sex_code, age_years_low, outcome_text FROM registry.case_contributions ORDER BY 1, 2"
    )
    assert rows == [
        ("a", 1, "female", 36.0, "healed"),
        ("a", 2, "male", 99.0, "healed"),
        ("b", 2, "female", 36.0, None),
    ]
    assert registry.ask("SELECT field, expect, found_value, correction_problem FROM quality.unused_corrections") == [
        ("age_years", "99", "36", "value_differs")
    ]


def test_a_correction_that_the_source_has_taken_up_or_whose_record_is_gone_is_listed(
    tmp_path: Path, registry: Registry, mappings: Path
) -> None:
    (mappings / "clinic" / "corrections.csv").write_text(
        "record_id,doi,pmid,pmcid,url,patient_index,field,expect,becomes,why\n"
        ",10.1000/a,,,,,sex,female,male,the text says he\n"
        ",10.1000/z,,,,,sex,female,male,the text says he\n",
        encoding="utf-8",
    )
    registry.refresh(write_sheet(tmp_path / "clinic.csv", [case("a", sex="male")]))
    assert registry.ask("SELECT doi, correction_problem FROM quality.unused_corrections ORDER BY doi") == [
        ("10.1000/a", "already_so"),
        ("10.1000/z", "no_such_record"),
    ]


def test_two_corrections_of_one_field_leave_one_record(tmp_path: Path, registry: Registry, mappings: Path) -> None:
    (mappings / "clinic" / "corrections.csv").write_text(
        "record_id,doi,pmid,pmcid,url,patient_index,field,expect,becomes,why\n"
        ",10.1000/a,,,,,sex,female,male,the text says he\n"
        ",,,,,1,sex,female,unknown,all first patients\n",
        encoding="utf-8",
    )
    registry.refresh(write_sheet(tmp_path / "clinic.csv", [case("a", sex="female")]))
    assert registry.ledger() == {"accepted": 1}
    assert registry.ask("SELECT sex_code FROM registry.case_contributions") == [("male",)]


def test_a_corrected_identifier_names_the_publication(tmp_path: Path, registry: Registry, mappings: Path) -> None:
    (mappings / "clinic" / "corrections.csv").write_text(
        "record_id,doi,pmid,pmcid,url,patient_index,field,expect,becomes,why\n"
        ",10.1000/wrong,,,,,doi,10.1000/wrong,10.1000/a,mistyped\n",
        encoding="utf-8",
    )
    clinic = write_sheet(tmp_path / "clinic.csv", [case("a", doi="10.1000/wrong")])
    other = write_sheet(tmp_path / "other.csv", [case("a")])
    registry.refresh(clinic, other)
    assert registry.ask("SELECT doi, n_cases FROM registry.publications") == [("10.1000/a", 1)]
