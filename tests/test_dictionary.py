"""The data dictionary against a registry that was really built, and against itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from flows.coding.vocabulary import load_vocabulary
from flows.database import open_build, open_reader
from flows.dictionary import (
    DictionaryError,
    Table,
    foreign_keys,
    identifying_fields,
    label,
    load_dictionary,
    orphans,
)
from flows.dictionary.database import described_columns, take_columns
from flows.dictionary.page import dictionary_page
from flows.dictionary.reading import read_dictionary, vocabulary_path
from flows.dictionary.suites import GENERATED, generated_expectations, suite_files, suite_text
from flows.ingest.mapping import intake_fields
from flows.pipeline import refresh
from flows.resources import resource

CASES = """\
record_id,doi,year,patient_index,age_years,sex,variant_stated,lesion_sites,associated_diseases,treatments
a,10.1000/one,2010,1,54,female,dystrophic,left elbow; both knees,systemic sclerosis,excision
b,10.1000/one,2010,2,in his 70s,male,calciphylaxis,thigh,chronic kidney disease,
c,10.1000/two,2015,1,400,female,idiopathic,scrotum,,
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dictionary")
    (folder / "small.csv").write_text(CASES, encoding="utf-8")
    summary = refresh([str(folder / "small.csv")], home=str(folder / "home"))
    assert summary["status"] == "published"
    return folder / "home"


