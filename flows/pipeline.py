"""A refresh from end to end, without Prefect: the stages in their order, with lock, journal and summary.

The stages hand nothing along but paths and the run id: each step's result is in the build's database. `flows.refresh`
runs the same with every stage as a Prefect task.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from flows.analyse.distributions import TABLES, build_analytics, read_distribution
from flows.coding.stage import code_records
from flows.curation.decisions import load_decisions
from flows.curation.stage import unmet_decisions
from flows.database import open_build, open_reader
from flows.dictionary import apply_comments, apply_keys
from flows.difference.running import BuildDifference, compare_build, replay_report, untouched_quarantine
from flows.home import Home
from flows.journal import PUBLISHED, Journal, Stopwatch, new_run_id, process_mark, read_journal, read_runs
from flows.load.cases import append_history, append_ledger, judge_and_merge
from flows.load.curation_files import CurationFiles
from flows.load.fingerprints import program_fingerprints, read_fingerprints
from flows.load.migration import open_published
from flows.load.raw import Plan, SourceOverrides, file_state, load_raw, plan_files
from flows.load.records import gather_records
from flows.load.runs import as_unchanged, read_ledger, take_up_journals
from flows.progress import show_progress
from flows.publish.exports import swap_exports, write_exports
from flows.publish.publication import prune_builds, publish_build, published_run
from flows.resources import resource
from flows.settings import Settings, load_settings
from flows.validate.apart import call, library_apart
from flows.validate.checks_table import write_checks
from flows.validate.data_docs import write_data_docs
from flows.validate.drift import held_shares, measure_drift
from flows.validate.stage import shipped_suites, validation_summary
from flows.validate.suites import SuiteResult, run_suites

LOGGER = logging.getLogger(__name__)
Summary = dict[str, Any]
Logger = logging.Logger | logging.LoggerAdapter[logging.Logger]


class UnreadableInputError(RuntimeError):
    """No file that the run was given could be read; the summary says why of each."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(summary["message"])
        self.summary = summary


class BusyError(RuntimeError):
    """Another run holds the registry, and this one was told to leave or waited too long."""


def read_sources(home: Path, run_id: str, plan: Plan, overrides: SourceOverrides, memory_limit: str) -> Plan:
    """Read new and changed files into the raw tables of a new build. Returns the plan with what became of each file."""
    load_raw(Home(home), run_id, plan, overrides, memory_limit=memory_limit)
    return plan


def extract_cases(home: Path, run_id: str, memory_limit: str) -> dict[str, int]:
    """Read the patients out of the narratives, and put all intake records together."""
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        return gather_records(connection)


def code_terms(home: Path, run_id: str, memory_limit: str) -> dict[str, int]:
    """Code every distinct string of the sources."""
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        return code_records(connection)


def load_cases(home: Path, run_id: str, memory_limit: str) -> dict[str, int]:
    """Judge every record by the row rules, and merge the accepted ones into cases."""
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        counts = judge_and_merge(connection)
        append_history(connection, Home(home), run_id)
        append_ledger(connection, run_id)
        return counts


def compute_distributions(home: Path, run_id: str, memory_limit: str, drift_threshold: float = 0.05) -> None:
    """Build the analytics tables, measure their drift, take the journals up, and add keys and comments."""
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        build_analytics(connection)
        measure_drift(connection, run_id, drift_threshold)
        take_up_journals(connection, read_runs(Home(home).runs), run_id)
        apply_keys(connection)
        apply_comments(connection)


def check_gates(home: Path, run_id: str) -> list[SuiteResult]:
    """Let Great Expectations judge the build, and keep what it found in quality.checks."""
    database = Home(home).build_database(run_id)
    results: list[SuiteResult] = call(run_suites, database, shipped_suites(), run_id)
    with open_build(database) as connection:
        write_checks(connection, shipped_suites(), results)
    return results


def publish(home: Path, run_id: str, keep_versions: int) -> Path:
    """Write the exports, and swap registry and exports in."""
    exports = Home(home).build(run_id) / "exports"
    with open_build(Home(home).build_database(run_id)) as connection:
        write_exports(connection, exports)
    staged = Home(home).path / f".exports-{run_id}"
    exports.rename(staged)
    published = publish_build(Home(home), run_id, keep_versions)
    swap_exports(Home(home), staged)
    return published


