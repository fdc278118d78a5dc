"""Decision tables against the registry that they speak of, and what is refused."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.coding.vocabulary import load_vocabulary
from flows.dictionary import load_dictionary
from flows.load import rule_tables
from flows.load.rule_tables import RuleTableError, load_rule_tables
from flows.resources import resource


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA staging")
    return connection


def test_every_field_of_completeness_is_a_state_of_the_cases(connection: duckdb.DuckDBPyConnection) -> None:
    load_rule_tables(connection)
    fields = connection.execute("SELECT unnest(case_fields) FROM staging.completeness_items").fetchall()
    assert len(fields) >= 14
    assert {f"{field}_state" for (field,) in fields} <= set(load_dictionary().tables["registry.cases"].columns)


def test_every_code_of_the_work_up_is_known(connection: duckdb.DuckDBPyConnection) -> None:
    load_rule_tables(connection)
    rows = connection.execute("SELECT DISTINCT evidence_kind, code FROM staging.work_up_rules").fetchall()
    interpretations = {code for kind, code in rows if kind == "interpretation"}
    assert interpretations == {"serum_calcium", "serum_phosphate"}
    for vocabulary in ("laboratory_test", "disease", "autoantibody"):
        codes = {code for kind, code in rows if kind == vocabulary}
        assert codes
        assert codes <= set(load_vocabulary(vocabulary).terms)


def test_the_work_up_has_the_six_items_of_the_source_case(connection: duckdb.DuckDBPyConnection) -> None:
    load_rule_tables(connection)
    items = connection.execute("SELECT DISTINCT work_up_item FROM staging.work_up_rules ORDER BY 1").fetchall()
    assert [item for (item,) in items] == [
        "calcium_intake", "calcium_phosphate", "collagen_vascular_disease", "malignancy", "renal_function", "vitamin_d",
    ]  # fmt: skip


def test_every_rule_has_its_source() -> None:
    for name in ("completeness_items.csv", "work_up_items.csv"):
        with resource("data", "rules", name).open(encoding="utf-8", newline="") as stream:
            assert all(row["source"] for row in csv.DictReader(stream))


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("completeness_items.csv", "odd,Odd,,1,5a,x", "'odd' needs fields and a weight above 0"),
        ("completeness_items.csv", "odd,Odd,age,none,5a,x", "'odd' needs fields and a weight above 0"),
        ("completeness_items.csv", "odd,Odd,age,0,5a,x", "'odd' needs fields and a weight above 0"),
        ("work_up_items.csv", "vitamin_d,Vitamin D,smell,x,,,y", "no kind of evidence is called 'smell'"),
        ("work_up_items.csv", "vitamin_d,Vitamin D,disease,rickets,,normal,y", "a disease says what its presence"),
        ("work_up_items.csv", "vitamin_d,Vitamin D,disease,rickets,abnormal,,y", "a disease says what its presence"),
        ("work_up_items.csv", "vitamin_d,Vitamin D,laboratory_test,x,abnormal,,y", "and nothing else does"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    connection: duckdb.DuckDBPyConnection,
    name: str,
    row: str,
    message: str,
) -> None:
    shutil.copytree(resource("data", "rules"), tmp_path / "rules")
    with (tmp_path / "rules" / name).open("a", encoding="utf-8") as stream:
        stream.write(row + "\n")
    found: Callable[..., Path] = lambda *parts: tmp_path / "rules" / parts[-1]  # noqa: E731
    monkeypatch.setattr(rule_tables, "resource", found)
    with pytest.raises(RuleTableError, match=rf"{name}, line \d+: .*{message}"):
        load_rule_tables(connection)
