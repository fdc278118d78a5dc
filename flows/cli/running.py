"""Commands that run the pipeline: refresh, serve, runs, rollback."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.common import Format, FormatOption, HomeOption, JsonOption, fail, open_home, print_json, print_rows

EXIT_CODES = {"published": 0, "unchanged": 0, "failed": 1, "held": 3}


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(refresh)
    app.command()(serve)
    app.command()(runs)
    app.command()(rollback)


def refresh(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders or patterns, or key=path to name the source [default: the cases that are shipped]"
        ),
    ] = None,
    home: HomeOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read and derive everything anew")] = False,
    json: JsonOption = False,
) -> None:
    """Read case reports, validate and load them, and publish the distributions.

    [bold]Example:[/] calcinosis refresh exports/ clinic_a=cases.xlsx --home var

    Exit code: 0 published or nothing to do, 1 the run failed, 2 wrong usage or unreadable input only, 3 held back by a gate.
    """
    run_refresh(sources, home, full, json)


def run_refresh(
    sources: list[str] | None,
    home: Path | None,
    full: bool,
    json: bool,
    remove: list[str] | None = None,
    replay: bool = False,
) -> None:
    """Run the flow and print its summary; ends the process with the exit code of the outcome."""
    from flows.orchestration import configure_prefect, embedded_server

    place = open_home(home)
    place.path.mkdir(parents=True, exist_ok=True)
    configure_prefect(place.path)
    with embedded_server(place.path) as server:
        from flows.extract.extractor import warm_up
        from flows.refresh import UnreadableInputError, refresh_registry

        if server is not None:
            # The first request would wait for the server all the same.
            warm_up()
        try:
            summary: dict[str, Any] = refresh_registry(sources, str(place.path), full, remove, replay)
            code = EXIT_CODES[summary["status"]]
        except UnreadableInputError as error:
            summary, code = error.summary, 2
    if json:
        print_json(summary)
    elif "replay" in summary:
        from flows.cli.differing import print_replay

        print_replay(summary)
    else:
        from flows.cli.report import print_refresh

        print_refresh(summary)
    sys.stdout.flush()
    raise typer.Exit(code)


def serve(
    sources: Annotated[list[str] | None, typer.Argument(help="What every run reads [default: as for refresh]")] = None,
    cron: Annotated[
        str | None, typer.Option("--cron", help="When to run: five cron fields [default: every night at 2]")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="IANA time zone of the schedule, such as Europe/Madrid")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port of the server's pages on 127.0.0.1 [default: a free one]")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Refresh on a schedule, with nothing else to be started: brings up its own Prefect server on loopback.

    [bold]Example:[/] calcinosis serve --cron "0 2 * * *" --timezone Europe/Madrid
    """
    from flows.orchestration import PrefectServerError
    from flows.serving import ScheduleError, serve_registry
    from flows.settings import load_settings

    settings = load_settings(home=home)
    try:
        serve_registry(
            cron or settings.schedule, settings.home.resolve(), sources, timezone or settings.timezone, port=port
        )
    except ScheduleError as error:
        fail(str(error), 2)
    except PrefectServerError as error:
        fail(str(error), 1)


def runs(
    home: HomeOption = None,
    last: Annotated[int, typer.Option("--last", "-n", help="How many, newest first")] = 20,
    form: FormatOption = Format.table,
) -> None:
    """List the runs: published, unchanged, held, failed and killed ones.

    [bold]Example:[/] calcinosis runs --last 5
    """
    from flows.journal import read_runs
    from flows.publish.publication import published_run

    place = open_home(home)
    current = published_run(place)
    rows = [
        {
            "run_id": run.run_id,
            "status": run.status + (" (current)" if run.run_id == current else ""),
            "started_at": (run.started_at or "")[:19],
            "seconds": run.seconds,
            "message": run.message
            or ("ended without a word: the process was killed" if run.status == "killed" else ""),
        }
        for run in reversed(read_runs(place.runs)[-last:])
    ]
    print_rows(rows, ("run_id", "status", "started_at", "seconds", "message"), form)


def rollback(
    to: Annotated[
        str | None, typer.Argument(help="Run id of the version to publish again [default: the one before]")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Publish an earlier version of the registry again; the last five are kept.

    [bold]Example:[/] calcinosis rollback
    """
    from filelock import FileLock, Timeout

    from flows.journal import Journal, new_run_id, process_mark
    from flows.publish.publication import PublicationError, roll_back

    place = open_home(home)
    place.create()
    try:
        with FileLock(place.lock, timeout=60):
            run_id = roll_back(place, to)
            journal = Journal(place.runs, new_run_id())
            journal.write("started", **process_mark())
            journal.write("rolled_back", to=run_id, seconds=0, message=f"version {run_id} is published again")
    except PublicationError as error:
        fail(str(error), 2)
    except Timeout:
        fail("a run is under way: try again when it has ended", 1)
    if json:
        print_json({"published": run_id})
    else:
        print(f"version {run_id} is published again")
