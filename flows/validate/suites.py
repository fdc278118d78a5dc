"""Expectation suites: read from their files, refused when they are not whole, and run inside DuckDB.

A suite file `expectations/<schema>/<table>.json` checks `<schema>.<table>`. It is in Great Expectations' own format;
each expectation also says in its `meta` what the rule is called, what happens where it is broken, and why. An example
stands in `docs/validation.md`.

Great Expectations takes seconds to import, so only `run_suites` and `check_suites` import it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationValidationResult

    from flows.validate.gx_duckdb import DuckDBDatasource

Severity = Literal["critical", "warning", "info"]
Action = Literal["stop", "hold", "quarantine", "flag"]
Category = Literal["conformance", "completeness", "plausibility"]
"""The categories of Kahn et al., A Harmonized Data Quality Assessment Terminology (eGEMs 2016;4(1):1244)."""

UNEXPECTED_ROWS = "unexpected_rows_expectation"
ROW_COUNT = "expect_table_row_count_to_be_between"
COMPLETENESS = ("expect_column_values_to_not_be_null", "expect_column_proportion_of_non_null_values_to_be_between")

# Rows of other schemas are derived, and have no record that could be kept aside.
ROW_RULE_SCHEMA = "staging"
CASE_RULE_SCHEMA = "registry"
# What the query of a rule gives of each row that breaks it: the record in staging, the case in registry.
ROW_RULE_COLUMNS = {
    ROW_RULE_SCHEMA: ("record_no", "field", "value"),
    CASE_RULE_SCHEMA: ("case_id", "field", "value"),
}
# How a rule on a table of one kind of things names them; other tables have rows.
UNITS = {
    "staging.case_records": "records",
    "staging.contributions": "contributions",
    "staging.extracted_findings": "findings",
    "registry.cases": "cases",
    "registry.publications": "publications",
    "registry.documents": "documents",
}

SUITE_KEYS = {"name", "expectations", "meta"}
EXPECTATION_KEYS = {"type", "severity", "kwargs", "meta"}
META_KEYS = {
    "id", "action", "category", "field", "sentence", "advice", "why", "note", "source", "threshold", "numerator",
    "denominator", "evaluated",
}  # fmt: skip

# SQLAlchemy reads ':name' as a parameter, also within quotes; '::' is a cast.
BIND_PARAMETER = re.compile(r"(?<![:\w\\]):\w+(?!:)")

# No values of single records: the pages may be passed on, the values stand in quality.findings.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}


class SuiteError(Exception):
    """A suite file cannot be used; the message names the file, the expectation and what to do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation of a suite.

    rule: its `meta.id`, unique over all suites.   type, kwargs: as Great Expectations defines them.
    action: stop (nothing is published), hold (nothing is published until a person releases it), quarantine (the record
    is kept aside) or flag (it is only reported).
    field: the field of the record or case that it judges; None where it judges a table.
    sentence: what must hold, or what is wrong and, behind a colon, what to do, in words for a data manager.
    why: the reason; may be empty.   source: where rule or limit come from.   note: what else to know.
    category: of Kahn et al.   advice: what to do where it is broken.
    threshold: largest share (0 to 1) of broken rows at which it still holds.
    numerator, denominator: what is counted, in words.   evaluated: SQL condition of the rows that the rule can judge,
    which are the denominator; empty where all rows are.
    """

    rule: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    action: Action
    field: str | None
    sentence: str
    why: str
    source: str = ""
    category: Category = "conformance"
    advice: str = ""
    note: str = ""
    threshold: float = 0.0
    numerator: str = ""
    denominator: str = ""
    evaluated: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations on one table. name: `schema.table`. path: the file that it was read from."""

    name: str
    path: Path
    rules: tuple[Rule, ...]
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule that is decided record by record, or case by case.

    query gives `record_no, field, value` (of a case `case_id, field, value`) of the rows that break it.
    """

    rule: str
    field: str
    query: str
    severity: Severity
    action: Action
    sentence: str

    def select_from(self, table: str) -> str:
        """Give the query on a table, exactly as Great Expectations would run it: `{batch}` filled in, `{{` as `{`."""
        return self.query.rstrip("; \t\r\n\v\f").format(batch=table)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one expectation found.

    n_unexpected: rows that break it, all of them; None where the expectation does not count rows.
    n_evaluated: rows that it can judge, by default all of the table (None when it could not be read).
    observed_value: a JSON value, or None.
    exception: why it could not be evaluated. Then success is False and action is stop, whatever the suite says.
    """

    rule: str
    type: str
    success: bool
    n_unexpected: int | None
    n_evaluated: int | None
    observed_value: Any
    severity: Severity
    action: Action
    field: str | None
    sentence: str
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What one suite found in one run.

    success: no expectation failed.   n_rows: rows of the table, None when it could not be read.
    document: the result as Great Expectations gives it (JSON), which the Data Docs are rendered from.
    """

    suite: str
    run_id: str
    success: bool
    n_rows: int | None
    results: tuple[RuleResult, ...]
    document: Mapping[str, Any]

    @property
    def stops(self) -> tuple[RuleResult, ...]:
        """Give the failed expectations that forbid publication, also those that a person may release."""
        return tuple(result for result in self.results if not result.success and result.action in ("stop", "hold"))


def load_suites(folder: Path) -> list[Suite]:
    """Read all suites `<folder>/<schema>/<table>.json`, in the order of their names.

    Raises SuiteError when a file is not whole: unknown keys, a rule without an id or with one that is taken, an unknown
    severity, action or category, nothing that says what to do, a row rule without a query, no row count or no
    completeness.
    """
    suites = [_load_suite(path) for path in sorted(folder.glob("*/*.json"))]
    taken: dict[str, Path] = {}
    for suite in suites:
        for rule in suite.rules:
            if rule.rule in taken:
                raise SuiteError(
                    f"{suite.path}: meta.id '{rule.rule}' is also in {taken[rule.rule]}; "
                    "findings are named by it, so give each expectation an id of its own"
                )
            taken[rule.rule] = suite.path
    return suites


def row_rules(suite: Suite) -> list[RowRule]:
    """Give the rules of a suite that decide record by record (action quarantine or flag), in the order of the file."""
    return _row_rules(suite, ROW_RULE_SCHEMA)


def case_rules(suite: Suite) -> list[RowRule]:
    """Give the rules of a suite that decide case by case (action flag), in the order of the file."""
    return _row_rules(suite, CASE_RULE_SCHEMA)


def _row_rules(suite: Suite, schema: str) -> list[RowRule]:
    return [
        RowRule(
            rule.rule, rule.field or "", rule.kwargs["unexpected_rows_query"], rule.severity, rule.action, rule.sentence
        )
        for rule in suite.rules
        if _schema(suite.name) == schema and rule.action in ("quarantine", "flag")
    ]


def check_suites(suites: Sequence[Suite]) -> None:
    """Let Great Expectations build each suite; raises SuiteError for types and arguments that it does not know."""
    with _quiet_logging():
        for suite in suites:
            _to_gx(suite)


def run_suites(database: Path, suites: Sequence[Suite], run_id: str) -> list[SuiteResult]:
    """Run the suites on a DuckDB file, all on one read-only connection, which is closed at the end.

    This process may hold no other connection to the file; readers in other processes do no harm. An expectation that
    cannot be evaluated is a failed one with action stop. Raises SuiteError as `check_suites` does, and
    FileNotFoundError.
    """
    from flows.validate.gx_duckdb import open_datasource

    with _quiet_logging(), open_datasource(database, [suite.name for suite in suites]) as datasource:
        prepared = [(suite, _to_gx(suite)) for suite in suites]
        return [_run_suite(datasource, suite, gx_suite, run_id) for suite, gx_suite in prepared]


def _load_suite(path: Path) -> Suite:
    name = f"{path.parent.name}.{path.stem}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SuiteError(f"{path}: not valid JSON ({error}); correct the file") from error
    if not isinstance(content, dict):
        raise SuiteError(f"{path}: not a suite; write one JSON object with the keys {_words(SUITE_KEYS)}")
    _refuse_unknown(content, SUITE_KEYS, f"{path}")
    if content.get("name") != name:
        raise SuiteError(f"{path}: the name is {content.get('name')!r}; the path asks for '{name}'")
    expectations = content.get("expectations")
    if not isinstance(expectations, list):
        raise SuiteError(f"{path}: no list of expectations; add the key 'expectations'")
    rules = tuple(_read_rule(item, name, f"{path}, expectation {n}") for n, item in enumerate(expectations, start=1))
    _require_whole(rules, path)
    return Suite(name, path, rules, content.get("meta", {}))


def _read_rule(item: Any, suite: str, place: str) -> Rule:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise SuiteError(f"{place}: no type; write an object with the keys {_words(EXPECTATION_KEYS)}")
    meta, kwargs = item.get("meta"), item.get("kwargs", {})
    if not isinstance(meta, dict) or not meta.get("id"):
        raise SuiteError(
            f"{place} ({item['type']}): no meta.id; give the rule a lasting name, such as 'age_is_plausible'"
        )
    place = f"{place} ({meta['id']})"
    _refuse_unknown(item, EXPECTATION_KEYS, place)
    _refuse_unknown(meta, META_KEYS, f"{place}, meta")
    if not isinstance(kwargs, dict):
        raise SuiteError(f"{place}: kwargs is not an object; write the arguments of the expectation by name")
    if item.get("severity") not in get_args(Severity):
        raise SuiteError(f"{place}: severity {item.get('severity')!r}; write one of {_words(get_args(Severity))}")
    if meta.get("action") not in get_args(Action):
        raise SuiteError(f"{place}: action {meta.get('action')!r}; write one of {_words(get_args(Action))}")
    if meta.get("category") not in get_args(Category):
        raise SuiteError(f"{place}: category {meta.get('category')!r}; write one of {_words(get_args(Category))}")
    if not meta.get("sentence"):
        raise SuiteError(f"{place}: no meta.sentence; say in plain words what must hold")
    _, _, advice = str(meta["sentence"]).partition(": ")
    if not (meta.get("advice") or advice):
        raise SuiteError(f"{place}: nothing says what to do; write meta.advice, or end the sentence in ': what to do'")
    if item["type"] == UNEXPECTED_ROWS:
        _require_runnable(kwargs.get("unexpected_rows_query"), place)
    _require_measure(item["type"], meta, place)
    if meta["action"] == "quarantine" or (meta["action"] == "flag" and _schema(suite) in ROW_RULE_COLUMNS):
        _require_row_rule(item, kwargs, suite, place)
    if meta["action"] == "hold" and _schema(suite) == ROW_RULE_SCHEMA:
        raise SuiteError(f"{place}: records cannot hold a publication back; write stop, quarantine or flag")
    return Rule(
        rule=meta["id"],
        type=item["type"],
        kwargs=kwargs,
        severity=item["severity"],
        action=meta["action"],
        field=meta.get("field"),
        sentence=meta["sentence"],
        why=meta.get("why", ""),
        source=meta.get("source", ""),
        category=meta["category"],
        advice=meta.get("advice") or advice[:1].upper() + advice[1:],
        note=meta.get("note", ""),
        threshold=meta.get("threshold", _allowed_share(kwargs)),
        numerator=meta.get("numerator") or _numerator(item["type"], kwargs, suite),
        denominator=meta.get("denominator") or _unit(suite),
        evaluated=meta.get("evaluated", ""),
    )


def _require_measure(kind: str, meta: Mapping[str, Any], place: str) -> None:
    threshold, evaluated = meta.get("threshold", 0), meta.get("evaluated", "")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold < 1:
        raise SuiteError(
            f"{place}: threshold {threshold!r}; write the largest share that may break it, from 0 to below 1"
        )
    if threshold and kind != UNEXPECTED_ROWS:
        raise SuiteError(f"{place}: {kind} has 'mostly' for a threshold; only {UNEXPECTED_ROWS} takes meta.threshold")
    if bool(evaluated) != bool(meta.get("denominator")):
        raise SuiteError(
            f"{place}: evaluated and denominator belong together; write the SQL condition of the rows that the rule can "
            "judge in the one, and in words in the other"
        )
    if evaluated and (BIND_PARAMETER.search(evaluated) or "--" in evaluated):
        raise SuiteError(f"{place}: evaluated holds a parameter or a comment; write a condition on the columns alone")


def _unit(suite: str) -> str:
    return UNITS.get(suite, f"rows of {suite}")


def _numerator(kind: str, kwargs: Mapping[str, Any], suite: str) -> str:
    """What an expectation counts, in words."""
    unit, column = _unit(suite), kwargs.get("column", "")
    words = {
        ROW_COUNT: f"none; there must be {kwargs.get('min_value')} {unit} or more",
        "expect_column_values_to_not_be_null": f"{unit} in which {column} is empty",
        "expect_column_values_to_be_unique": f"{unit} whose {column} another one has too",
        "expect_compound_columns_to_be_unique": f"{unit} of which {', '.join(kwargs.get('column_list', []))} stand twice",
        "expect_column_values_to_be_between": f"{unit} whose {column} lies outside "
        f"{kwargs.get('min_value')} to {kwargs.get('max_value')}",
        "expect_column_values_to_be_in_set": f"{unit} whose {column} is another value",
    }
    return words.get(kind, f"{unit} that break the rule" if suite in UNITS else "what the query gives")


def _allowed_share(kwargs: Mapping[str, Any]) -> float:
    return round(1 - float(kwargs.get("mostly", 1)), 6)


def _require_runnable(query: Any, place: str) -> None:
    if not isinstance(query, str):
        raise SuiteError(f"{place}: no unexpected_rows_query; write the SELECT that gives the rows that break the rule")
    try:
        names = {name for _, name, _, _ in Formatter().parse(query) if name is not None}
    except ValueError as error:
        raise SuiteError(f"{place}: {error}; write a brace that belongs to the SQL twice ('{{{{')") from error
    if names != {"batch"}:
        raise SuiteError(
            f"{place}: the query has {_words(f'{{{name}}}' for name in names) or 'no {batch}'}; "
            "write {batch} where the table stands, and a brace that belongs to the SQL twice"
        )
    if found := BIND_PARAMETER.search(query):
        raise SuiteError(
            f"{place}: '{found.group()}' would be read as a parameter; put a word character before the colon, "
            "or write chr(58) for it"
        )
    if "--" in query.rstrip("; \t\r\n").rsplit("\n", maxsplit=1)[-1]:
        raise SuiteError(f"{place}: the query ends in a comment, which would hide what is put after it; take it out")


def _require_row_rule(item: Mapping[str, Any], kwargs: Mapping[str, Any], suite: str, place: str) -> None:
    if item["meta"]["action"] == "quarantine" and _schema(suite) != ROW_RULE_SCHEMA:
        raise SuiteError(f"{place}: only suites of {ROW_RULE_SCHEMA} can quarantine; write the action stop or flag")
    columns = ROW_RULE_COLUMNS[_schema(suite)]
    if item["type"] != UNEXPECTED_ROWS:
        raise SuiteError(
            f"{place}: action {item['meta']['action']} needs the records that break the rule, and {item['type']} only "
            f"counts them; write it as {UNEXPECTED_ROWS}, or make it a gate with the action stop"
        )
    missing = [column for column in columns if not re.search(rf"\b{column}\b", kwargs["unexpected_rows_query"], re.I)]
    if missing:
        raise SuiteError(f"{place}: the query gives no {_words(missing)}; a row rule selects {_words(columns)}")
    if not item["meta"].get("field"):
        raise SuiteError(f"{place}: no meta.field; name the field of the record or case that the rule judges")


def _require_whole(rules: Sequence[Rule], path: Path) -> None:
    if not any(rule.type == ROW_COUNT and rule.kwargs.get("min_value") is not None for rule in rules):
        raise SuiteError(
            f"{path}: no row count, and most expectations hold on an empty table; add {ROW_COUNT} with a min_value"
        )
    if not any(rule.type in COMPLETENESS and rule.kwargs.get("mostly", 1) > 0 for rule in rules):
        raise SuiteError(
            f"{path}: no completeness, and most expectations hold on an empty column; add {' or '.join(COMPLETENESS)}"
        )


def _to_gx(suite: Suite) -> ExpectationSuite:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = []
    for rule in suite.rules:
        try:
            # One by one: a suite that is given as text drops what it cannot build, and only logs it.
            expectations.append(ExpectationConfiguration(**_gx_expectation(rule)).to_domain_obj())
        except Exception as error:
            # A wrong type or argument comes as one of a dozen kinds of exceptions.
            raise SuiteError(
                f"{suite.path} ({rule.rule}): {rule.type} cannot be built ({' '.join(str(error).split())}); "
                "correct its type or its kwargs"
            ) from error
    return ExpectationSuite(name=suite.name, expectations=expectations)


def _gx_expectation(rule: Rule) -> dict[str, Any]:
    # A copy of its own, because Great Expectations changes the dictionaries that it is given.
    return {
        "type": rule.type,
        "severity": rule.severity,
        "kwargs": json.loads(json.dumps(rule.kwargs)),
        "description": rule.sentence,
        "meta": {
            "id": rule.rule,
            "action": rule.action,
            "category": rule.category,
            "field": rule.field,
            "why": rule.why,
            "source": rule.source,
        },
    }


def _run_suite(datasource: DuckDBDatasource, suite: Suite, gx_suite: ExpectationSuite, run_id: str) -> SuiteResult:
    from flows.validate.gx_duckdb import count_rows

    n_rows, unreadable = None, None
    evaluated: dict[str, int] = {}
    found: dict[str, Mapping[str, Any]] = {}
    try:
        n_rows = count_rows(datasource, suite.name)
        for condition in {rule.evaluated for rule in suite.rules if rule.evaluated}:
            evaluated[condition] = count_rows(datasource, suite.name, condition)
        found = _validate(datasource, suite.name, gx_suite)
    except Exception as error:
        # Whatever goes wrong in here is a gate that could not be judged, and never one that was passed.
        unreadable = _first_words(str(error))
    results = tuple(
        _rule_result(rule, found.get(rule.rule), evaluated.get(rule.evaluated, n_rows), unreadable)
        for rule in suite.rules
    )
    success = all(result.success for result in results)
    return SuiteResult(suite.name, run_id, success, n_rows, results, _document(suite, found, results))


def _validate(datasource: DuckDBDatasource, table: str, gx_suite: ExpectationSuite) -> dict[str, Mapping[str, Any]]:
    """Give the result of each expectation, as Great Expectations' JSON, by its `meta.id`."""
    from flows.validate.gx_duckdb import table_batch

    batch = table_batch(datasource, table)
    # All at once, figures that are counted in the same way share a scan of the table. After a query that fails, though,
    # Great Expectations gives up on others too, so each expectation is then asked for by itself.
    together = batch.validate(gx_suite, result_format=RESULT_FORMAT).results
    found: dict[str, Mapping[str, Any]] = {}
    for result in together:
        if result.expectation_config is not None:
            found[(result.expectation_config.meta or {})["id"]] = _as_json(result)
    if any(_exception(content) for content in found.values()):
        found = {
            (expectation.meta or {})["id"]: _as_json(batch.validate(expectation, result_format=RESULT_FORMAT))
            for expectation in gx_suite.expectations
        }
    return found


