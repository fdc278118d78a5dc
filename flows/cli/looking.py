"""Commands that look at the published registry: show, sql, tables, case, unmapped."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, cast

import duckdb
import typer

from flows.analyse.distributions import (
    ROW_COLUMNS,
    Distribution,
    StratumBy,
    count_left_out,
    read_distribution,
    read_work_up,
)
from flows.cli.common import (
    Format,
    FormatOption,
    HomeOption,
    JsonOption,
    console,
    fail,
    open_home,
    print_json,
    print_rows,
)
from flows.cli.variant_trace import print_variant_trace, variant_trace


class Subject(StrEnum):
    """The published distributions."""

    variant = "variant"
    lesion_site = "lesion-site"
    associated_disease = "associated-disease"
    work_up = "work-up"


class By(StrEnum):
    """What a distribution is stratified by."""

    sex = "sex"
    age_group = "age-group"
    decade = "decade"


STRATA: dict[By, StratumBy] = {By.sex: "sex", By.age_group: "age_group", By.decade: "decade"}


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(show)
    app.command()(sql)
    app.command()(tables)
    app.command()(case)
    app.command()(unmapped)


def show(
    subject: Annotated[Subject, typer.Argument(help="Which distribution")],
    by: Annotated[By | None, typer.Option("--by", help="Stratify by")] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", help="variant|subtype; region|site|subsite; group|disease [default: the first]"),
    ] = None,
    min_completeness: Annotated[
        float,
        typer.Option(
            "--min-completeness", min=0, max=1, help="Count only cases that are reported at least so completely"
        ),
    ] = 0,
    include_retracted: Annotated[
        bool, typer.Option("--include-retracted", help="Count the cases of retracted publications too")
    ] = False,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Show a distribution with its denominators and 95% Wilson intervals.

    Completeness is the share, 0 to 1, of what CARE asks of a case report that the case gives (analytics.case_completeness).

    [bold]Example:[/] calcinosis show lesion-site --level site --by sex --min-completeness 0.5 --format csv
    """
    from flows.cli.report import TITLES, distribution_rows
    from flows.database import open_reader

    cut: dict[str, Any] = {"min_completeness": min_completeness, "include_retracted": include_retracted}
    behind = ("stratum",) if by else ()
    with open_reader(open_home(home).registry) as connection:
        try:
            if subject is Subject.work_up:
                if by or level:
                    raise ValueError("work-up has no levels and no strata: leave --by and --level out")
                rows, behind = read_work_up(connection, **cut), ("item",)
            else:
                name = cast(Distribution, subject.value)
                rows = read_distribution(connection, name, by=STRATA[by] if by else "overall", level=level, **cut)
            n_left_out, n_all = count_left_out(connection, **cut)
        except ValueError as error:
            fail(str(error), 2)
    columns = (*behind, *ROW_COLUMNS)
    if form is Format.table:
        title = TITLES[subject.value.replace("-", "_")].split(" (")[0]
        shown = ("label", "n_cases", "of", "share %", "95% interval", "n_absent")
        print_rows(distribution_rows(rows), (*behind, *shown), form, title)
        if n_left_out:
            print(_left_out_sentence(n_left_out, n_all, min_completeness, include_retracted))
    else:
        print_rows(rows, columns, form)


def _left_out_sentence(n_left_out: int, n_all: int, min_completeness: float, include_retracted: bool) -> str:
    why = [f"completeness below {min_completeness:g}"] if min_completeness else []
    why += [] if include_retracted else ["retracted publications"]
    return f"{n_left_out} of {n_all} cases left out: {' or '.join(why)}"


