"""What a registry holds after one run and after several."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from .refreshing import Registry, case, write_sheet

NewRegistry = Callable[[str], Registry]


def test_order_of_rows_files_and_arguments_does_not_matter(tmp_path: Path, new_registry: NewRegistry) -> None:
    first = [case("a"), case("b", sex="female"), case("a", sex="", age_years="in his 30s", lesion_sites="foot; hand")]
    second = [case("a", lesion_sites="face", outcome="healed"), case("c", age_years=400), case("b", sex="male")]
    forwards, backwards = tmp_path / "forwards", tmp_path / "backwards"
    for folder, step in ((forwards, 1), (backwards, -1)):
        folder.mkdir()
        write_sheet(folder / "one.csv", first[::step])
        write_sheet(folder / "two.csv", second[::step])
    one = new_registry("one").refresh(forwards / "one.csv", forwards / "two.csv")
    other = new_registry("other").refresh(backwards / "two.csv", backwards / "one.csv")
    assert _without_places(one) == _without_places(other)
    assert one.ask("SELECT count(*) FROM registry.cases") == [(3,)]


def _without_places(registry: Registry) -> dict[str, str]:
    """Checksums but for contributions, whose file and line do say where a record stood."""
    checksum = registry.checksum()
    assert checksum.pop("registry.case_contributions")
    return checksum


def test_the_same_files_in_any_order_give_the_same_registry(tmp_path: Path, new_registry: NewRegistry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a"), case("b")])
    two = write_sheet(tmp_path / "two.csv", [case("a", sex=""), case("c", sex="female")])
    together = new_registry("together").refresh(one, two)
    swapped = new_registry("swapped").refresh(two, one)
    one_by_one = new_registry("one_by_one").refresh(two).refresh(one)
    assert together.checksum() == swapped.checksum() == one_by_one.checksum()
    assert len(set(together.checksum())) > 10


def test_the_checksum_sees_one_changed_value(tmp_path: Path, new_registry: NewRegistry) -> None:
    path = write_sheet(tmp_path / "one.csv", [case("a")])
    before = new_registry("before").refresh(path).checksum()
    write_sheet(path, [case("a", sex="female")])
    after = new_registry("after").refresh(path).checksum()
    changed = {name for name, value in before.items() if after[name] != value}
    assert {"registry.cases", "registry.case_contributions", "analytics.variant_distribution"} <= changed
    assert "registry.publications" not in changed


def test_an_incremental_run_equals_a_full_one(tmp_path: Path, registry: Registry, new_registry: NewRegistry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a"), case("b")])
    two = write_sheet(tmp_path / "two.csv", [case("a", lesion_sites="face"), case("c")])
    registry.refresh(one, two)
    write_sheet(two, [case("a", lesion_sites="foot"), case("d", sex="female")])
    incremental = registry.refresh(one, two).checksum()
    assert registry.actions() == {"one.csv": "keep", "two.csv": "read"}
    assert incremental == new_registry("fresh").refresh(one, two).checksum()
    assert incremental == registry.refresh(one, two, full=True).checksum()
    assert registry.actions() == {"one.csv": "read", "two.csv": "read"}


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "one.csv", [case("a"), case("b")])
    registry.refresh(path)
    assert registry.ledger("file") == {"loaded": 1}
    registry.refresh(path)
    assert registry.actions() == {"one.csv": "keep"}
    assert registry.ledger("file") == {"unchanged": 1}
    assert registry.ledger() == {"unchanged": 2}


def test_a_changed_mapping_has_its_file_read_again(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [{**case("a"), "Where it was": "foot"}])
    registry.refresh(path)
    registry.overrides["clinic"] = {"columns": {"Where it was": "notes"}}
    registry.refresh(path)
    assert registry.actions() == {"clinic.csv": "read"}
    assert registry.ask("SELECT notes FROM raw.records") == [("foot",)]


def test_a_newer_file_of_a_source_withdraws_what_vanished(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b"), case("c")])
    registry.refresh(path)
    write_sheet(path, [case("a"), case("c", sex="female"), case("d")])
    registry.refresh(path)
    assert registry.ledger() == {"unchanged": 1, "accepted": 2, "withdrawn": 1}
    titles = registry.ask("SELECT title FROM analytics.cases ORDER BY title")
    assert titles == [("a",), ("c",), ("d",)]
    changes = registry.ask(
        "SELECT change, changed_fields, why, count(*) FROM history.case_log WHERE run_from = 'run_002' GROUP BY ALL ORDER BY 1"
    )
    assert changes == [
        ("added", None, "source", 1),
        ("changed", ["sex_code", "contributions_sha256"], "source", 1),
        ("withdrawn", None, "source", 1),
    ]
    in_force = registry.ask("SELECT count(*) FROM history.case_versions WHERE run_to IS NULL")
    assert in_force == [(3,)]


def test_a_file_of_another_name_replaces_its_source(tmp_path: Path, registry: Registry) -> None:
    old = write_sheet(tmp_path / "export_2024.csv", [case("a"), case("b")])
    new = write_sheet(tmp_path / "export_2025.csv", [case("b"), case("c")])
    registry.refresh(f"clinic={old}").refresh(f"clinic={new}")
    assert registry.ledger() == {"unchanged": 1, "accepted": 1, "withdrawn": 1}
    assert registry.ask("SELECT file_name FROM raw.source_files") == [("export_2025.csv",)]


def test_a_source_that_is_not_given_again_stays(tmp_path: Path, registry: Registry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a")])
    two = write_sheet(tmp_path / "two.csv", [case("b")])
    registry.refresh(one).refresh(two)
    assert registry.ask("SELECT title FROM analytics.cases ORDER BY title") == [("a",), ("b",)]
    assert registry.ledger() == {"unchanged": 1, "accepted": 1}


def test_a_missing_file_is_kept_and_stale(tmp_path: Path, registry: Registry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a")])
    two = write_sheet(tmp_path / "two.csv", [case("b")])
    registry.refresh(one, two)
    before = registry.checksum()
    one.unlink()
    registry.refresh(two)
    assert registry.checksum() == before
    assert registry.ask("SELECT file_name, is_stale FROM ops.source_freshness ORDER BY 1") == [
        ("one.csv", True),
        ("two.csv", False),
    ]
    registry.refresh(two, full=True)
    assert registry.checksum() == before


def test_a_removed_source_is_withdrawn(tmp_path: Path, registry: Registry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a")])
    two = write_sheet(tmp_path / "two.csv", [case("b")])
    registry.refresh(one, two).refresh(two, removed=["one"])
    assert registry.ask("SELECT title FROM analytics.cases") == [("b",)]
    assert registry.ledger() == {"unchanged": 1, "withdrawn": 1}


def test_a_new_version_that_cannot_be_read_keeps_the_old_records(tmp_path: Path, registry: Registry) -> None:
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b")])
    registry.refresh(path)
    before = registry.checksum()
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    registry.refresh(path)
    assert registry.checksum() == before
    assert registry.ledger("file") == {"failed": 1, "unchanged": 1}
    assert registry.ledger() == {"unchanged": 2}
    assert registry.ask("SELECT file_state, reason IS NULL, n_records FROM raw.source_files ORDER BY 1") == [
        ("failed", False, 0),
        ("loaded", True, 2),
    ]
    write_sheet(path, [case("a")])
    registry.refresh(path)
    assert registry.ledger() == {"unchanged": 1, "withdrawn": 1}
    assert registry.ask("SELECT count(*) FROM raw.source_files WHERE file_state = 'failed'") == [(0,)]


def test_a_file_given_twice_is_read_once(tmp_path: Path, registry: Registry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a")])
    copy = tmp_path / "copy_of_one.csv"
    copy.write_bytes(one.read_bytes())
    registry.refresh(one, copy)
    assert registry.ledger("file") == {"loaded": 1, "duplicate": 1}
    assert registry.ledger() == {"accepted": 1}


def test_a_record_given_twice_in_a_file_counts_once(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_sheet(tmp_path / "one.csv", [case("a"), case("b"), case("a")]))
    assert registry.ledger() == {"accepted": 2, "duplicate": 1}
    assert registry.ask("SELECT count(*) FROM registry.cases") == [(2,)]


def test_a_corrected_record_takes_the_place_of_the_quarantined_one(tmp_path: Path, registry: Registry) -> None:
    source = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b", age_years=400)])
    registry.refresh(source)
    assert registry.ledger() == {"accepted": 1, "quarantined": 1}
    [(key, sha256)] = registry.ask("SELECT corrects_record_key, corrects_record_sha256 FROM quality.quarantine")
    corrected = {**case("b", age_years=40), "corrects_record_key": key, "corrects_record_sha256": sha256}
    sheet = write_sheet(tmp_path / "corrected.csv", [corrected])
    registry.refresh(sheet)
    assert registry.ask("SELECT count(*) FROM quality.quarantine") == [(0,)]
    assert registry.ask("SELECT title, age_years_low FROM analytics.cases ORDER BY title") == [("a", 36.0), ("b", 40.0)]
    assert registry.ask("SELECT source_key FROM registry.case_contributions ORDER BY title") == [
        ("clinic",),
        ("clinic",),
    ]
    assert registry.ledger() == {"unchanged": 1, "accepted": 1, "duplicate": 1}


def test_a_correction_names_the_case_that_the_source_itself_would_name(
    tmp_path: Path, new_registry: NewRegistry
) -> None:
    bad = {"record_id": "P-7", "age_years": 400, "sex": "male", "lesion_sites": "hand"}
    source = write_sheet(tmp_path / "clinic.csv", [bad])
    registry = new_registry("corrected").refresh(source)
    [(key, sha256)] = registry.ask("SELECT corrects_record_key, corrects_record_sha256 FROM quality.quarantine")
    good = {**bad, "age_years": 40}
    sheet = write_sheet(
        tmp_path / "fixes.csv", [{**good, "corrects_record_key": key, "corrects_record_sha256": sha256}]
    )
    mended = registry.refresh(sheet).ask("SELECT case_id, source_key, record_id FROM registry.cases")
    at_the_source = new_registry("mended").refresh(write_sheet(source, [good]))
    assert mended == at_the_source.ask("SELECT case_id, source_key, record_id FROM registry.cases")


def test_a_correction_that_is_bad_itself_names_the_first_record_again(tmp_path: Path, registry: Registry) -> None:
    source = write_sheet(tmp_path / "clinic.csv", [case("b", age_years=400)])
    names = "SELECT corrects_record_key, corrects_record_sha256 FROM quality.quarantine"
    [first] = registry.refresh(source).ask(names)
    still_bad = {**case("b", age_years=300), "corrects_record_key": first[0], "corrects_record_sha256": first[1]}
    registry.refresh(write_sheet(tmp_path / "fixes.csv", [still_bad]))
    assert registry.ask(names) == [first]
    assert registry.ledger() == {"duplicate": 1, "quarantined": 1}


def test_a_unit_in_the_heading_belongs_to_bare_numbers(tmp_path: Path, registry: Registry) -> None:
    without_age = {name: value for name, value in case("a").items() if name != "age_years"}
    sheet = [
        {**without_age, "doi": "10.1000/a", "Age (months)": "6"},
        {**without_age, "doi": "10.1000/b", "Age (months)": "2 years"},
        {**without_age, "doi": "10.1000/c", "Age (months)": ""},
    ]
    registry.refresh(write_sheet(tmp_path / "clinic.csv", sheet))
    ages = registry.ask("SELECT doi, age_text, age_years_low FROM registry.case_contributions ORDER BY doi")
    assert ages == [("10.1000/a", "6 months", 0.5), ("10.1000/b", "2 years", 2.0), ("10.1000/c", None, None)]


def test_columns_without_a_mapping_stay_in_raw(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_sheet(tmp_path / "clinic.csv", [{**case("a"), "Ward": "7"}, {**case("b"), "Ward": ""}]))
    assert registry.ask("SELECT extra ->> 'Ward' FROM raw.records ORDER BY line_number") == [("7",), (None,)]
    assert registry.ask("SELECT heading FROM raw.source_columns WHERE intake_field IS NULL") == [("Ward",)]


def test_scope_decides_what_an_empty_cell_means(tmp_path: Path, registry: Registry) -> None:
    registry.overrides["abstracts"] = {"scope": "partial"}
    whole = write_sheet(tmp_path / "whole.csv", [case("a", lesion_sites=""), case("b", associated_diseases="no lupus")])
    part = write_sheet(tmp_path / "abstracts.csv", [case("c", lesion_sites="")])
    registry.refresh(whole, part)
    rows = registry.ask(
        "SELECT title, lesion_sites_state, associated_diseases_state FROM registry.case_contributions ORDER BY 1"
    )
    assert rows == [
        ("a", "not_reported", "not_reported"),
        ("b", "present", "not_reported"),
        ("c", "not_assessed", "not_assessed"),
    ]
    denied = registry.ask(
        "SELECT code, n_cases, n_absent, n_reported FROM analytics.associated_disease_distribution "
        "WHERE stratum_by = 'overall' AND level = 'disease' AND row_kind = 'value'"
    )
    assert [row[1:] for row in denied] == [(0, 1, 0)]


def test_priority_decides_between_sources(tmp_path: Path, new_registry: NewRegistry) -> None:
    one = write_sheet(tmp_path / "one.csv", [case("a", lesion_sites="hand", sex="")])
    two = write_sheet(tmp_path / "two.csv", [case("a", lesion_sites="foot; face", sex="male")])
    told = []
    for winner in ("one", "two"):
        registry = new_registry(winner)
        registry.overrides[winner] = {"priority": 1}
        told += registry.refresh(one, two).ask("SELECT lesion_sites, sex_code, n_contributions FROM registry.cases")
    assert told == [("hand", "male", 2), ("foot; face", "male", 2)]


def test_a_structured_row_goes_before_an_abstract_whatever_their_priorities(tmp_path: Path, registry: Registry) -> None:
    registry.overrides = {"one": {"tier": "abstract", "priority": 1}, "two": {"priority": 99}}
    one = write_sheet(tmp_path / "one.csv", [case("a", lesion_sites="hand")])
    two = write_sheet(tmp_path / "two.csv", [case("a", lesion_sites="foot")])
    assert registry.refresh(one, two).ask("SELECT lesion_sites FROM registry.cases") == [("foot",)]


def test_a_record_is_hashed_over_what_it_says_alone(tmp_path: Path, registry: Registry) -> None:
    """A record that moves to another line or file stays the record that it was."""
    path = write_sheet(tmp_path / "clinic.csv", [case("a"), case("b")])
    registry.refresh(path)
    before = registry.ask("SELECT record_key, record_sha256 FROM registry.case_contributions ORDER BY 1")
    write_sheet(path, [case("b"), case("a")])
    registry.refresh(path)
    assert registry.ask("SELECT record_key, record_sha256 FROM registry.case_contributions ORDER BY 1") == before
    assert registry.ledger() == {"unchanged": 2}
    key = "rec_" + hashlib.md5(b"clinic/doi:10.1000/a#1").hexdigest()[:16]
    assert key in {row[0] for row in before}


def test_quarantine_keeps_the_record_whole(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_sheet(tmp_path / "clinic.csv", [{**case("b", age_years=400), "Ward": "7"}]))
    [(age, ward, line, name)] = registry.ask(
        "SELECT payload ->> 'age_years', payload ->> 'extra' ->> 'Ward', line_number, file_name FROM quality.quarantine"
    )
    assert (age, ward, line, name) == ("400", "7", 2, "clinic.csv")


def test_nothing_is_published_of_a_run_id_that_was_published_before(tmp_path: Path, registry: Registry) -> None:
    registry.refresh(write_sheet(tmp_path / "one.csv", [case("a")]))
    registry.runs -= 1
    with pytest.raises(FileExistsError):
        registry.refresh(write_sheet(tmp_path / "two.csv", [case("b")]))
    assert registry.ask("SELECT title FROM analytics.cases") == [("a",)]