def _rule_result(
    rule: Rule, found: Mapping[str, Any] | None, n_evaluated: int | None, unreadable: str | None
) -> RuleResult:
    if found is None:
        exception: str | None = unreadable or "Great Expectations gave no result for this expectation"
        result, success = {}, False
    else:
        exception = _exception(found)
        result, success = found["result"], bool(found["success"]) and exception is None
    observed = result.get("observed_value")
    n_unexpected = observed if rule.type == UNEXPECTED_ROWS else result.get("unexpected_count")
    if rule.threshold and rule.type == UNEXPECTED_ROWS and n_evaluated and n_unexpected is not None:
        # Great Expectations knows no share here: for it any row breaks the rule.
        success = exception is None and n_unexpected / n_evaluated <= rule.threshold
    return RuleResult(
        rule=rule.rule,
        type=rule.type,
        success=success,
        n_unexpected=n_unexpected,
        n_evaluated=n_evaluated,
        observed_value=observed,
        severity=rule.severity,
        action="stop" if exception else rule.action,
        field=rule.field,
        sentence=rule.sentence,
        exception=exception,
    )


def _as_json(result: ExpectationValidationResult) -> dict[str, Any]:
    content: dict[str, Any] = result.to_json_dict()
    return content


def _document(suite: Suite, found: Mapping[str, Any], results: Sequence[RuleResult]) -> dict[str, Any]:
    """Give the suite's result in Great Expectations' format, whole, in the order of the suite, without tracebacks."""
    listed = []
    for rule, result in zip(suite.rules, results, strict=True):
        listed.append(
            {
                "success": result.success,
                "expectation_config": _gx_expectation(rule),
                "result": found[rule.rule]["result"] if rule.rule in found else {},
                "meta": {},
                "exception_info": {
                    "raised_exception": result.exception is not None,
                    "exception_message": result.exception,
                    "exception_traceback": None,
                },
            }
        )
    n_passed = sum(result.success for result in results)
    return {
        "success": n_passed == len(results),
        "suite_name": suite.name,
        "suite_parameters": {},
        "results": listed,
        "statistics": {
            "evaluated_expectations": len(results),
            "successful_expectations": n_passed,
            "unsuccessful_expectations": len(results) - n_passed,
            "success_percent": 100 * n_passed / len(results),
        },
        "meta": {"great_expectations_version": version("great-expectations")},
    }


def _exception(result: Mapping[str, Any]) -> str | None:
    """Give the message of the exception that an expectation met, or None.

    Great Expectations gives one description, or one for each figure that could not be computed, by the figure's name.
    """
    info = result.get("exception_info") or {}
    for entry in [info] if "raised_exception" in info else info.values():
        if entry.get("raised_exception"):
            return _first_words(str(entry.get("exception_message") or "an exception without a message"))
    return None


def _first_words(message: str) -> str:
    """Give the message without the statement and the link that SQLAlchemy adds to it, on one line."""
    return " ".join(message.split("[SQL:")[0].split("(Background on this error")[0].split())


@contextmanager
def _quiet_logging() -> Iterator[None]:
    # It logs each failed query and its trace, which the results say in one line.
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _refuse_unknown(content: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := sorted(set(content) - known):
        raise SuiteError(f"{place}: unknown key {_words(unknown)}; known are {_words(known)}")


def _schema(suite: str) -> str:
    return suite.split(".", maxsplit=1)[0]


def _words(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