def sql(
    query: Annotated[str, typer.Argument(help="A SELECT statement of DuckDB's SQL")],
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Query the published registry, read-only and without access to files or network.

    [bold]Example:[/] calcinosis sql "SELECT * FROM crosstab('variant', 'sex')" --format markdown
    """
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        try:
            result = connection.execute(query)
            columns = [column for column, *_ in result.description or []]
            rows = result.fetchall()
        except duckdb.Error as error:
            fail(str(error), 2)
    if len(set(columns)) < len(columns):
        columns = [
            name if columns.count(name) == 1 else f"{name}_{place}" for place, name in enumerate(columns, start=1)
        ]
    print_rows([dict(zip(columns, row, strict=True)) for row in rows], columns, form)


def tables(
    name: Annotated[str | None, typer.Argument(help="A table, such as registry.cases, to list its columns")] = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """List what can be queried, with descriptions.

    [bold]Example:[/] calcinosis tables registry.cases
    """
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        if name is None:
            rows = connection.execute(
                "SELECT schema_name || '.' || table_name AS name, 'table' AS kind, comment AS description "
                "FROM duckdb_tables() WHERE database_name = 'calcinosis' UNION ALL "
                "SELECT schema_name || '.' || view_name, 'view', comment FROM duckdb_views() "
                "WHERE database_name = 'calcinosis' AND NOT internal UNION ALL "
                "SELECT function_name || '(' || array_to_string(parameters, ', ') || ')', 'macro', comment "
                "FROM duckdb_functions() WHERE database_name = 'calcinosis' AND function_type = 'table_macro' "
                "AND NOT internal ORDER BY kind, name"
            ).fetchall()
            print_rows(
                [dict(zip(("name", "kind", "description"), row, strict=True)) for row in rows],
                ("name", "kind", "description"),
                form,
            )
            return
        schema, _, table = name.rpartition(".")
        rows = connection.execute(
            "SELECT column_name, data_type, comment FROM duckdb_columns() "
            "WHERE database_name = 'calcinosis' AND schema_name = ? AND table_name = ? ORDER BY column_index",
            [schema, table],
        ).fetchall()
    if not rows:
        fail(f"there is no table {name}: `calcinosis tables` lists them", 2)
    print_rows(
        [dict(zip(("column", "type", "description"), row, strict=True)) for row in rows],
        ("column", "type", "description"),
        form,
    )


CASE_PARTS = (
    ("lesion_sites", "registry.case_lesion_sites"),
    ("associated_diseases", "registry.case_associated_diseases"),
    ("comorbidities", "registry.case_comorbidities"),
    ("laboratory_values", "registry.case_laboratory_values"),
    ("autoantibodies", "registry.case_autoantibodies"),
    ("morphologies", "registry.case_morphologies"),
    ("imaging", "registry.case_imaging"),
    ("treatments", "registry.case_treatments"),
)


def case(
    case_id: Annotated[str, typer.Argument(help="Id of the case, or its first characters")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show a case: publication, how it came to its variant, coded values, what each source said, findings, history.

    [bold]Example:[/] calcinosis case case_0123456789abcdef --json
    """
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        found = _rows(
            connection, "SELECT * FROM registry.cases WHERE starts_with(case_id, ?) ORDER BY case_id LIMIT 6", case_id
        )
        if not found:
            fail(f'there is no case {case_id}: `calcinosis sql "SELECT case_id FROM registry.cases"` lists them', 2)
        if len(found) > 1:
            fail(f"{case_id} is the beginning of several cases: {', '.join(row['case_id'] for row in found)}", 2)
        record = found[0]
        document: dict[str, Any] = {"case": record}
        publications = _rows(
            connection, "SELECT * FROM registry.publications WHERE publication_id = ?", record["publication_id"]
        )
        document["publication"] = publications[0] if publications else None
        document["variant"] = variant_trace(connection, record["case_id"])
        for name, table in CASE_PARTS:
            document[name] = _rows(
                connection,
                f"SELECT * EXCLUDE (case_id) FROM {table} WHERE case_id = ? ORDER BY item_position",
                record["case_id"],
            )
        document["completeness"] = _rows(
            connection,
            "SELECT * EXCLUDE (case_id) FROM analytics.case_completeness WHERE case_id = ?",
            record["case_id"],
        )
        document["work_up"] = _rows(
            connection,
            "SELECT work_up_item, work_up_state FROM registry.case_work_up WHERE case_id = ? ORDER BY work_up_item",
            record["case_id"],
        )
        document["contributions"] = _rows(
            connection,
            "SELECT contribution_rank, source_key, tier, sheet, line_number, record_key FROM registry.case_contributions "
            "WHERE case_id = ? ORDER BY contribution_rank",
            record["case_id"],
        )
        document["evidence"] = _rows(
            connection,
            "SELECT * EXCLUDE (case_id, record_key) FROM registry.case_evidence WHERE case_id = ? "
            "ORDER BY source_key, document_id, finding_position",
            record["case_id"],
        )
        document["findings"] = _rows(
            connection,
            "SELECT rule, severity, intake_field, offending_value, sentence FROM quality.findings WHERE case_id = ? ORDER BY ALL",
            record["case_id"],
        )
        document["decisions"] = _rows(
            connection,
            "SELECT field, value, expects, found_value, decision_problem, curator, decided_on, why FROM quality.decisions "
            "WHERE case_id = ? ORDER BY ALL",
            record["case_id"],
        )
        document["history"] = _rows(
            connection,
            "SELECT run_from, run_to, change, changed_fields, why FROM history.case_versions WHERE case_id = ? ORDER BY run_from",
            record["case_id"],
        )
    if json:
        print_json(document)
    else:
        _print_case(document)


def _print_case(document: dict[str, Any]) -> None:
    out, record, publication = console(), document["case"], document["publication"] or {}
    out.print(f"{record['case_id']}, patient {record['patient_index']}", style="bold", markup=False)
    cited = ". ".join(
        str(publication[name]) for name in ("first_author", "title", "journal", "year") if publication.get(name)
    )
    out.print(cited or "no publication", markup=False)
    if publication.get("source_state") not in (None, "none"):
        notice = [publication["source_state"].replace("_", " "), publication["source_state_date"]]
        reason = f": {publication['source_state_reason']}" if publication["source_state_reason"] else ""
        out.print(", ".join(str(word) for word in notice if word) + reason, style="bold", markup=False)
    for name in ("doi", "pmid", "url"):
        if publication.get(name):
            out.print(f"{name}: {publication[name]}", markup=False, soft_wrap=True)
    print_variant_trace(document["variant"])
    fields = [
        {"field": name, "value": value}
        for name, value in record.items()
        if value not in (None, [], "") and not name.endswith("_state") and not name.endswith("_sha256")
    ]
    print_rows(fields, ("field", "value"), Format.table, "Values")
    silent = [
        name.removesuffix("_state") for name, value in record.items() if name.endswith("_state") and value != "present"
    ]
    if silent:
        words = ", ".join(f"{name} ({record[f'{name}_state']})" for name in silent)
        out.print(f"without a value: {words}", markup=False)
    _print_evidence(document["evidence"])
    for name, rows in document.items():
        if isinstance(rows, list) and rows and name != "evidence":
            print_rows(
                rows,
                [column for column in rows[0] if any(row[column] not in (None, "") for row in rows)],
                Format.table,
                name,
            )


def _print_evidence(evidence: list[dict[str, Any]]) -> None:
    """Each value beside its sentence, the quoted words marked."""
    if not evidence:
        return
    from rich.table import Table
    from rich.text import Text

    table = Table("field", "value", "section", "sentence", title="evidence", title_justify="left")
    for row in evidence:
        sentence, begin = row["quote_sentence"], row["quote_start"] - row["sentence_start"]
        end = begin + len(row["quote"])
        words = Text(" ".join(sentence[:begin].split(" ")))
        words.append(f"»{sentence[begin:end]}«", style="bold reverse").append(sentence[end:])
        value = row["finding_value"] + (
            "" if row["is_used"] else f" ({row['timing'] or row['treatment_target'] or 'not used'})"
        )
        table.add_row(row["intake_field"], Text(value), row["section_role"] or "", words)
    console().print(table)


def unmapped(
    field: Annotated[str | None, typer.Option("--field", help="Only terms of this field, such as lesion_sites")] = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """List the words of the sources that no vocabulary knows, with the nearest known term.

    [bold]Example:[/] calcinosis unmapped --field lesion_sites
    """
    from flows.database import open_reader

    with open_reader(open_home(home).registry) as connection:
        rows = _rows(
            connection,
            "SELECT intake_field, term, n_records, suggested_code, suggested_label, round(similarity, 2) AS similarity "
            "FROM quality.unmapped_terms WHERE $1 IS NULL OR intake_field = $1 ORDER BY n_records DESC, intake_field, term",
            field,
        )
    print_rows(rows, ("intake_field", "term", "n_records", "suggested_code", "suggested_label", "similarity"), form)


def _rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    result = connection.execute(query, list(parameters))
    columns = [column for column, *_ in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
