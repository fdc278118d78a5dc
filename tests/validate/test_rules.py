"""The shipped suites: sound records pass all of them, and each expectation is broken by a batch of its own and caught.

The batches stand in tests/validate/rules: records that go through every stage, and changes to tables of a sound build.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.analyse.distributions import build_analytics
from flows.coding.stage import code_records
from flows.database import open_build
from flows.home import Home
from flows.load.cases import append_history, judge_and_merge
from flows.load.raw import load_raw, plan_files
from flows.load.records import gather_records
from flows.validate.drift import measure_drift
from flows.validate.stage import shipped_suites
from flows.validate.suites import UNEXPECTED_ROWS, Rule, RuleResult, Suite, case_rules, row_rules, run_suites

RULES = Path(__file__).parent / "rules"
RUN = "run_1"
GENERATED = "data/dictionary"
OF_NARRATIVES = ("registry.case_evidence", "registry.documents")
Record = dict[str, str]


def _batches(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RULES / name).read_text(encoding="utf-8"))
    return content


FITTING = _batches("fitting_records.json")
BROKEN_RECORDS: dict[str, list[Record]] = _batches("broken_records.json")["records"]
BROKEN_PAIRS: dict[str, list[Record]] = _batches("broken_pairs.json")["pairs"]
BROKEN_CASES: dict[str, list[list[Record]]] = _batches("broken_cases.json")["cases"]
BROKEN_TABLES: dict[str, dict[str, Any]] = _batches("broken_tables.json")["changes"]

ALL_RULES = [(suite, rule) for suite in shipped_suites() for rule in suite.rules]
WRITTEN = {rule.rule for _, rule in ALL_RULES if rule.source != GENERATED}


def _record(changes: Record, name: str) -> Record:
    """The sound record with some fields changed; name makes its DOI and title its own."""
    sound = FITTING["sound"]
    return {**sound, "doi": f"10.1000/{name}", "title": f"{sound['title']}, {name}", **changes, "notes_name": name}


def _sound_records() -> list[Record]:
    return [_record(changes, f"fitting.{n}") for n, changes in enumerate(FITTING["records"])]


def _broken_records() -> list[Record]:
    return [_record(record, f"{rule}.{n}") for rule, given in BROKEN_RECORDS.items() for n, record in enumerate(given)]


def _pair_records(place: int) -> list[Record]:
    return [_record(pair[place], rule) for rule, pair in BROKEN_PAIRS.items()]


def _case_records(place: int) -> list[Record]:
    return [
        _record(records[place], f"{rule}.{n}")
        for rule, cases in BROKEN_CASES.items()
        for n, records in enumerate(cases)
        if place < len(records)
    ]


def _build(folder: Path, sources: dict[str, Sequence[Record]]) -> Path:
    """Take records through every stage up to the distributions; gives the database.

    Earlier sources speak first. The name of a record stands in a column that no mapping knows.
    """
    home = Home(folder / "home")
    home.create()
    for key, records in sources.items():
        headings = list(dict.fromkeys(heading for record in records for heading in record))
        with (folder / f"{key}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, headings, restval="")
            writer.writeheader()
            writer.writerows(records)
    overrides = {key: {"priority": place, "obtained": "2098-12-31"} for place, key in enumerate(sources, start=1)}
    plan = plan_files(home, [f"{key}={folder / key}.csv" for key in sources], overrides, full=False)
    load_raw(home, RUN, plan, overrides)
    with open_build(home.build_database(RUN)) as connection:
        gather_records(connection)
        code_records(connection)
        judge_and_merge(connection)
        append_history(connection, home, RUN)
        build_analytics(connection)
        measure_drift(connection, RUN, 0.05)
    return home.build_database(RUN)


@pytest.fixture(scope="module")
def sound_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of records that fit, one of which two sources tell alike."""
    records = _sound_records()
    again = {**records[0], "outcome": "", "notes": "read again"}
    return _build(tmp_path_factory.mktemp("sound"), {"first": records, "second": [again]})