STAGES: dict[str, tuple[str, Callable[..., Any]]] = {
    "read": ("reading sources", read_sources),
    "extract": ("reading narratives", extract_cases),
    "code": ("coding terms", code_terms),
    "load": ("judging and merging records", load_cases),
    "analyse": ("computing distributions", compute_distributions),
    "gate": ("running gates", check_gates),
    "publish": ("publishing", publish),
}
"""The stages in their order: name, what a person is told, function."""

RunStage = Callable[..., Any]


def run_plain(stage: str, *arguments: Any) -> Any:
    """Run a stage as the function that it is."""
    return STAGES[stage][1](*arguments)


def _source_arguments(sources: list[str] | None, settings: Settings) -> list[str]:
    """What a run reads: what it was given, else the sources of registry.toml, else the cases that the project ships."""
    if sources:
        return list(sources)
    configured = [f"{key}={source.path}" for key, source in settings.sources.items() if source.path]
    return configured or [str(resource("data", "cases")), str(resource("data", "narratives"))]


def refresh(
    sources: list[str] | None = None,
    home: str | None = None,
    full: bool = False,
    remove: list[str] | None = None,
    replay: bool = False,
    *,
    run_stage: RunStage = run_plain,
    logger: Logger = LOGGER,
    gates_apart: bool = False,
) -> Summary:
    """Bring the registry up to date with its sources, and publish it; see `flows.refresh.refresh_registry`.

    replay: derive the registry anew from the records that it holds, without a look at its sources.
    run_stage: called with the name of a stage (STAGES) and its arguments; gives what the stage gives.
    gates_apart: import Great Expectations in a process of its own meanwhile (`flows.validate.apart`).
    """
    settings = load_settings(home=Path(home) if home else None)
    place = Home(settings.home.resolve())
    place.create()
    lock = FileLock(place.lock)
    try:
        lock.acquire(timeout=settings.busy_timeout_seconds if settings.when_busy == "wait" else 0)
    except Timeout as error:
        raise BusyError(
            f"another run holds {place.path}: try again when it has ended (`calcinosis runs` shows it)"
        ) from error
    with lock:
        run_id = new_run_id()
        journal = Journal(place.runs, run_id)
        journal.write(
            "started",
            full=full,
            program_version=version("calcinosis-registry"),
            built_on=published_run(place),
            **process_mark(),
        )
        watch = Stopwatch()
        try:
            summary = _refresh(
                place,
                run_id,
                [] if replay else _source_arguments(sources, settings),
                settings,
                journal,
                full,
                remove or [],
                replay,
                run_stage,
                logger,
                gates_apart,
            )
        except BaseException as error:
            journal.write("failed", message=f"{type(error).__name__}: {error}"[:2000], seconds=watch.seconds())
            raise
        journal.write(summary["status"], seconds=watch.seconds(), message=summary["message"], summary=_brief(summary))
        prune_builds(place, settings.keep_builds)
    logger.info("%s", summary["message"])
    return summary


def _refresh(
    home: Home,
    run_id: str,
    sources: list[str],
    settings: Settings,
    journal: Journal,
    full: bool,
    remove: list[str],
    replay: bool,
    run_stage: RunStage,
    logger: Logger,
    gates_apart: bool,
) -> Summary:
    overrides = {key: source.overrides() for key, source in settings.sources.items()}
    curation = CurationFiles(settings.retractions, settings.previous_review)
    plan = plan_files(home, sources, overrides, full=full, removed=remove, curation=curation, replay=replay)
    plan.decisions = load_decisions(home, settings.decisions)
    if not full and _is_up_to_date(home, plan):
        summary = _summarise(home, run_id, plan, "unchanged", [])
        return _with_difference(summary, BuildDifference(quarantine=untouched_quarantine(home.registry)), replay)
    with library_apart(gates_apart), show_progress(len(STAGES), logger) as progress:

        def step(stage: str, *arguments: Any) -> Any:
            progress.stage(STAGES[stage][0])
            watch = Stopwatch()
            result = run_stage(stage, home.path, run_id, *arguments)
            journal.write("stage", stage=stage, seconds=watch.seconds())
            return result

        memory = settings.memory_limit
        plan = step("read", plan, overrides, memory)
        if plan.failures and not any(file.action in ("read", "keep", "missing") for file in plan.files):
            shutil.rmtree(home.build(run_id), ignore_errors=True)
            raise UnreadableInputError(_failed_summary(home, run_id, plan))
        step("extract", memory)
        step("code", memory)
        step("load", memory)
        step("analyse", memory, settings.drift_threshold)
        results = step("gate")
        docs: Path = call(write_data_docs, results, home.data_docs, run_id, settings.keep_data_docs)
        status = "held" if any(result.stops for result in results) else "published"
        difference = compare_build(home, run_id, status, memory, logger)
        if status == "published":
            step("publish", settings.keep_versions)
    return _with_difference(_summarise(home, run_id, plan, status, results, docs), difference, replay)


