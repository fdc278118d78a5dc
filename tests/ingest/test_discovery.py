from __future__ import annotations

from pathlib import Path

import pytest

from flows.ingest.discovery import discover, slug
from flows.ingest.errors import SourceNotFoundError


def _make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("doi\nx\n")


def _keys(*arguments: object) -> dict[str, str]:
    found = discover([str(argument) for argument in arguments])
    return {entry.source_key: entry.path.name for entry in found if entry.skipped is None}


def test_a_folder_is_searched_through_and_through(tmp_path) -> None:
    _make(
        tmp_path, "cases.csv", "north/Fälle 2020.xlsx", "north/deep/x.json.gz", ".hidden.csv", ".git/a.csv",
        "~$cases.xlsx", ".~lock.cases.ods#", "picture.png", "__MACOSX/a.csv",
    )  # fmt: skip
    assert _keys(tmp_path) == {
        "cases": "cases.csv",
        "north_falle_2020": "Fälle 2020.xlsx",
        "north_deep_x": "x.json.gz",
        "picture": "picture.png",
    }


def test_companions_of_the_data_are_listed_as_skipped(tmp_path) -> None:
    _make(tmp_path, "README.md", "LICENSE", "source.toml", "x.yaml", "cases.csv", "report.md", "a.txt")
    skipped = {entry.path.name for entry in discover([str(tmp_path)]) if entry.skipped}
    assert skipped == {"README.md", "LICENSE", "source.toml", "x.yaml"}
    assert [entry.skipped for entry in discover([str(tmp_path / "README.md")])] == [None]


def test_patterns(tmp_path) -> None:
    _make(tmp_path, "a.csv", "b.csv", "c.xlsx", "deep/d.csv", "~$e.csv")
    assert _keys(tmp_path / "*.csv") == {"a": "a.csv", "b": "b.csv"}
    assert _keys(tmp_path / "**" / "*.csv") == {"a": "a.csv", "b": "b.csv", "d": "d.csv"}


def test_a_name_with_signs_of_a_pattern_is_a_name(tmp_path) -> None:
    _make(tmp_path, "cases[1].csv", "cases1.csv")
    assert _keys(tmp_path / "cases[1].csv") == {"cases_1": "cases[1].csv"}


def test_a_key_may_be_given(tmp_path) -> None:
    _make(tmp_path, "one/a.csv", "two/a.csv", "two/b.csv", "k=v.csv")
    assert _keys(f"clinic={tmp_path}/one/a.csv") == {"clinic": "a.csv"}
    assert _keys(f"clinic={tmp_path}/one") == {"clinic": "a.csv"}
    assert _keys(f"clinic={tmp_path}/two") == {"clinic_a": "a.csv", "clinic_b": "b.csv"}
    assert _keys(tmp_path / "k=v.csv") == {"k_v": "k=v.csv"}


def test_equal_keys_are_told_apart(tmp_path) -> None:
    _make(tmp_path, "north/cases.csv", "north/cases.xlsx", "south/cases.csv", "south/other.csv")
    assert _keys(tmp_path / "north") == {"cases_csv": "cases.csv", "cases_xlsx": "cases.xlsx"}
    assert _keys(tmp_path / "north" / "cases.csv", tmp_path / "south") == {
        "north_cases_csv": "cases.csv",
        "south_cases_csv": "cases.csv",
        "other": "other.csv",
    }


def test_deeper_folders_tell_apart_what_their_names_do_not(tmp_path) -> None:
    _make(tmp_path, "a/x/cases.csv", "b/x/cases.csv")
    assert set(_keys(tmp_path / "a/x/cases.csv", tmp_path / "b/x/cases.csv")) == {"a_x_cases_csv", "b_x_cases_csv"}


def test_a_packed_file_keeps_the_key_of_the_plain_one(tmp_path) -> None:
    _make(tmp_path, "one/cases.csv", "two/cases.csv.gz")
    assert _keys(tmp_path / "one") == {"cases": "cases.csv"}
    assert _keys(tmp_path / "two") == {"cases": "cases.csv.gz"}
    assert set(_keys(tmp_path / "one/cases.csv", tmp_path / "two/cases.csv.gz")) == {"cases_csv", "cases_csv_gz"}


def test_a_file_named_twice_is_found_once(tmp_path) -> None:
    _make(tmp_path, "cases.csv")
    found = discover([str(tmp_path), str(tmp_path / "cases.csv"), f"clinic={tmp_path / 'cases.csv'}"])
    assert [(entry.source_key, entry.path.name) for entry in found] == [("clinic", "cases.csv")]


def test_the_order_of_the_arguments_does_not_matter(tmp_path) -> None:
    _make(tmp_path, "a/cases.csv", "b/cases.csv", "c.csv")
    names = [str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "c.csv")]
    found = [(entry.source_key, entry.path) for entry in discover(names)]
    assert found == [(entry.source_key, entry.path) for entry in discover(names[::-1])]


@pytest.mark.parametrize("argument", ["nowhere.csv", "none*.csv", "clinic=nowhere.csv", ""])
def test_an_argument_that_matches_nothing_is_named(tmp_path, monkeypatch, argument: str) -> None:
    monkeypatch.chdir(tmp_path)
    _make(tmp_path, "a.csv")
    with pytest.raises(SourceNotFoundError) as caught:
        discover(["a.csv", argument])
    assert repr(argument) in str(caught.value)
    assert "key=path" in str(caught.value)


def test_an_empty_folder_is_named(tmp_path) -> None:
    with pytest.raises(SourceNotFoundError):
        discover([str(tmp_path)])


def test_slugs() -> None:
    assert slug("Fälle (Nord) 2020") == "falle_nord_2020"
    assert slug("straße") == "strasse"
    assert slug("病例") == "source"
