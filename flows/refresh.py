"""The flow that refreshes the registry: sources in, distributions published.

The work is in `flows.pipeline`; here every stage becomes a Prefect task, and the summary becomes artifacts.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging import get_run_logger
from prefect.tasks import Task

from flows.difference.running import in_words
from flows.pipeline import STAGES, BusyError, Summary, UnreadableInputError, refresh

__all__ = ["BusyError", "UnreadableInputError", "refresh_registry"]


def _may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether a second try may pass: a file on a network drive may come back, a broken one never mends itself."""
    return isinstance(state.result(raise_on_failure=False), OSError)


# Only reading reaches outside the home folder, so only there a second try may find what the first did not.
TASKS: dict[str, Task[..., Any]] = {
    name: task(
        name=title,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=2 if name == "read" else 0,
        retry_delay_seconds=5,
        retry_condition_fn=_may_pass if name == "read" else None,
    )(function)
    for name, (title, function) in STAGES.items()
}


def _run_stage(stage: str, *arguments: Any) -> Any:
    return TASKS[stage](*arguments)


def _run_name() -> str:
    from prefect.runtime import flow_run

    parameters = flow_run.parameters
    names = [Path(source.rpartition("=")[2]).name for source in parameters.get("sources") or []] or ["shipped cases"]
    if parameters.get("replay"):
        return f"replay of the quarantine {datetime.now(UTC):%Y-%m-%d %H:%M}"
    what = "rebuild" if parameters.get("full") else "refresh"
    return f"{what} {', '.join(names[:3])}{' …' if len(names) > 3 else ''} {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="refresh-registry", flow_run_name=_run_name, validate_parameters=True)
def refresh_registry(
    sources: list[str] | None = None,
    home: str | None = None,
    full: bool = False,
    remove: list[str] | None = None,
    replay: bool = False,
) -> Summary:
    """Bring the registry up to date with its sources, and publish it.

    sources: files, folders, patterns or `key=path`; without any, those of registry.toml or else the shipped cases. Sources
    that the registry knows from earlier runs stay, and are read again where they changed.
    home: the registry's folder (default: settings).   full: read and derive everything anew.   remove: source keys to drop.
    replay: derive anew from the records that the registry holds, without a look at its sources.

    Returns run_id, status (published, unchanged, held), message, ledger, files, validation, published, distributions, outputs,
    difference (what the run changes; None in a first one), and after a replay what became of the quarantined records.
    Raises UnreadableInputError, BusyError, SourceNotFoundError, SettingsError; the published registry stays as it was.
    """
    summary = refresh(
        sources, home, full, remove, replay, run_stage=_run_stage, logger=get_run_logger(), gates_apart=True
    )
    _create_artifacts(summary)
    return summary


def _create_artifacts(summary: Summary) -> None:
    """Show ledger, validation and distributions in Prefect."""
    create_table_artifact(summary["ledger"], key="ledger", description="Ledger: what became of every file and record")
    if summary["validation"]:
        rows = [
            {**row, "failed": len(row["failed"]), "stops": ", ".join(row["stops"])} for row in summary["validation"]
        ]
        create_table_artifact(rows, key="validation", description="Great Expectations: one row per suite")
    for name, rows in summary["distributions"].items():
        create_table_artifact(rows, key=f"{name.replace('_', '-')}-distribution", description=f"Distribution of {name}")
    difference = summary.get("difference")
    if difference and difference["moved"]:
        create_table_artifact(
            difference["moved"], key="difference", description=f"What this run changes: {in_words(difference)}"
        )
    docs = summary["outputs"].get("data_docs")
    link = f"\n\n[Data Docs]({Path(docs).as_uri()})" if docs else ""
    changes = f"\n\n{in_words(difference)}." if difference else ""
    create_markdown_artifact(
        f"# {summary['status']}\n\n{summary['message']}.{changes}{link}\n",
        key="refresh",
        description="Summary of the refresh",
    )


if __name__ == "__main__":
    from flows.cli import main

    sys.argv[0] = "calcinosis"
    main("refresh")
