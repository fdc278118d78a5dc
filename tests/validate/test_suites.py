"""Suites run inside DuckDB: each expectation passes on a sound batch and fails on one that breaks it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.validate import suites
from flows.validate.suites import RuleResult, SuiteError, case_rules, check_suites, load_suites, row_rules, run_suites

from .suite_parts import COMPLETE, ROW_COUNT, gate, row_rule

RunRules = Callable[..., dict[str, RuleResult]]
WriteSuite = Callable[..., Path]

# One line each: the expectation, and the change to the four sound rows that breaks it.
BROKEN = [
    pytest.param(
        row_rule("age", "age_years NOT BETWEEN 0 AND 125"),
        "UPDATE staging.case_records SET age_years = 200 WHERE record_no < 3",
        2,
        id="unexpected rows",
    ),
    pytest.param(
        gate("sex_not_null", "expect_column_values_to_not_be_null", column="sex", mostly=0.75),
        "UPDATE staging.case_records SET sex = NULL WHERE record_no = 1",
        2,
        id="not null, mostly",
    ),
    pytest.param(
        gate("case_id_not_null", "expect_column_values_to_not_be_null", column="case_id"),
        "UPDATE staging.case_records SET case_id = NULL WHERE record_no = 1",
        1,
        id="not null",
    ),
    pytest.param(
        gate("sex_known", "expect_column_values_to_be_in_set", column="sex", value_set=["female", "male"]),
        "UPDATE staging.case_records SET sex = 'F' WHERE record_no <> 2",
        3,
        id="in set",
    ),
    pytest.param(
        gate("age_range", "expect_column_values_to_be_between", column="age_years", min_value=0, max_value=125),
        "UPDATE staging.case_records SET age_years = -1 WHERE record_no = 4",
        1,
        id="between",
    ),
    pytest.param(
        gate("row_count", "expect_table_row_count_to_be_between", min_value=4, max_value=4),
        "DELETE FROM staging.case_records WHERE record_no = 4",
        None,
        id="row count",
    ),
    pytest.param(
        gate("case_id_once", "expect_column_values_to_be_unique", column="case_id"),
        "UPDATE staging.case_records SET case_id = 'case_b' WHERE record_no = 1",
        2,
        id="unique",
    ),
    pytest.param(
        gate("age_is_double", "expect_column_values_to_be_of_type", column="age_years", type_="DOUBLE"),
        "ALTER TABLE staging.case_records ALTER age_years TYPE VARCHAR",
        None,
        id="of type double",
    ),
    pytest.param(
        gate("onset_is_date", "expect_column_values_to_be_of_type", column="onset_date", type_="DATE"),
        "ALTER TABLE staging.case_records ALTER onset_date TYPE VARCHAR",
        None,
        id="of type date",
    ),
    pytest.param(
        gate("pair_once", "expect_compound_columns_to_be_unique", column_list=["sex", "variant"]),
        "UPDATE staging.case_records SET variant = 'dystrophic' WHERE record_no IN (1, 3)",
        2,
        id="compound unique",
    ),
    pytest.param(
        gate(
            "sex_share",
            "expect_column_proportion_of_non_null_values_to_be_between",
            column="sex",
            min_value=0.7,
        ),
        "UPDATE staging.case_records SET sex = NULL WHERE record_no = 1",
        None,
        id="proportion of non null",
    ),
    pytest.param(
        gate("has_variant", "expect_column_to_exist", column="variant"),
        "ALTER TABLE staging.case_records DROP variant",
        None,
        id="column exists",
    ),
]


@pytest.mark.parametrize(("expectation", "change", "n_unexpected"), BROKEN)
def test_each_expectation_passes_on_sound_rows_and_catches_broken_ones(
    run_rules: RunRules, expectation: dict[str, Any], change: str, n_unexpected: int | None
) -> None:
    rule = expectation["meta"]["id"]
    sound = run_rules(expectation)[rule]
    assert (sound.success, sound.exception, sound.n_evaluated) == (True, None, 4)
    broken = run_rules(expectation, change=change)[rule]
    assert (broken.success, broken.exception, broken.n_unexpected) == (False, None, n_unexpected)


def test_an_empty_table_and_an_empty_column_are_caught_though_the_other_expectations_hold(run_rules: RunRules) -> None:
    in_set = gate("sex_known", "expect_column_values_to_be_in_set", column="sex", value_set=["female", "male"])
    results = run_rules(in_set, change="UPDATE staging.case_records SET case_id = NULL, sex = NULL")
    assert (results["sex_known"].success, results["case_id_is_complete"].success) == (True, False)
    results = run_rules(in_set, change="DELETE FROM staging.case_records")
    assert (results["sex_known"].success, results["has_records"].success) == (True, False)


def test_what_a_rule_says_comes_back_with_its_result(run_rules: RunRules) -> None:
    result = run_rules(row_rule("age", "age_years > 70", action="quarantine"))["age"]
    assert result == RuleResult(
        rule="age",
        type="unexpected_rows_expectation",
        success=False,
        n_unexpected=1,
        n_evaluated=4,
        observed_value=1,
        severity="warning",
        action="quarantine",
        field="age_years",
        sentence="age_years is plausible.",
    )


def test_more_unexpected_rows_than_are_listed_are_counted_exactly(run_rules: RunRules) -> None:
    many = (
        "INSERT INTO staging.case_records (record_no, case_id, age_years) SELECT i, 'x' || i, 300 FROM range(1234) t(i)"
    )
    assert run_rules(row_rule("age", "age_years > 125"), change=many)["age"].n_unexpected == 1234


def test_counts_are_those_of_the_same_query_run_set_wise(run_rules: RunRules, database: Path, tmp_path: Path) -> None:
    rules = [
        row_rule("old", "age_years > 50"),
        row_rule("text", r"regexp_matches(case_id, '^case_[a-b]{{1}}$') AND variant LIKE '%strop%'", field="variant"),
        row_rule("twice", "sex IN (SELECT sex FROM {batch} GROUP BY sex HAVING count(*) > 1)", field="sex"),
        row_rule("cast", "age_years::VARCHAR = '34.0'", action="quarantine"),
    ]
    joined = row_rule("joined", "TRUE")
    joined["kwargs"]["unexpected_rows_query"] = (
        "SELECT r.record_no, 'sex' AS field, r.sex AS value FROM {batch} AS r JOIN {batch} AS s ON s.sex = r.sex "
        "AND s.record_no > r.record_no;"
    )
    results = run_rules(*rules, joined)
    [suite] = load_suites(tmp_path / "expectations")
    with duckdb.connect(str(database), read_only=True) as connection:
        counts = {
            rule.rule: len(connection.execute(rule.select_from("staging.case_records")).fetchall())
            for rule in row_rules(suite)
        }
    assert counts == {"old": 2, "text": 1, "twice": 2, "cast": 1, "joined": 1}
    assert {rule: results[rule].n_unexpected for rule in counts} == counts


def test_an_exception_in_a_query_is_a_failed_gate_and_blames_no_other_rule(run_rules: RunRules) -> None:
    results = run_rules(
        row_rule("no_such_column", "nosuch > 1"),
        row_rule("not_a_number", "case_id::DOUBLE > 1"),
        gate("text_range", "expect_column_max_to_be_between", column="case_id", max_value=3),
        gate("bad_sum", "expect_column_sum_to_be_between", column="case_id", max_value=3),
        gate("age_max", "expect_column_max_to_be_between", column="age_years", max_value=71),
        gate("age_not_null", "expect_column_values_to_not_be_null", column="age_years"),
        row_rule("age", "age_years > 125"),
    )
    failed = {rule: result for rule, result in results.items() if not result.success}
    assert set(failed) == {"no_such_column", "not_a_number", "text_range", "bad_sum"}
    assert {result.action for result in failed.values()} == {"stop"}
    assert "nosuch" in str(failed["no_such_column"].exception)
    assert "Conversion Error" in str(failed["not_a_number"].exception)
    assert "[SQL:" not in str(failed["bad_sum"].exception)


def test_a_missing_table_fails_every_expectation_of_its_suite_and_no_other(
    database: Path, write_suite: WriteSuite
) -> None:
    folder = write_suite()
    other = {"name": "staging.coded_values", "expectations": [rename(ROW_COUNT, "n_coded"), rename(COMPLETE, "coded")]}
    (folder / "staging" / "coded_values.json").write_text(json.dumps(other), encoding="utf-8")
    results = {result.suite: result for result in run_suites(database, load_suites(folder), "run_1")}
    assert results["staging.case_records"].success
    missing = results["staging.coded_values"]
    assert (missing.success, missing.n_rows, len(missing.stops)) == (False, None, 2)
    assert all("coded_values" in str(result.exception) for result in missing.results)


def rename(expectation: dict[str, Any], rule: str) -> dict[str, Any]:
    return expectation | {"meta": expectation["meta"] | {"id": rule}}


def test_two_rules_that_differ_in_their_name_alone_both_give_a_result(run_rules: RunRules) -> None:
    results = run_rules(row_rule("age", "age_years > 70"), row_rule("age_again", "age_years > 70", action="quarantine"))
    assert (results["age"].n_unexpected, results["age_again"].n_unexpected) == (1, 1)
    assert (results["age"].action, results["age_again"].action) == ("flag", "quarantine")


def test_the_file_can_be_replaced_and_written_right_after_a_run(
    database: Path, write_suite: WriteSuite, tmp_path: Path
) -> None:
    read = load_suites(write_suite(row_rule("broken", "nosuch > 1")))
    run_suites(database, read, "run_1")
    replacement = tmp_path / "next.duckdb"
    with duckdb.connect(str(replacement)) as connection:
        connection.execute("CREATE SCHEMA staging")
        connection.execute("CREATE TABLE staging.case_records AS SELECT 9 AS record_no, 'z' AS case_id")
    replacement.replace(database)
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("SELECT case_id FROM staging.case_records").fetchall() == [("z",)]
        connection.execute("CREATE TABLE written (i INTEGER)")
    [result] = run_suites(database, read, "run_2")
    assert result.n_rows == 1


def test_nothing_is_written_beside_the_database_or_the_suites(
    database: Path, write_suite: WriteSuite, tmp_path: Path
) -> None:
    folder = write_suite(row_rule("age", "age_years > 70"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    run_suites(database, load_suites(folder), "run_1")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_reader_in_another_process_holds_up_nothing(database: Path, write_suite: WriteSuite) -> None:
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True); print('held', flush=True); input()"
    reader = subprocess.Popen(
        [sys.executable, "-c", hold, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "held\n"
        [result] = run_suites(database, load_suites(write_suite()), "run_1")
        reader.communicate("\n")
    assert result.success


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="no result"),
        pytest.param(
            {
                "success": True,
                "result": {"observed_value": 0},
                "exception_info": {"some figure": {"raised_exception": True, "exception_message": "it broke"}},
            },
            id="a success with an exception",
        ),
    ],
)
def test_whatever_great_expectations_answers_an_unjudged_gate_is_not_passed(
    database: Path, write_suite: WriteSuite, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    suites_read = load_suites(write_suite(AGE))
    monkeypatch.setattr(suites, "_validate", lambda *_: {"age": answer} if answer else {})
    [result] = run_suites(database, suites_read, "run_1")
    [judged] = [found for found in result.results if found.rule == "age"]
    assert (judged.success, judged.action, bool(judged.exception)) == (False, "stop", True)


def test_a_path_with_odd_characters_is_opened(database: Path, write_suite: WriteSuite, tmp_path: Path) -> None:
    odd = tmp_path / "år $HOME ?#%20 'x'.duckdb"
    database.rename(odd)
    [result] = run_suites(odd, load_suites(write_suite()), "run_1")
    assert result.success


def test_a_database_that_is_not_there_is_named(write_suite: WriteSuite, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.duckdb"):
        run_suites(tmp_path / "nowhere.duckdb", load_suites(write_suite()), "run_1")
    assert not (tmp_path / "nowhere.duckdb").exists()


def test_no_address_is_asked_for(run_rules: RunRules, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the run asked the network for something")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert run_rules()["has_records"].success


def test_a_run_is_silent(database: Path, write_suite: WriteSuite) -> None:
    folder = write_suite(
        row_rule("broken", "nosuch > 1"),
        gate("no_dialect", "expect_column_values_to_match_regex", column="sex", regex="^f"),
        gate("age_type", "expect_column_values_to_be_of_type", column="age_years", type_="DOUBLE"),
        gate("pair_once", "expect_compound_columns_to_be_unique", column_list=["sex", "variant"]),
    )
    program = (
        "import pathlib, sys; from flows.validate.suites import *; "
        "run_suites(pathlib.Path(sys.argv[1]), load_suites(pathlib.Path(sys.argv[2])), 'run_1')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", program, str(database), str(folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"GX_ANALYTICS_ENABLED": "True"},
    )
    ours = [line for line in done.stderr.splitlines() if "site-packages" not in line and not line.startswith("  ")]
    assert (done.stdout, ours) == ("", [])


def test_reading_suites_does_not_import_great_expectations(write_suite: WriteSuite) -> None:
    program = (
        "import pathlib, sys; from flows.validate.suites import load_suites; load_suites(pathlib.Path(sys.argv[1])); "
        "assert 'great_expectations' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(write_suite())], check=True)


def without(expectation: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in expectation.items() if key not in keys}


def with_meta(expectation: dict[str, Any], **changes: Any) -> dict[str, Any]:
    meta = expectation["meta"] | changes
    return expectation | {"meta": {key: value for key, value in meta.items() if value is not None}}


AGE = row_rule("age", "age_years > 125")


def with_query(query: str) -> dict[str, Any]:
    return AGE | {"kwargs": {"unexpected_rows_query": query}}


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (AGE | {"id": "0b1c"}, r"expectation 3 \(age\): unknown key id"),
        (with_meta(AGE, owner="x"), r"\(age\), meta: unknown key owner"),
        (with_meta(AGE, id=None), "no meta.id"),
        (with_meta(AGE, id="has_records"), r"meta\.id 'has_records' is also in"),
        (with_meta(AGE, action="drop"), "action 'drop'; write one of flag, hold, quarantine, stop"),
        (with_meta(AGE, action="hold"), "records cannot hold a publication back"),
        (with_meta(AGE, category=None), "category None; write one of completeness, conformance, plausibility"),
        (with_meta(AGE, category="accuracy"), "category 'accuracy'"),
        (with_meta(AGE, advice=None), "nothing says what to do"),
        (with_meta(AGE, threshold=1), "threshold 1; write the largest share"),
        (with_meta(AGE, threshold="much"), "threshold 'much'"),
        (with_meta(gate("given", "expect_column_values_to_not_be_null", column="sex"), threshold=0.1), "has 'mostly'"),
        (with_meta(AGE, evaluated="age_years > 0"), "evaluated and denominator belong together"),
        (with_meta(AGE, denominator="records with an age"), "evaluated and denominator belong together"),
        (with_meta(AGE, evaluated="sex = ' :b'", denominator="some"), "evaluated holds a parameter"),
        (with_meta(AGE, sentence=None), "no meta.sentence"),
        (with_meta(AGE, field=None), "no meta.field"),
        (AGE | {"severity": "fatal"}, "severity 'fatal'; write one of critical, info, warning"),
        (without(AGE, "type"), "no type"),
        (without(AGE, "kwargs"), "no unexpected_rows_query"),
        (
            with_meta(gate("known", "expect_column_values_to_be_in_set", column="sex", value_set=[]), action="flag"),
            "write it as unexpected_rows_expectation",
        ),
        (with_query("SELECT record_no, 'a' AS field, 1 AS value FROM staging.case_records"), r"no \{batch\}"),
        (with_query("SELECT record_no FROM {batch}"), "gives no field, value"),
        (with_query("SELECT record_no, field, value FROM {batch} WHERE a ~ 'x{2}'"), r"has \{2\}, \{batch\}"),
        (with_query("SELECT record_no, field, value FROM {batch} WHERE a = '}'"), "brace"),
        (
            with_query("SELECT record_no, field, value FROM {batch} WHERE a = ' :b'"),
            "':b' would be read as a parameter",
        ),
        (with_query("SELECT record_no, field, value FROM {batch} -- all"), "ends in a comment"),
    ],
)
def test_a_suite_that_is_not_whole_is_refused(
    write_suite: WriteSuite, expectation: dict[str, Any], message: str
) -> None:
    with pytest.raises(SuiteError, match=message) as refused:
        load_suites(write_suite(expectation))
    assert "case_records.json" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expectations": [COMPLETE]}, "no row count"),
        ({"expectations": [ROW_COUNT | {"kwargs": {}}, COMPLETE]}, "no row count"),
        ({"expectations": [ROW_COUNT]}, "no completeness"),
        ({"expectations": None}, "no list of expectations"),
        ({"name": "staging.cases"}, "the path asks for 'staging.case_records'"),
        ({"ge_cloud_id": None}, "unknown key ge_cloud_id"),
    ],
)
def test_a_suite_without_its_frame_is_refused(write_suite: WriteSuite, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        load_suites(write_suite(**changes))


def test_a_file_that_is_not_json_is_refused(write_suite: WriteSuite) -> None:
    folder = write_suite()
    (folder / "staging" / "case_records.json").write_text("{", encoding="utf-8")
    with pytest.raises(SuiteError, match="not valid JSON"):
        load_suites(folder)


@pytest.mark.parametrize(
    "expectation",
    [
        gate("wrong", "expect_no_such_thing", column="sex"),
        gate("wrong", "expect_column_values_to_be_in_set", column="sex", values=["a"]),
        gate("wrong", "expect_column_values_to_be_unique"),
    ],
)
def test_an_expectation_that_great_expectations_does_not_know_is_refused(
    write_suite: WriteSuite, expectation: dict[str, Any]
) -> None:
    with pytest.raises(SuiteError, match=r"case_records\.json \(wrong\): expect_.* cannot be built"):
        check_suites(load_suites(write_suite(expectation)))


def test_the_suite_of_the_manual_is_whole(run_rules: RunRules, write_suite: WriteSuite) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "validation.md").read_text(encoding="utf-8")
    example = json.loads(manual.split("```json")[1].split("```")[0])
    check_suites(load_suites(write_suite(**example)))
    [rule] = [found for found in example["expectations"] if found["meta"]["id"] == "age_is_plausible"]
    change = "UPDATE staging.case_records SET age_years = 126 WHERE record_no = 1"
    assert run_rules(rule, change=change)["age_is_plausible"].n_unexpected == 1


def test_only_staging_can_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "registry" / "cases.json"
    path.parent.mkdir()
    suite = {"name": "registry.cases", "expectations": [ROW_COUNT, COMPLETE, with_meta(AGE, action="quarantine")]}
    path.write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(SuiteError, match="only suites of staging can quarantine"):
        load_suites(tmp_path)


def test_row_rules_are_those_of_staging_that_do_not_stop(write_suite: WriteSuite) -> None:
    [suite] = load_suites(write_suite(AGE, with_meta(row_rule("keys", "FALSE"), action="stop")))
    [rule] = row_rules(suite)
    assert (rule.rule, rule.field, rule.action) == ("age", "age_years", "flag")
    assert "{batch}" in rule.query


def test_a_rule_holds_up_to_its_threshold_of_what_it_can_judge(run_rules: RunRules) -> None:
    # Of the three patients with a sex two are female, of all four a half.
    rule = with_meta(
        row_rule("female", "sex = 'female'"), evaluated="sex IS NOT NULL", denominator="records with a sex"
    )
    for threshold, holds in ((0.66, False), (0.67, True)):
        found = run_rules(with_meta(rule, threshold=threshold))["female"]
        assert (found.success, found.n_unexpected, found.n_evaluated) == (holds, 2, 3)


def test_a_rule_on_cases_names_the_case(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    folder.mkdir()
    rule = with_query("SELECT record_no, 'age' AS field, 1 AS value FROM {batch}")
    content = {"name": "registry.cases", "expectations": [ROW_COUNT, COMPLETE, rule]}
    (folder / "cases.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SuiteError, match="gives no case_id; a row rule selects case_id, field, value"):
        load_suites(tmp_path)
    rule["kwargs"]["unexpected_rows_query"] = "SELECT case_id, 'age' AS field, 1 AS value FROM {batch}"
    (folder / "cases.json").write_text(json.dumps(content), encoding="utf-8")
    [suite] = load_suites(tmp_path)
    assert ([found.rule for found in case_rules(suite)], row_rules(suite)) == (["age"], [])
