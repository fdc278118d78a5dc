"""The flow that refreshes the registry: sources in, distributions published.

The stages are plain functions; here they only get an order, a journal and Prefect's view of them. They hand nothing
along but paths and the run id: each step's result is in the build's database.
"""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.tasks import Task

from flows.analyse.distributions import TABLES, build_analytics, read_distribution
from flows.coding.stage import code_records
from flows.database import open_build, open_reader
from flows.dictionary import apply_comments, apply_keys
from flows.home import Home
from flows.journal import Journal, Stopwatch, new_run_id, process_mark, read_journal, read_runs
from flows.load.cases import append_history, append_ledger, build_registry, identify_cases, name_records, stage_records
from flows.load.fingerprints import program_fingerprints, read_fingerprints
from flows.load.migration import open_published
from flows.load.raw import Plan, SourceOverrides, file_state, load_raw, plan_files
from flows.load.runs import as_unchanged, read_ledger, take_up_journals
from flows.progress import Progress, show_progress
from flows.publish.exports import swap_exports, write_exports
from flows.publish.publication import prune_builds, publish_build, published_run
from flows.resources import resource
from flows.settings import Settings, load_settings
from flows.validate.data_docs import write_data_docs
from flows.validate.stage import apply_row_rules, prepare_rules, run_gates, shipped_suites, validation_summary
from flows.validate.suites import SuiteResult

N_STAGES = 6
Summary = dict[str, Any]


class UnreadableInputError(RuntimeError):
    """No file that the run was given could be read; the summary says why of each."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(summary["message"])
        self.summary = summary


class RefreshFailedError(RuntimeError):
    """A run failed; the registry that was published before it stays."""


class BusyError(RefreshFailedError):
    """Another run holds the registry, and this one was told to leave or waited too long."""


def _reads_may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a second try may pass: a file on a network drive may come back, a broken one never mends itself."""
    return isinstance(state.result(raise_on_failure=False), OSError)


@task(name="read sources", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, retry_condition_fn=_reads_may_pass)
def read_sources(home: Path, run_id: str, plan: Plan, overrides: SourceOverrides, memory_limit: str) -> dict[str, int]:
    """Read new and changed files into the raw tables of a new build."""
    return load_raw(Home(home), run_id, plan, overrides, memory_limit=memory_limit)


@task(name="code terms", cache_policy=NO_CACHE)
def code_terms(home: Path, run_id: str, memory_limit: str) -> dict[str, int]:
    """Code every distinct string of the sources."""
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        return code_records(connection)


@task(name="load cases", cache_policy=NO_CACHE)
def load_cases(home: Path, run_id: str, memory_limit: str) -> dict[str, int]:
    """Judge every record by the row rules, and merge the accepted ones into cases."""
    suites = shipped_suites()
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        name_records(connection)
        stage_records(connection)
        prepare_rules(connection, suites)
        apply_row_rules(connection, suites, "staging.case_records")
        identify_cases(connection)
        apply_row_rules(connection, suites, "staging.contributions")
        counts = build_registry(connection)
        append_history(connection, Home(home), run_id)
        append_ledger(connection, run_id)
        return counts


@task(name="compute distributions", cache_policy=NO_CACHE)
def compute_distributions(home: Path, run_id: str, memory_limit: str) -> None:
    """Build the analytics tables, keys and comments, and take the journals up."""
    with open_build(Home(home).build_database(run_id), memory_limit=memory_limit) as connection:
        build_analytics(connection)
        take_up_journals(connection, read_runs(Home(home).runs), run_id)
        apply_keys(connection)
        apply_comments(connection)


@task(name="run gates", cache_policy=NO_CACHE)
def check_gates(home: Path, run_id: str) -> list[SuiteResult]:
    """Let Great Expectations judge the build."""
    return run_gates(Home(home).build_database(run_id), shipped_suites(), run_id)


@task(name="publish", cache_policy=NO_CACHE)
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


def _source_arguments(sources: list[str] | None, settings: Settings) -> list[str]:
    """What a run reads: what it was given, else the sources of registry.toml, else the cases that the project ships."""
    if sources:
        return list(sources)
    configured = [f"{key}={source.path}" for key, source in settings.sources.items() if source.path]
    return configured or [str(resource("data", "cases"))]


def _run_name() -> str:
    from prefect.runtime import flow_run

    parameters = flow_run.parameters
    names = [Path(source.rpartition("=")[2]).name for source in parameters.get("sources") or []] or ["shipped cases"]
    what = "rebuild" if parameters.get("full") else "refresh"
    return f"{what} {', '.join(names[:3])}{' …' if len(names) > 3 else ''} {new_run_id()[:15]}"