@pytest.fixture
def registry(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_reader(home / "registry.duckdb") as connection:
        yield connection


@pytest.fixture
def build(home: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the registry that may be spoilt."""
    shutil.copy(home / "registry.duckdb", tmp_path / "build.duckdb")
    with open_build(tmp_path / "build.duckdb") as connection:
        yield connection


def test_the_dictionary_has_the_columns_of_the_database_and_the_database_those_of_the_dictionary(
    registry: duckdb.DuckDBPyConnection,
) -> None:
    found: dict[str, list[tuple[str, str]]] = {}
    for schema, table, column, kind in described_columns(registry):
        found.setdefault(f"{schema}.{table}", []).append((column, kind))
    described = {name: list(table.columns.items()) for name, table in load_dictionary().tables.items()}
    assert sorted(found) == sorted(described)
    for name, columns in found.items():
        assert described[name] == columns, name


def test_tables_views_and_macros_are_what_the_dictionary_calls_them(registry: duckdb.DuckDBPyConnection) -> None:
    found = {
        f"{schema}.{name}": "view" if kind == "VIEW" else "table"
        for schema, name, kind in registry.execute(
            "SELECT table_schema, table_name, table_type FROM information_schema.tables "
            "WHERE table_catalog = current_database()"
        ).fetchall()
    }
    macros = registry.execute("SELECT function_name FROM duckdb_functions() WHERE function_type = 'table_macro'")
    own = {path.stem for path in resource("sql", "macros").glob("*.sql")}
    found |= {f"macros/{name}".replace("/", "."): "macro" for (name,) in macros.fetchall() if name in own}
    assert found == {name: table.kind for name, table in load_dictionary().tables.items()}


def test_a_comment_stands_at_every_table_and_column(registry: duckdb.DuckDBPyConnection) -> None:
    dictionary = load_dictionary()
    columns = registry.execute(
        "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal"
    ).fetchall()
    assert len(columns) > 500
    for _, column, comment in columns:
        assert comment == dictionary.fields[column].comment
    said = dict(
        registry.execute(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE NOT internal UNION ALL "
            "SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal UNION ALL "
            "SELECT DISTINCT 'macros.' || function_name, comment FROM duckdb_functions() "
            "WHERE function_type = 'table_macro' AND comment IS NOT NULL"
        ).fetchall()
    )
    assert said == {name: table.comment for name, table in dictionary.tables.items()}


def test_what_a_comment_says() -> None:
    fields = load_dictionary().fields
    assert fields["age_years_low"].comment.endswith('"12-day-old" 0.033. Unit: a.')
    assert fields["change"].comment == "What happened to the case. Values: added, changed, withdrawn."
    assert fields["sex_code"].comment == "Sex of the patient as reported. Codes of the vocabulary sex."
    assert fields["sex"].comment == "Sex of the patient as reported. Coded with the vocabulary sex."
    assert fields["notes"].comment.endswith("Can identify a person.")


def test_parents_have_their_primary_keys_and_no_other_table_has_one(registry: duckdb.DuckDBPyConnection) -> None:
    keys = registry.execute(
        "SELECT schema_name || '.' || table_name, constraint_column_names FROM duckdb_constraints() "
        "WHERE constraint_type = 'PRIMARY KEY' AND database_name = current_database() ORDER BY 1"
    ).fetchall()
    assert keys == [
        ("registry.cases", ["case_id"]),
        ("registry.publications", ["publication_id"]),
        ("registry.terms", ["vocabulary", "code"]),
    ]


def test_a_sound_registry_has_no_orphans(registry: duckdb.DuckDBPyConnection) -> None:
    assert orphans(registry) == []


def test_rows_without_a_parent_are_counted_by_reference(build: duckdb.DuckDBPyConnection) -> None:
    # Cases a and b have one publication; c is in quarantine. a has two lesion sites (elbow, knees), b has one.
    build.execute("DELETE FROM registry.publications")
    assert ("registry.cases", "publication_id", "registry.publications", 2) in orphans(build)
    build.execute("DELETE FROM registry.cases")
    found = {(table, columns): n for table, columns, _, n in orphans(build)}
    assert found["registry.case_lesion_sites", "case_id"] == 3
    assert found["registry.case_treatments", "case_id"] == 1
    assert ("registry.cases", "publication_id") not in found


def test_every_case_table_refers_to_its_case() -> None:
    referring = {key.table for key in foreign_keys() if key.parent == "registry.cases"}
    tables = load_dictionary().tables
    assert {name for name in tables if name.startswith("registry.case_")} <= referring


def test_intake_fields_are_the_text_columns_of_raw_records() -> None:
    raw = load_dictionary().tables["raw.records"].columns
    assert [column for column in raw if load_dictionary().fields[column].is_intake] == list(intake_fields())
    assert {raw[field] for field in intake_fields()} == {"VARCHAR"}


def test_vocabularies_and_values_exist(registry: duckdb.DuckDBPyConnection) -> None:
    loaded = {row[0] for row in registry.execute("SELECT DISTINCT vocabulary FROM registry.terms").fetchall()}
    for field in load_dictionary().fields.values():
        if field.vocabulary:
            assert vocabulary_path(field.vocabulary).is_file()
            assert field.vocabulary in loaded
            assert not set(field.allowed) & set(_codes(field.vocabulary))
        assert all(field.allowed)
        assert len(set(field.allowed)) == len(field.allowed)


def _codes(vocabulary: str) -> list[str]:
    return [] if vocabulary == "age_group" else list(load_vocabulary(vocabulary).terms)


def test_labels_and_identifying_fields() -> None:
    assert label("variant_used_code") == "Variant"
    assert {"record_id", "notes", "payload", "extra", "offending_value"} <= set(identifying_fields())
    assert "sex_code" not in identifying_fields()


def test_the_page_is_not_stale() -> None:
    written = (resource("docs") / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary_page(), "run `python -m flows.dictionary`"


def test_the_page_names_every_table_and_what_identifies() -> None:
    page = dictionary_page()
    for name in load_dictionary().tables:
        assert f"\n## {name}\n" in page
    assert "| `notes` ⚠ | VARCHAR |" in page
    assert "| `disease_code` | VARCHAR |  | [disease](../data/vocabulary/disease.csv) |" in page


def test_no_suite_is_stale() -> None:
    files = dict(suite_files())
    assert len(files) >= 11
    for path, text in files.items():
        assert path.read_text(encoding="utf-8") == text, "run `python -m flows.dictionary`"


def test_expectations_written_by_hand_stay_byte_for_byte_and_come_first() -> None:
    table = load_dictionary().tables["registry.case_imaging"]
    by_hand = '{"type": "expect_column_values_to_be_unique",   "severity":"info",\n "kwargs": {"column": "case_id"},"meta":{}}'
    count = '{"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 3}}'
    stale = json.dumps({"type": "unexpected_rows_expectation", "meta": {"id": "old", "source": GENERATED}})
    prefix = '{"name": "registry.case_imaging", "expectations": '
    written = f'{prefix}[{stale}, {by_hand}, {stale},\n{count}], "meta": {{}}}}\n'
    merged = suite_text(table, written)
    assert merged.startswith(f"{prefix}[\n    {by_hand},\n    {count},\n    {{")
    assert merged.endswith('\n  ], "meta": {}}\n')
    rules = json.loads(merged)["expectations"]
    assert [rule.get("meta", {}).get("source") for rule in rules[:2]] == [None, None]
    assert all(rule["meta"]["source"] == GENERATED and rule["meta"]["id"] != "old" for rule in rules[2:])
    assert [rule["type"] for rule in rules].count("expect_table_row_count_to_be_between") == 1
    assert suite_text(table, merged) == merged


def test_a_new_suite_has_row_count_and_completeness() -> None:
    table = load_dictionary().tables["registry.cases"]
    suite = json.loads(suite_text(table, None))
    assert suite["name"] == "registry.cases"
    assert [rule["type"] for rule in suite["expectations"][:2]] == [
        "expect_table_row_count_to_be_between",
        "expect_column_values_to_not_be_null",
    ]
    assert suite["expectations"][0]["kwargs"] == {"min_value": 1}
    assert {rule["meta"]["action"] for rule in suite["expectations"]} == {"stop"}
    assert {rule["severity"] for rule in suite["expectations"]} == {"critical"}


def _broken(build: duckdb.DuckDBPyConnection, table: Table, gate: str) -> list[tuple[object, ...]]:
    queries = {
        rule["meta"]["id"]: rule["kwargs"].get("unexpected_rows_query") for rule in generated_expectations(table)
    }
    return build.execute(queries[f"declared_{table.name}_{gate}"].format(batch=table.full_name)).fetchall()


@pytest.mark.parametrize(
    ("spoil", "table", "gate", "found"),
    [
        ("UPDATE registry.cases SET sex_code = 'f'", "cases", "values", ("sex_code", "f")),
        ("UPDATE registry.cases SET age_state = 'maybe'", "cases", "values", ("age_state", "maybe")),
        (
            "UPDATE registry.cases SET lesion_site_codes = ['elbow', 'elbo']",
            "cases",
            "values",
            ("lesion_site_codes", "elbo"),
        ),
        (
            "UPDATE registry.case_associated_diseases SET interpretation_code = 'unsure'",
            "case_associated_diseases",
            "values",
            ("interpretation_code", "unsure"),
        ),
        ("UPDATE registry.cases SET outcome_state = NULL", "cases", "not_null", ("outcome_state", None)),
        (
            "ALTER TABLE registry.case_treatments ALTER item_position TYPE VARCHAR",
            "case_treatments",
            "types",
            ("item_position", "VARCHAR"),
        ),
        (
            "ALTER TABLE registry.case_treatments ADD COLUMN more INTEGER",
            "case_treatments",
            "types",
            ("more", "INTEGER"),
        ),
        ("ALTER TABLE registry.case_treatments DROP COLUMN item_text", "case_treatments", "types", ("item_text", None)),
    ],
)
def test_a_generated_gate_finds_what_breaks_it(
    build: duckdb.DuckDBPyConnection, spoil: str, table: str, gate: str, found: tuple[object, ...]
) -> None:
    described = load_dictionary().tables[f"registry.{table}"]
    assert _broken(build, described, gate) == []
    build.execute(spoil)
    assert set(_broken(build, described, gate)) == {found}


def test_words_beside_a_vocabulary_are_allowed(build: duckdb.DuckDBPyConnection) -> None:
    build.execute("UPDATE registry.case_associated_diseases SET interpretation_code = 'suspected'")
    assert _broken(build, load_dictionary().tables["registry.case_associated_diseases"], "values") == []


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def _append(name: str, line: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            _append("fields.csv", "doi,DOI,no,VARCHAR,,,,no,no,Again,x"),
            r"fields.csv, line \d+: 'doi' is described twice",
        ),
        (_append("fields.csv", "spare,Spare,no,VARCHAR,,,,no,no,Spare,x"), r"fields.csv.*no table has 'spare'"),
        (_append("fields.csv", "spare,Spare,no,VARCHAR,,,,no,maybe,Spare,x"), "identifying of 'spare' is 'maybe'"),
        (_append("fields.csv", "spare,Spare,no,VARCHAR,,,,no,no,,x"), "'spare' has no description"),
        (_append("fields.csv", "spare,Spare,no,VARCHAR,,nowhere,,no,no,Spare,x"), "no vocabulary 'nowhere'"),
        (_append("fields.csv", "spare,Spare"), "more or fewer cells"),
        (_replace("fields.csv", "field,label", "name,label"), "fields.csv, line 1: the columns must be"),
        (_append("columns.csv", "registry,terms,9,spare,"), r"columns.csv, line \d+: no field 'spare'"),
        (_append("columns.csv", "registry,terms,9,code,"), "registry.terms has 'code' twice"),
        (_append("columns.csv", "registry,terms,10,doi,"), "position 10 of registry.terms comes after 8"),
        (_append("columns.csv", "registry,terms,9,doi,VARCHAR"), "VARCHAR is the type of the field"),
        (_append("columns.csv", "registry,terms,9,doi,BIGINT"), "outside raw and staging a name has one type"),
        (_append("columns.csv", "registry,spare,1,doi,"), "tables.csv: registry.spare: in columns.csv and not here"),
        (_append("tables.csv", "registry,cases,table,,,,,,,"), r"tables.csv, line \d+: registry.cases is listed twice"),
        (_append("tables.csv", "registry,spare,table,,,,,,,"), "registry.spare has no columns"),
        (_replace("tables.csv", "registry,terms,table,", "registry,terms,list,"), "kind .list. of registry.terms"),
        (
            _replace("tables.csv", "registry,terms,table,,", "registry,terms,table,Terms,"),
            "leave title and grain empty",
        ),
        (_replace("tables.csv", "case_id -> registry.cases(case_id)", "case_id: cases"), "is not a reference"),
        (
            _replace("tables.csv", "case_id -> registry.cases(case_id)", "case_id -> registry.cases(record_id)"),
            "not the primary key",
        ),
        (
            _replace("tables.csv", "case_id -> registry.cases(case_id)", "spare -> registry.cases(case_id)"),
            "has no column 'spare'",
        ),
    ],
)
def test_a_contradiction_is_refused_with_its_place(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    folder = tmp_path / "dictionary"
    shutil.copytree(resource("data", "dictionary"), folder)
    read_dictionary(folder)
    spoil(folder)
    with pytest.raises(DictionaryError, match=message):
        read_dictionary(folder)


def test_columns_are_taken_over_from_a_database(registry: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    shutil.copytree(resource("data", "dictionary"), tmp_path / "dictionary")
    lines = (tmp_path / "dictionary" / "columns.csv").read_text(encoding="utf-8")
    (tmp_path / "dictionary" / "columns.csv").write_text("schema,table,position,column,type\n", encoding="utf-8")
    take_columns(registry, tmp_path / "dictionary")
    assert (tmp_path / "dictionary" / "columns.csv").read_text(encoding="utf-8") == lines