@pytest.fixture(scope="module")
def mixed_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of records that fit and of records that break each row rule."""
    first = [*_sound_records(), *_broken_records(), *_pair_records(0), *_case_records(0)]
    second = [*_pair_records(1), *_case_records(1)]
    return _build(tmp_path_factory.mktemp("mixed"), {"first": first, "second": second})


@pytest.fixture(scope="module")
def hits(mixed_build: Path) -> dict[str, list[str]]:
    """Rules that each record of the mixed build breaks, by the name of the record and its source."""
    with duckdb.connect(str(mixed_build), read_only=True) as connection:
        rows = connection.execute(
            "SELECT records.source_key || ':' || json_extract_string(records.extra, '$.notes_name'), "
            "coalesce(list(hits.rule ORDER BY hits.rule) FILTER (hits.rule IS NOT NULL), []) "
            "FROM staging.records AS records "
            "LEFT JOIN staging.rule_hits AS hits ON hits.record_no = records.record_no GROUP BY ALL"
        ).fetchall()
    return dict(rows)


@pytest.fixture(scope="module")
def case_hits(mixed_build: Path) -> dict[str, list[str]]:
    """Rules on cases that the case of each record of the first source breaks, by the name of the record."""
    with duckdb.connect(str(mixed_build), read_only=True) as connection:
        rows = connection.execute(
            "SELECT json_extract_string(records.extra, '$.notes_name'), "
            "coalesce(list(DISTINCT hits.rule ORDER BY hits.rule) FILTER (hits.rule IS NOT NULL), []) "
            "FROM staging.records AS records INNER JOIN staging.record_cases AS cases USING (record_no) "
            "LEFT JOIN staging.case_rule_hits AS hits ON hits.case_id = cases.case_id "
            "WHERE records.source_key = 'first' GROUP BY ALL"
        ).fetchall()
    return dict(rows)


def _gx(database: Path) -> dict[str, RuleResult]:
    return {found.rule: found for result in run_suites(database, shipped_suites(), RUN) for found in result.results}


def test_sound_records_pass_every_expectation(sound_build: Path) -> None:
    failed = {
        rule: found.exception or found.n_unexpected for rule, found in _gx(sound_build).items() if not found.success
    }
    assert failed == {}


@pytest.mark.parametrize("place", range(len(FITTING["records"])))
def test_record_near_a_limit_breaks_no_rule(
    hits: dict[str, list[str]], case_hits: dict[str, list[str]], place: int
) -> None:
    assert hits[f"first:fitting.{place}"] == [], FITTING["records"][place]
    assert case_hits[f"fitting.{place}"] == [], FITTING["records"][place]


@pytest.mark.parametrize(
    ("rule", "place"), [(rule, place) for rule, records in BROKEN_RECORDS.items() for place in range(len(records))]
)
def test_record_breaks_its_rule_and_no_other(hits: dict[str, list[str]], rule: str, place: int) -> None:
    assert hits[f"first:{rule}.{place}"] == [rule], BROKEN_RECORDS[rule][place]


@pytest.mark.parametrize("rule", BROKEN_PAIRS)
def test_second_record_of_a_case_breaks_its_rule_and_no_other(hits: dict[str, list[str]], rule: str) -> None:
    assert (hits[f"first:{rule}"], hits[f"second:{rule}"]) == ([], [rule])


@pytest.mark.parametrize(
    ("rule", "place"), [(rule, place) for rule, cases in BROKEN_CASES.items() for place in range(len(cases))]
)
def test_case_breaks_its_rule_and_no_other(
    hits: dict[str, list[str]], case_hits: dict[str, list[str]], rule: str, place: int
) -> None:
    assert case_hits[f"{rule}.{place}"] == [rule], BROKEN_CASES[rule][place]
    assert hits[f"first:{rule}.{place}"] == hits.get(f"second:{rule}.{place}", []) == []


def test_findings_of_cases_stand_with_their_case_and_count_in_it(mixed_build: Path) -> None:
    with duckdb.connect(str(mixed_build), read_only=True) as connection:
        [(n_hits, n_found, n_counted, n_of_cases)] = connection.execute(
            "SELECT (SELECT count(*) FROM staging.case_rule_hits), "
            "(SELECT count(*) FROM quality.findings WHERE record_key IS NULL AND source_key IS NULL), "
            "(SELECT sum(n_findings)::BIGINT FROM registry.cases), "
            "(SELECT count(*) FROM quality.findings WHERE case_id IS NOT NULL)"
        ).fetchall()
        severities = connection.execute(
            "SELECT DISTINCT severity, action FROM quality.findings WHERE rule = 'year_fits_doi'"
        ).fetchall()
    # A record that breaks a rule of its own may make a case whose variant does not fit.
    assert n_hits == n_found >= sum(map(len, BROKEN_CASES.values()))
    assert n_counted == n_of_cases
    assert severities == [("warning", "flag")]


def test_quarantined_records_are_those_that_break_a_rule_with_that_action(mixed_build: Path) -> None:
    actions = {rule.rule: rule.action for suite in shipped_suites() for rule in row_rules(suite)}
    n_broken = sum(len(records) for rule, records in BROKEN_RECORDS.items() if actions[rule] == "quarantine")
    with duckdb.connect(str(mixed_build), read_only=True) as connection:
        [(n_quarantined, n_accepted)] = connection.execute(
            "SELECT (SELECT count(*) FROM quality.quarantine), (SELECT count(*) FROM registry.case_contributions)"
        ).fetchall()
    n_records = len(FITTING["records"]) + sum(map(len, BROKEN_RECORDS.values())) + 2 * len(BROKEN_PAIRS)
    n_records += sum(len(records) for cases in BROKEN_CASES.values() for records in cases)
    assert (n_quarantined, n_accepted) == (n_broken, n_records - n_broken)


@pytest.fixture(scope="module")
def mixed_results(mixed_build: Path) -> dict[str, RuleResult]:
    """What Great Expectations finds in the mixed build, by rule."""
    return _gx(mixed_build)


def test_great_expectations_counts_what_the_row_rules_hit(
    mixed_build: Path, mixed_results: dict[str, RuleResult]
) -> None:
    with duckdb.connect(str(mixed_build), read_only=True) as connection:
        counted = dict(
            connection.execute(
                "SELECT rule, count(*) FROM (SELECT rule FROM staging.rule_hits UNION ALL "
                "SELECT rule FROM staging.case_rule_hits) GROUP BY rule"
            ).fetchall()
        )
    rules = {rule.rule for suite in shipped_suites() for rule in (*row_rules(suite), *case_rules(suite))}
    assert {rule: mixed_results[rule].n_unexpected for rule in rules} == {rule: counted.get(rule, 0) for rule in rules}


def test_gates_let_broken_records_pass_by(mixed_results: dict[str, RuleResult]) -> None:
    stopped = [rule for rule, found in mixed_results.items() if not found.success and found.action == "stop"]
    assert stopped == []


def _change_for(suite: Suite, rule: Rule) -> str:
    """SQL that breaks an expectation that follows from the dictionary, by what it asks for."""
    if rule.type == "expect_table_row_count_to_be_between":
        return f"DROP TABLE {suite.name}"
    if rule.rule.endswith("_types"):
        return f"ALTER TABLE {suite.name} ADD COLUMN undeclared VARCHAR"
    column = re.search(r"SELECT '(\w+)' AS field", rule.kwargs.get("unexpected_rows_query", ""))
    name = column.group(1) if column else rule.kwargs["column"]
    # Of narratives there is none in the sound build.
    fill = (
        f"INSERT INTO {suite.name} BY NAME SELECT NULL::VARCHAR AS source_key; " if suite.name in OF_NARRATIVES else ""
    )
    return (
        f"{fill}UPDATE {suite.name} SET {name} = {chr(39) + '?' + chr(39) if rule.rule.endswith('_values') else 'NULL'}"
    )


@pytest.mark.parametrize(
    ("suite", "rule"),
    [
        pytest.param(suite, rule, id=rule.rule)
        for suite, rule in ALL_RULES
        if rule.rule in BROKEN_TABLES or rule.source == GENERATED
    ],
)
def test_changed_table_is_caught(sound_build: Path, tmp_path: Path, suite: Suite, rule: Rule) -> None:
    database = tmp_path / "changed.duckdb"
    shutil.copy(sound_build, database)
    change = BROKEN_TABLES.get(rule.rule) or {"sql": _change_for(suite, rule)}
    with open_build(database) as connection:
        connection.execute(change["sql"])
    [result] = run_suites(database, [replace(suite, rules=(rule,))], RUN)
    assert not result.success
    if rule.source != GENERATED and change.get("also") != ["*"]:
        assert _broken_queries(database, suite) - {rule.rule} == set(change.get("also", []))


def _broken_queries(database: Path, suite: Suite) -> set[str]:
    """Rules of the suite that are queries, apart from those of the dictionary, that a table breaks."""
    queries = {
        rule.rule: rule.kwargs["unexpected_rows_query"].format(batch=suite.name)
        for rule in suite.rules
        if rule.type == UNEXPECTED_ROWS and rule.source != GENERATED
    }
    with duckdb.connect(str(database), read_only=True) as connection:
        return {rule for rule, query in queries.items() if connection.execute(f"{query} LIMIT 1").fetchone()}


def test_every_expectation_has_a_batch_that_breaks_it() -> None:
    with_batch = [*BROKEN_RECORDS, *BROKEN_PAIRS, *BROKEN_CASES, *BROKEN_TABLES]
    assert sorted(with_batch) == sorted(WRITTEN)


def test_sentences_say_what_to_do() -> None:
    silent = [
        rule.rule for _, rule in ALL_RULES if rule.source != GENERATED and not re.search(r"[:,] .+\.$", rule.sentence)
    ]
    assert silent == []
