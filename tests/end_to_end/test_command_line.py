"""The command line, as a person or a program uses it, on the shipped cases."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from flows.ingest.mapping import intake_fields
from tests.end_to_end.conftest import Run

Shipped = tuple[Path, dict[str, Any]]

JSON_COLUMNS = {
    "code", "label", "n_cases", "n_reported", "n_absent", "n_not_reported", "n_not_assessed", "n_total",
    "share", "ci_low", "ci_high",
}  # fmt: skip


# 454 rows of the sheet and 23 patients of the retold reports; all but one of these are patients of the sheet.
N_RECORDS = 477
N_CASES = 455


def record_states(summary: dict[str, Any]) -> dict[str, int]:
    states: dict[str, int] = {}
    for row in summary["ledger"]:
        if row["unit"] == "record":
            states[row["state"]] = states.get(row["state"], 0) + row["n"]
    return states


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_every_shipped_record_is_accounted_for(shipped: Shipped) -> None:
    summary = shipped[1]
    assert summary["status"] == "published"
    assert summary["published"] is True
    assert sum(n for state, n in record_states(summary).items() if state != "withdrawn") == N_RECORDS


def test_the_summary_has_the_promised_keys(shipped: Shipped) -> None:
    assert {"run_id", "status", "ledger", "validation", "published", "distributions", "outputs"} <= set(shipped[1])
    assert set(shipped[1]["distributions"]) == {"variant", "lesion_site", "associated_disease"}


def test_stated_variants_are_those_of_the_shipped_file(calcinosis: Run, shipped: Shipped) -> None:
    # Counted in the sheet by hand: calciphylaxis 78, idiopathic 65, dystrophic 53, iatrogenic 16, metastatic 9; the source
    # case, which is not in the sheet, is dystrophic.
    query = "FROM distribution('variant_stated')"
    found = json.loads(calcinosis("sql", query, "--format", "json", "--home", shipped[0]).stdout)
    rows = {row["code"]: row for row in found}
    counts = {code: row["n_cases"] for code, row in rows.items() if row["ci_low"] is not None}
    assert counts == {"calciphylaxis": 78, "idiopathic": 65, "dystrophic": 54, "iatrogenic": 16, "metastatic": 9}
    assert rows["calciphylaxis"]["n_reported"] == 222
    assert rows["not_assessed"]["n_cases"] + rows["not_reported"]["n_cases"] == N_CASES - 222


def test_derived_variants_are_used_where_none_is_stated(shipped: Shipped) -> None:
    rows = {row["code"]: row for row in shipped[1]["distributions"]["variant"]}
    assert rows["dystrophic"]["n_cases"] > 54
    assert rows["dystrophic"]["n_reported"] > 222
    assert sum(row["share"] for row in rows.values() if row["ci_low"] is not None) == pytest.approx(1)


def test_outputs_stand_where_they_are_promised(shipped: Shipped) -> None:
    home = shipped[0]
    assert (home / "registry.duckdb").is_file()
    assert (home / "data_docs" / "index.html").is_file()
    distributions = [f"{name}_distribution" for name in ("variant", "lesion_site", "associated_disease", "work_up")]
    assert {path.name for path in (home / "exports").iterdir()} == {
        f"{name}.{form}" for name in (*distributions, "prisma_flow", "cases") for form in ("csv", "parquet")
    }


def test_a_second_refresh_changes_nothing(calcinosis: Run, own_home: Path) -> None:
    before = (own_home / "registry.duckdb").stat().st_ino
    summary = json.loads(calcinosis("refresh", "--home", own_home, "--json").stdout)
    assert summary["status"] == "unchanged"
    assert record_states(summary) == {"unchanged": N_RECORDS}
    assert (own_home / "registry.duckdb").stat().st_ino == before


@pytest.mark.parametrize("subject", ["variant", "lesion-site", "associated-disease"])
@pytest.mark.parametrize("by", [None, "sex", "age-group", "decade"])
def test_show_gives_json_rows(calcinosis: Run, shipped: Shipped, subject: str, by: str | None) -> None:
    stratified = ["--by", by] if by else []
    rows = json.loads(calcinosis("show", subject, *stratified, "--format", "json", "--home", shipped[0]).stdout)
    assert rows
    assert set(rows[0]) == JSON_COLUMNS | ({"stratum"} if by else set())
    overall = [row for row in rows if row["code"] == "not_assessed"]
    assert sum(row["n_total"] for row in overall) == N_CASES


def test_show_in_the_other_formats(calcinosis: Run, shipped: Shipped) -> None:
    text = calcinosis("show", "lesion-site", "--level", "site", "--format", "csv", "--home", shipped[0]).stdout
    assert any(row["code"] == "knee" for row in csv.DictReader(io.StringIO(text)))
    assert calcinosis("show", "variant", "--format", "markdown", "--home", shipped[0]).stdout.startswith("| code |")
    assert "95% interval" in calcinosis("show", "variant", "--home", shipped[0]).stdout


def test_a_cut_leaves_cases_out_and_says_so(calcinosis: Run, shipped: Shipped) -> None:
    command = ("show", "variant", "--home", shipped[0])
    every = json.loads(calcinosis(*command, "--format", "json").stdout)
    same = json.loads(calcinosis(*command, "--include-retracted", "--format", "json").stdout)
    fewer = json.loads(calcinosis(*command, "--min-completeness", "0.5", "--format", "json").stdout)
    assert same == every
    assert set(fewer[0]) == set(every[0])
    assert 0 < fewer[0]["n_total"] < every[0]["n_total"]
    n_left_out = every[0]["n_total"] - fewer[0]["n_total"]
    said = f"{n_left_out} of {every[0]['n_total']} cases left out: completeness below 0.5"
    assert said in calcinosis(*command, "--min-completeness", "0.5").stdout
    assert "left out" not in calcinosis(*command).stdout
    calcinosis(*command, "--min-completeness", "50", code=2)


def test_the_work_up_has_neither_strata_nor_levels(calcinosis: Run, shipped: Shipped) -> None:
    rows = json.loads(calcinosis("show", "work-up", "--home", shipped[0], "--format", "json").stdout)
    assert len({row["item"] for row in rows}) == 6
    result = calcinosis("show", "work-up", "--by", "sex", "--home", shipped[0], code=2)
    assert "leave --by and --level out" in result.stderr


def test_the_prisma_flow_is_listed_and_drawn(calcinosis: Run, shipped: Shipped, tmp_path: Path) -> None:
    rows = json.loads(calcinosis("prisma", "--home", shipped[0], "--format", "json").stdout)
    totals = {row["box"]: row["n"] for row in rows if row["reason"] is None}
    assert totals["records_identified"] == 454
    assert totals["new_cases"] == shipped[1]["n_cases"]
    assert totals["new_reports"] == shipped[1]["n_publications"]
    assert "Rows identified from" in calcinosis("prisma", "--home", shipped[0]).stdout
    calcinosis("prisma", "--home", shipped[0], "--svg", tmp_path / "flow.svg")
    assert ElementTree.parse(tmp_path / "flow.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_level_that_does_not_exist_is_refused(calcinosis: Run, shipped: Shipped) -> None:
    assert "no level 'organ'" in calcinosis("show", "variant", "--level", "organ", "--home", shipped[0], code=2).stderr


def test_sql_reads_the_registry(calcinosis: Run, shipped: Shipped) -> None:
    query = "SELECT sex_code, count(*) AS n FROM registry.cases GROUP BY ALL ORDER BY ALL"
    rows = json.loads(calcinosis("sql", query, "--format", "json", "--home", shipped[0]).stdout)
    assert rows == [{"sex_code": "female", "n": 259}, {"sex_code": "male", "n": 151}, {"sex_code": None, "n": 45}]


def test_the_macros_answer_for_any_field(calcinosis: Run, shipped: Shipped) -> None:
    rows = json.loads(calcinosis("sql", "FROM distribution('sex')", "--format", "json", "--home", shipped[0]).stdout)
    assert {row["code"]: row["n_cases"] for row in rows} == {
        "female": 259,
        "male": 151,
        "not_assessed": 44,
        "not_reported": 1,
    }
    pairs = json.loads(calcinosis("sql", "FROM crosstab('sex', 'variant')", "-f", "json", "--home", shipped[0]).stdout)
    assert sum(row["n_cases"] for row in pairs) == N_CASES


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "ATTACH '/tmp/other.duckdb'",
        "COPY registry.cases TO '/tmp/stolen.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "DELETE FROM registry.cases",
        "SELECT * FROM no_such_table",
    ],
)
def test_sql_cannot_reach_outside_or_write(calcinosis: Run, shipped: Shipped, query: str) -> None:
    result = calcinosis("sql", query, "--home", shipped[0], code=2)
    assert result.stderr.startswith("calcinosis: ")
    assert "Traceback" not in result.stderr


def test_tables_are_described(calcinosis: Run, shipped: Shipped) -> None:
    rows = json.loads(calcinosis("tables", "--format", "json", "--home", shipped[0]).stdout)
    named = {row["name"]: row for row in rows}
    assert {"registry.cases", "analytics.variant_distribution", "quality.quarantine"} <= set(named)
    assert [name for name, row in named.items() if row["kind"] != "macro" and not row["description"]] == []


def test_a_case_is_shown_whole(calcinosis: Run, shipped: Shipped) -> None:
    query = "SELECT case_id FROM registry.cases WHERE variant_stated_code = 'dystrophic' ORDER BY case_id LIMIT 1"
    case_id = json.loads(calcinosis("sql", query, "-f", "json", "--home", shipped[0]).stdout)[0]["case_id"]
    document = json.loads(calcinosis("case", case_id, "--json", "--home", shipped[0]).stdout)
    assert document["case"]["variant_used_code"] == "dystrophic"
    assert document["contributions"][0]["source_key"] == "published_cases"
    assert document["history"][0]["change"] == "added"
    assert case_id in calcinosis("case", case_id[:12], "--home", shipped[0]).stdout
    assert "there is no case" in calcinosis("case", "case_zzz", "--home", shipped[0], code=2).stderr


def test_looking_before_a_refresh_says_what_to_do(calcinosis: Run, tmp_path: Path) -> None:
    assert "run `calcinosis refresh` first" in calcinosis("show", "variant", "--home", tmp_path, code=2).stderr


def test_an_argument_that_names_no_file_is_refused(calcinosis: Run, tmp_path: Path) -> None:
    result = calcinosis("refresh", tmp_path / "missing.csv", "--home", tmp_path / "home", code=2)
    assert "missing.csv" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "command",
    ["refresh", "serve", "show", "sql", "check", "template", "case", "unmapped", "prisma", "runs", "rollback", "tables",
     "quarantine list", "quarantine show", "quarantine export", "sources list", "sources remove"],
)  # fmt: skip
def test_help_has_an_example(calcinosis: Run, command: str) -> None:
    text = calcinosis(*command.split(), "--help", TERMINAL_WIDTH="200").stdout
    assert "Example:" in text


def test_template_is_read_back_by_check(calcinosis: Run, tmp_path: Path) -> None:
    for name in ("cases.xlsx", "cases.csv"):
        sheet = tmp_path / name
        calcinosis("template", sheet)
        report = json.loads(calcinosis("check", sheet, "--json").stdout)
        assert report["n_records"] == report["n_accepted"] == 2
        assert report["unmapped"] == []
        assert report["headings"][0]["unknown"] == []
        assert set(report["headings"][0]["recognised"].values()) == set(intake_fields()) - {
            "corrects_record_key",
            "corrects_record_sha256",
        }


def test_check_says_what_would_happen_and_loads_nothing(calcinosis: Run, tmp_path: Path) -> None:
    rows = [
        {"Record ID": "1", "Alter": "55", "Gender": "f", "Site": "left frobnicator", "Shoe size": "42"},
        {"Record ID": "2", "Alter": "400", "Gender": "m", "Site": "scrotum", "Shoe size": ""},
    ]
    sheet = write_csv(tmp_path / "mine.csv", rows)
    report = json.loads(calcinosis("check", sheet, "--json", code=1).stdout)
    assert report["headings"][0]["recognised"]["Alter"] == "age_years"
    assert report["headings"][0]["unknown"] == ["Shoe size"]
    assert [row["term"] for row in report["unmapped"]] == ["left frobnicator"]
    assert [row["line_number"] for row in report["quarantined"]] == [3]
    assert not (tmp_path / "var").exists()


def test_quarantine_goes_out_is_corrected_and_comes_back(calcinosis: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    rows = [
        {"record_id": "1", "age_years": "55", "sex": "female", "lesion_sites": "left knee", "notes": "=1+1"},
        {"record_id": "2", "age_years": "400", "sex": "male", "lesion_sites": "scrotum", "notes": "=1+1"},
    ]
    source = write_csv(tmp_path / "clinic_a.csv", rows)
    first = json.loads(calcinosis("refresh", source, "--home", home, "--json").stdout)
    assert record_states(first) == {"accepted": 1, "quarantined": 1}
    listed = json.loads(calcinosis("quarantine", "list", "--format", "json", "--home", home).stdout)
    assert listed[0]["line_number"] == 3
    assert "400" in listed[0]["reasons"]
    shown = json.loads(calcinosis("quarantine", "show", listed[0]["record_key"], "--home", home).stdout)
    assert shown["payload"]["age_years"] == "400"
    assert shown["payload"]["notes"] == "=1+1"

    sheet = tmp_path / "to_correct.xlsx"
    calcinosis("quarantine", "export", sheet, "--home", home)
    book = openpyxl.load_workbook(sheet)
    headings = [cell.value for cell in book["cases"][1]]
    assert book["cases"].cell(2, headings.index("notes") + 1).value == "=1+1"
    assert book["cases"].cell(2, headings.index("notes") + 1).data_type == "s"
    book["cases"].cell(2, headings.index("age_years") + 1).value = "40"
    book.save(sheet)

    second = json.loads(calcinosis("refresh", sheet, "--home", home, "--json").stdout)
    assert second["n_cases"] == 2
    assert record_states(second) == {"accepted": 1, "unchanged": 1, "duplicate": 1}
    query = "SELECT record_id, source_key, age_years_low FROM registry.cases ORDER BY record_id"
    assert json.loads(calcinosis("sql", query, "-f", "json", "--home", home).stdout) == [
        {"record_id": "1", "source_key": "clinic_a", "age_years_low": 55.0},
        {"record_id": "2", "source_key": "clinic_a", "age_years_low": 40.0},
    ]
    assert calcinosis("quarantine", "list", "--format", "csv", "--home", home).stdout.count("\n") == 1


def test_a_run_whose_records_all_fail_is_held_back(calcinosis: Run, tmp_path: Path) -> None:
    sheet = write_csv(tmp_path / "bad.csv", [{"record_id": "1", "age_years": "400"}])
    result = calcinosis("refresh", sheet, "--home", tmp_path / "home", "--json", code=3)
    summary = json.loads(result.stdout)
    assert summary["status"] == "held"
    assert summary["published"] is False
    assert not (tmp_path / "home" / "registry.duckdb").exists()
    assert (tmp_path / "home" / "builds" / summary["run_id"] / "build.duckdb").exists()


def test_one_good_and_nine_broken_files(calcinosis: Run, tmp_path: Path) -> None:
    from tests.end_to_end.hostile import write_hostile_folder

    folder = write_hostile_folder(tmp_path / "mixed")
    summary = json.loads(calcinosis("refresh", folder, "--home", tmp_path / "home", "--json").stdout)
    assert summary["status"] == "published"
    assert summary["n_cases"] == 2
    failed = [file for file in summary["files"] if file["state"] == "failed"]
    assert len(failed) == 9
    assert all(file["reason"] and file["detail"] and file["advice"] for file in failed)
    again = json.loads(calcinosis("refresh", folder, "--home", tmp_path / "home", "--json").stdout)
    assert again["status"] == "unchanged"


def test_unreadable_input_only_ends_with_code_two(calcinosis: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    result = calcinosis("refresh", tmp_path / "empty.csv", "--home", tmp_path / "home", "--json", code=2)
    assert json.loads(result.stdout)["files"][0]["reason"] == "empty"
    listed = json.loads(calcinosis("runs", "--format", "json", "--home", tmp_path / "home").stdout)
    assert [run["status"] for run in listed] == ["failed"]


def test_rollback_publishes_the_version_before(calcinosis: Run, own_home: Path, tmp_path: Path) -> None:
    sheet = write_csv(tmp_path / "clinic_b.csv", [{"record_id": "1", "age_years": "55", "lesion_sites": "scalp"}])
    assert json.loads(calcinosis("refresh", sheet, "--home", own_home, "--json").stdout)["n_cases"] == N_CASES + 1
    calcinosis("rollback", "--home", own_home)
    count = json.loads(
        calcinosis("sql", "SELECT count(*) AS n FROM registry.cases", "-f", "json", "--home", own_home).stdout
    )
    assert count == [{"n": N_CASES}]
    assert "nothing to roll back to" in calcinosis("rollback", "--home", own_home, code=2).stderr


def test_a_source_is_removed_by_command(calcinosis: Run, own_home: Path, tmp_path: Path) -> None:
    sheet = write_csv(tmp_path / "clinic_c.csv", [{"record_id": "1", "age_years": "55", "lesion_sites": "scalp"}])
    calcinosis("refresh", sheet, "--home", own_home)
    sheet.unlink()
    stale = json.loads(calcinosis("refresh", "--home", own_home, "--json").stdout)
    assert [file["is_stale"] for file in stale["files"] if file["source_key"] == "clinic_c"] == [True]
    assert stale["n_cases"] == N_CASES + 1
    removed = json.loads(calcinosis("sources", "remove", "clinic_c", "--home", own_home, "--json").stdout)
    assert removed["n_cases"] == N_CASES
    assert record_states(removed) == {"unchanged": N_RECORDS, "withdrawn": 1}


def test_a_wrong_setting_is_named(calcinosis: Run, tmp_path: Path) -> None:
    result = calcinosis("runs", "--home", tmp_path, code=2, CALCINOSIS_KEEP_VERSIONS="none")
    assert "keep_versions" in result.stderr


def test_the_flow_runs_the_same_as_a_module(calcinosis: Run, own_home: Path) -> None:
    result = calcinosis("refresh", "--home", own_home, "--json")
    module = calcinosis("refresh", "--home", own_home, "--json", as_module=True)
    one, other = json.loads(result.stdout), json.loads(module.stdout)
    assert one["status"] == other["status"] == "unchanged"
    assert one["ledger"] == other["ledger"]
    assert one["distributions"] == other["distributions"]


def test_a_replay_of_the_shipped_registry_has_nothing_to_do(calcinosis: Run, own_home: Path) -> None:
    summary = json.loads(calcinosis("quarantine", "replay", "--home", own_home, "--json").stdout)
    assert summary["status"] == "unchanged"
    assert summary["replay"] == {"n_passed": 0, "n_kept": 0, "n_entered": 0, "n_dropped": 0, "records": []}
    assert record_states(summary) == {"unchanged": N_RECORDS}


def test_without_a_version_there_is_nothing_to_replay_or_compare(
    calcinosis: Run, shipped: Shipped, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    assert "nothing is published yet" in calcinosis("quarantine", "replay", "--home", nowhere, code=2).stderr
    assert "nothing is published yet" in calcinosis("diff", "--home", nowhere, code=2).stderr
    assert "no version before" in calcinosis("diff", "--home", shipped[0], code=2).stderr