def _with_difference(summary: Summary, difference: BuildDifference, replay: bool) -> Summary:
    summary["difference"] = difference.brief
    if replay:
        summary["replay"] = replay_report(difference.quarantine)
    return summary


def _is_up_to_date(home: Home, plan: Plan) -> bool:
    """Whether the published registry was derived, to its end, from these inputs with this program."""
    current = published_run(home)
    if current is None or read_journal(home.runs / f"{current}.json").status not in PUBLISHED:
        return False
    with open_published(home) as connection:
        held = read_fingerprints(connection)
    return held == {**program_fingerprints(), **plan.fingerprints()}


def _summarise(
    home: Home, run_id: str, plan: Plan, status: str, results: list[SuiteResult], docs: Path | None = None
) -> Summary:
    database = home.build_database(run_id) if status == "held" else home.registry
    with open_reader(database) as connection:
        if status == "unchanged":
            ledger = as_unchanged(read_ledger(connection, published_run(home) or ""))
        else:
            ledger = read_ledger(connection, run_id)
        drift = held_shares(connection) if status == "held" else []
        distributions = {name.replace("-", "_"): read_distribution(connection, name) for name in TABLES}
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM registry.cases), (SELECT count(*) FROM registry.publications), "
            "(SELECT count(*) FROM quality.quarantine), (SELECT count(*) FROM quality.unmapped_terms), "
            "(SELECT count(*) FROM quality.unused_corrections)"
        ).fetchone()
        unmet = dict(unmet_decisions(connection))
    n_cases, n_publications, n_quarantined, n_unmapped, n_unused = counts or (0, 0, 0, 0, 0)
    validation = validation_summary(results)
    stops = [f"{row['suite']}: {stop}" for row in validation for stop in row["stops"]]  # type: ignore[attr-defined]
    message = {
        "published": f"published {n_cases} cases of {n_publications} publications",
        "unchanged": f"nothing changed: {n_cases} cases of {n_publications} publications stay published",
        "held": f"not published, held back by {'; '.join(stops)}: see {docs}",
    }[status]
    if status == "held" and not any(rule["action"] == "stop" for row in validation for rule in row["failed"]):  # type: ignore[attr-defined]
        message += f'; `calcinosis release {run_id} --why "..."` publishes it all the same'
    if n_quarantined:
        message += f"; {n_quarantined} records in quarantine"
    if plan.failures:
        message += f"; {len(plan.failures)} files could not be read"
    return {
        "run_id": run_id,
        "status": status,
        "message": message,
        "n_cases": n_cases,
        "n_publications": n_publications,
        "n_unmapped_terms": n_unmapped,
        "n_unused_corrections": n_unused,
        "unmet_decisions": unmet,
        "files": _files(plan),
        "ledger": ledger,
        "validation": validation,
        "published": status == "published",
        "drift": drift,
        "distributions": distributions,
        "outputs": _outputs(home),
    }


def _failed_summary(home: Home, run_id: str, plan: Plan) -> Summary:
    return {
        "run_id": run_id,
        "status": "failed",
        "message": "none of the files could be read; nothing was published",
        "files": _files(plan),
        "ledger": [
            {"source_key": file.source_key, "unit": "file", "state": "failed", "reason": file.reason, "n": 1}
            for file in plan.failures
        ],
        "validation": [],
        "published": False,
        "distributions": {},
        "outputs": _outputs(home),
    }


def _files(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "source_key": file.source_key,
            "file": file.path,
            "state": file_state(file),
            "is_stale": file.action == "missing",
            "n_records": file.n_records,
            "reason": file.reason,
            "detail": file.detail,
            "advice": file.advice,
        }
        for file in plan.files
    ]


def _outputs(home: Home) -> dict[str, str]:
    outputs = {
        "registry": home.registry,
        "data_docs": home.data_docs / "index.html",
        "exports": home.exports,
        "journals": home.runs,
    }
    return {name: str(path) for name, path in outputs.items() if path.exists()}


def _brief(summary: Summary) -> Summary:
    """What the journal keeps of a summary: the accounts, not the distributions."""
    return {key: summary[key] for key in ("ledger", "files", "validation", "n_cases", "n_publications")}