@flow(name="refresh-registry", flow_run_name=_run_name, validate_parameters=True)
def refresh_registry(
    sources: list[str] | None = None,
    home: str | None = None,
    full: bool = False,
    remove: list[str] | None = None,
) -> Summary:
    """Bring the registry up to date with its sources, and publish it.

    sources: files, folders, patterns or `key=path`; without any, those of registry.toml or else the shipped cases. Sources
    that the registry knows from earlier runs stay, and are read again where they changed.
    home: the registry's folder (default: settings).   full: read and derive everything anew.   remove: source keys to drop.

    Returns run_id, status (published, unchanged, held), message, ledger, files, validation, published, distributions, outputs.
    Raises RefreshFailedError, UnreadableInputError, SourceNotFoundError, SettingsError; the published registry stays as it was.
    """
    settings = load_settings(home=Path(home) if home else None)
    place = Home(settings.home.resolve())
    place.create()
    run_id = new_run_id()
    logger = get_run_logger()
    lock = FileLock(place.lock)
    try:
        lock.acquire(timeout=settings.busy_timeout_seconds if settings.when_busy == "wait" else 0)
    except Timeout as error:
        raise BusyError(f"another run holds {place.path}: try again when it has ended (`calcinosis runs` shows it)") from error
    with lock:
        journal = Journal(place.runs, run_id)
        journal.write("started", full=full, program_version=version("calcinosis-registry"), **process_mark())
        watch = Stopwatch()
        try:
            with show_progress(N_STAGES, logger) as progress:
                summary = _refresh(place, run_id, _source_arguments(sources, settings), settings, journal, progress, full, remove or [])
        except BaseException as error:
            journal.write("failed", message=f"{type(error).__name__}: {error}"[:2000], seconds=watch.seconds())
            raise
        journal.write(summary["status"], seconds=watch.seconds(), message=summary["message"], summary=_brief(summary))
        prune_builds(place, settings.keep_builds)
    _create_artifacts(summary)
    logger.info("%s", summary["message"])
    return summary


def _refresh(
    home: Home,
    run_id: str,
    sources: list[str],
    settings: Settings,
    journal: Journal,
    progress: Progress,
    full: bool,
    remove: list[str],
) -> Summary:
    overrides = {key: source.overrides() for key, source in settings.sources.items()}
    plan = plan_files(home, sources, overrides, full=full, removed=remove)
    if not full and _is_up_to_date(home, plan):
        return _summarise(home, run_id, plan, "unchanged", [])

    def step(title: str, name: str, task: Any, *arguments: Any) -> Any:
        progress.stage(title)
        watch = Stopwatch()
        result = task(home.path, run_id, *arguments)
        journal.write("stage", stage=name, seconds=watch.seconds())
        return result

    memory = settings.memory_limit
    step("reading sources", "read", read_sources, plan, overrides, memory)
    if plan.failures and not any(file.action in ("read", "keep") for file in plan.files):
        shutil.rmtree(home.build(run_id), ignore_errors=True)
        raise UnreadableInputError(_failed_summary(home, run_id, plan))
    step("coding terms", "code", code_terms, memory)
    step("judging and merging records", "load", load_cases, memory)
    step("computing distributions", "analyse", compute_distributions, memory)
    results = step("running gates", "gate", check_gates)
    docs = write_data_docs(results, home.data_docs, run_id, keep=settings.keep_data_docs)
    if any(result.stops for result in results):
        return _summarise(home, run_id, plan, "held", results, docs)
    step("publishing", "publish", publish, settings.keep_versions)
    return _summarise(home, run_id, plan, "published", results, docs)


def _is_up_to_date(home: Home, plan: Plan) -> bool:
    """Whether the published registry was derived, to its end, from these inputs with this program."""
    current = published_run(home)
    if current is None or read_journal(home.runs / f"{current}.json").status != "published":
        return False
    with open_published(home) as connection:
        held = read_fingerprints(connection)
    return held == {**program_fingerprints(), "inputs": plan.inputs_sha256}


def _summarise(
    home: Home, run_id: str, plan: Plan, status: str, results: list[SuiteResult], docs: Path | None = None
) -> Summary:
    database = home.build_database(run_id) if status == "held" else home.registry
    with open_reader(database) as connection:
        if status == "unchanged":
            ledger = as_unchanged(read_ledger(connection, published_run(home) or ""))
        else:
            ledger = read_ledger(connection, run_id)
        distributions = {name.replace("-", "_"): read_distribution(connection, name) for name in TABLES}
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM registry.cases), (SELECT count(*) FROM registry.publications), "
            "(SELECT count(*) FROM quality.quarantine), (SELECT count(*) FROM quality.unmapped_terms)"
        ).fetchone()
    n_cases, n_publications, n_quarantined, n_unmapped = counts or (0, 0, 0, 0)
    validation = validation_summary(results)
    stops = [f"{row['suite']}: {stop}" for row in validation for stop in row["stops"]]  # type: ignore[attr-defined]
    message = {
        "published": f"published {n_cases} cases of {n_publications} publications",
        "unchanged": f"nothing changed: {n_cases} cases of {n_publications} publications stay published",
        "held": f"not published, held back by {'; '.join(stops)}: see {docs}",
    }[status]
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
        "files": _files(plan),
        "ledger": ledger,
        "validation": validation,
        "published": status == "published",
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


def _create_artifacts(summary: Summary) -> None:
    """Show ledger, validation and distributions in Prefect."""
    create_table_artifact(summary["ledger"], key="ledger", description="Ledger: what became of every file and record")
    if summary["validation"]:
        rows = [{**row, "failed": len(row["failed"]), "stops": ", ".join(row["stops"])} for row in summary["validation"]]
        create_table_artifact(rows, key="validation", description="Great Expectations: one row per suite")
    for name, rows in summary["distributions"].items():
        create_table_artifact(rows, key=f"{name.replace('_', '-')}-distribution", description=f"Distribution of {name}")
    docs = summary["outputs"].get("data_docs")
    link = f"\n\n[Data Docs]({Path(docs).as_uri()})" if docs else ""
    create_markdown_artifact(
        f"# {summary['status']}\n\n{summary['message']}.{link}\n", key="refresh", description="Summary of the refresh"
    )


if __name__ == "__main__":
    from flows.cli import main as command_line

    command_line("refresh")
