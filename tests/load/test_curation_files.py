"""Notices on papers and the previous review: read, refused, and what a changed file changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.ingest.errors import SourceNotFoundError, UnreadableFileError
from flows.load.curation_files import CurationFiles, load_curation_files
from flows.load.raw import prepare_build
from flows.pipeline import refresh

from .refreshing import Registry, case, write_sheet

NewRegistry = Callable[[str], Registry]

HEADINGS = "Record ID,Title,OriginalPaperDOI,OriginalPaperPubMedID,RetractionDate,RetractionNature,Reason,Notes\n"
NOTICE = '7,"A paper, of two words",10.1000/a,0,3/14/2020 0:00,Retraction,+Unreliable Results;,\n'


def _notices(path: Path, text: str) -> CurationFiles:
    path.write_text(text, encoding="utf-8")
    return CurationFiles(retractions=path)


def _load(files: CurationFiles) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        prepare_build(connection)
        load_curation_files(connection, files)
        return (
            connection.execute("FROM raw.retractions").fetchall()
            + connection.execute("FROM raw.previous_reviews").fetchall()
        )


def test_the_shipped_files_have_their_headings_and_nothing_else() -> None:
    assert _load(CurationFiles()) == []


def test_notices_are_kept_as_they_came(tmp_path: Path) -> None:
    files = _notices(tmp_path / "notices.csv", HEADINGS + NOTICE)
    assert _load(files) == [("7", "10.1000/a", "0", "3/14/2020 0:00", "Retraction", "+Unreliable Results;")]


def test_a_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "notices.csv"
    path.write_bytes((HEADINGS + NOTICE.replace("Unreliable Results", "Données peu fiables")).encode("cp1252"))
    [row] = _load(CurationFiles(retractions=path))
    assert row[-1] == "+Données peu fiables;"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    files = _notices(tmp_path / "notices.csv", HEADINGS.replace("RetractionNature", "Nature") + NOTICE)
    with pytest.raises(UnreadableFileError, match=r"notices\.csv has no column RetractionNature"):
        _load(files)


def test_a_number_of_a_previous_review_must_be_one(tmp_path: Path) -> None:
    path = tmp_path / "previous.csv"
    path.write_text("label,n_studies,n_reports,source\nSmith 2020,31,thirty,x\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="review 'Smith 2020' has the numbers '31' and 'thirty'"):
        _load(CurationFiles(previous_review=path))


def test_a_file_that_is_not_there_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"correct 'previous_review' in registry\.toml"):
        CurationFiles(previous_review=tmp_path / "gone.csv").sha256()


def test_a_retracted_report_leaves_the_distributions_and_stays_in_the_registry(
    tmp_path: Path, registry: Registry, new_registry: NewRegistry
) -> None:
    sheet = write_sheet(tmp_path / "one.csv", [case("a"), case("b", variant_stated="idiopathic"), case("c")])
    total = "SELECT any_value(n_total) FROM analytics.variant_distribution WHERE stratum_by = 'overall'"
    registry.curation = _notices(tmp_path / "notices.csv", HEADINGS)
    registry.refresh(sheet)
    before = registry.plan.inputs_sha256
    assert registry.ask(total) == [(3,)]

    registry.curation = _notices(tmp_path / "notices.csv", HEADINGS + NOTICE)
    registry.refresh(sheet)
    assert registry.plan.inputs_sha256 != before
    assert registry.actions() == {"one.csv": "keep"}
    assert registry.ask(total) == [(2,)]
    assert registry.ask("SELECT count(*) FROM registry.cases") == [(3,)]
    assert registry.ask(
        "SELECT source_state, source_state_date::VARCHAR, source_state_reason FROM registry.publications ORDER BY doi"
    ) == [("retracted", "2020-03-14", "Unreliable Results"), ("none", None, None), ("none", None, None)]
    with_them = "SELECT any_value(n_total) FROM variant_distribution_of(0, true) WHERE stratum_by = 'overall'"
    assert registry.ask(with_them) == [(3,)]

    at_once = new_registry("at_once")
    at_once.curation = registry.curation
    assert at_once.refresh(sheet).checksum() == registry.checksum()


def test_a_changed_file_of_the_settings_is_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_sheet(tmp_path / "one.csv", [case("a"), case("b")])
    (tmp_path / "registry.toml").write_text('previous_review = "previous.csv"\n', encoding="utf-8")
    headings = "label,n_studies,n_reports,source\n"
    (tmp_path / "previous.csv").write_text(headings, encoding="utf-8")
    assert refresh(["one.csv"], home="home")["status"] == "published"
    assert refresh(["one.csv"], home="home")["status"] == "unchanged"
    (tmp_path / "previous.csv").write_text(headings + "Smith 2020,31,33,x\n", encoding="utf-8")
    assert refresh(["one.csv"], home="home")["status"] == "published"
    with duckdb.connect() as connection:
        connection.execute("ATTACH 'home/registry.duckdb' AS calcinosis (READ_ONLY)")
        connection.execute("USE calcinosis")
        rows = connection.execute(
            "SELECT box, n FROM analytics.prisma_flow WHERE track = 'total' ORDER BY box_position"
        ).fetchall()
    assert rows == [("total_studies", 33), ("total_reports", 35)]
