"""A publication that drift holds back, and its release: from the sheet to the published registry, with all gates."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import flows.database
from flows.cli import app
from flows.database import open_reader
from flows.home import Home
from flows.journal import Journal, read_journal
from flows.pipeline import Summary, refresh
from flows.publish.publication import published_run
from flows.release import ReleaseError, release_run
from tests.load.refreshing import case, write_sheet


def run_command(*words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    try:
        result = CliRunner().invoke(app, [*words])
    except SystemExit as error:  # pragma: no cover
        return int(error.code or 0), ""
    return result.exit_code, result.output


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Home, Summary, Summary]:
    """A published registry of 120 cases, and a run in which a changed query made 40 dystrophic cases idiopathic."""
    home = Home(tmp_path / "home")
    sheet = write_sheet(
        tmp_path / "cases.csv",
        [
            case(
                f"t{i}", variant_stated="dystrophic" if i < 60 else "idiopathic", country="Japan" if i < 40 else "Spain"
            )
            for i in range(120)
        ],
    )
    first = refresh([str(sheet)], home=str(home.path))
    assert first["status"] == "published"
    read = flows.database.sql_file
    old = "THEN golden.variant_stated_code ELSE"
    new = f"THEN CASE WHEN golden.country_code = 'jpn' THEN 'idiopathic' ELSE {old.split()[1]} END ELSE"
    monkeypatch.setattr("flows.database.sql_file", lambda name: read(name).replace(old, new))
    with open_reader(home.registry) as connection:
        held_parts = dict(connection.execute("SELECT part, sha256 FROM staging.fingerprints").fetchall())
    program = {part: sha256 for part, sha256 in held_parts.items() if part != "inputs"} | {"queries": "changed"}
    monkeypatch.setattr("flows.load.raw.program_fingerprints", lambda: program)
    monkeypatch.setattr("flows.pipeline.program_fingerprints", lambda: program)
    return home, first, refresh([str(sheet)], home=str(home.path))


def test_drift_holds_a_publication_until_it_is_released(held: tuple[Home, Summary, Summary]) -> None:
    home, first, second = held
    run_id, at = second["run_id"], ["--home", str(home.path)]
    assert (second["status"], second["published"]) == ("held", False)
    assert "quality.drift: shares_do_not_drift" in second["message"]
    assert f"calcinosis release {run_id}" in second["message"]
    # 60 of 120 become 20 of 120.
    moved = {(row["level"], row["code"]): round(row["unexplained"], 4) for row in second["drift"]}
    assert moved == {("variant", "dystrophic"): -0.3333, ("variant", "idiopathic"): 0.3333}
    assert published_run(home) == first["run_id"]
    assert home.build_database(run_id).exists()

    code, said = run_command("release", run_id, *at)
    assert (code, "dystrophic" in said.lower()) == (3, True)
    assert published_run(home) == first["run_id"]

    code, said = run_command("release", run_id, "--why", "the report says so", "--by", "Dr Who", *at)
    assert code == 0, said
    assert published_run(home) == run_id
    assert not home.build(run_id).exists()
    with open_reader(home.registry) as connection:
        released = connection.execute("SELECT run_id, released_by, why, rules FROM ops.releases").fetchall()
        share = connection.execute(
            "SELECT n_cases FROM analytics.variant_distribution WHERE stratum_by = 'overall' AND code = 'dystrophic'"
        ).fetchone()
        held_by = connection.execute("SELECT rule, n_unexpected FROM quality.checks WHERE action = 'hold'").fetchall()
        status = connection.execute("SELECT status FROM ops.runs WHERE run_id = ?", [run_id]).fetchone()
    assert released == [(run_id, "Dr Who", "the report says so", ["shares_do_not_drift"])]
    assert (share, held_by, status) == ((20,), [("shares_do_not_drift", 2)], ("released",))
    code, listed = run_command("runs", "--format", "csv", *at)
    assert f"{run_id},released (current)," in listed
    assert "released by Dr Who: the report says so" in listed

    # What was released is what the next run starts from, and its release stays on record.
    sheet = home.path.parent / "cases.csv"
    assert refresh([str(sheet)], home=str(home.path))["status"] == "unchanged"
    write_sheet(home.path.parent / "more.csv", [case("new")])
    assert refresh([str(home.path.parent / "more.csv")], home=str(home.path))["status"] == "published"
    with open_reader(home.registry) as connection:
        assert connection.execute("SELECT run_id, why FROM ops.releases").fetchall() == [(run_id, "the report says so")]
        assert connection.execute("SELECT status FROM ops.runs WHERE run_id = ?", [run_id]).fetchone() == ("released",)


def test_what_may_not_be_released_is_refused(held: tuple[Home, Summary, Summary]) -> None:
    home, first, second = held
    run_id = second["run_id"]

    def refused(run: str, why: str = "because") -> str:
        with pytest.raises(ReleaseError) as error:
            release_run(home, run, why, "me", keep_versions=5)
        return str(error.value)

    assert "--why" in refused(run_id, "  ")
    assert "no run nosuch" in refused("nosuch")
    assert "is published, not held" in refused(first["run_id"])
    assert run_command("release", "nosuch", "--home", str(home.path))[0] == 2

    with flows.database.open_build(home.build_database(run_id)) as connection:
        connection.execute("UPDATE quality.checks SET holds = false WHERE rule = 'case_id_is_unique'")
    assert "case_id_is_unique, which nobody may release" in refused(run_id)

    newer = Journal(home.runs, "99991231T235959.999Z-zzzz")
    newer.write("started", built_on=first["run_id"])
    newer.write("held", seconds=0)
    assert "is newer" in refused(run_id)
    newer.path.unlink()

    journal = home.runs / f"{run_id}.json"
    journal.write_text(journal.read_text(encoding="utf-8").replace(first["run_id"], "another"), encoding="utf-8")
    assert "was built on another" in refused(run_id)
    home.build_database(run_id).unlink()
    assert "is not kept any more" in refused(run_id)
    assert published_run(home) == first["run_id"]
    assert read_journal(journal).status == "held"
