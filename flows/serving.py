"""The registry refreshed on a schedule, with nothing else to be started: `calcinosis serve`.

A server that ends with a run cannot schedule the next one. So this process brings up a Prefect server of its own, on
loopback and with a database of its own under `home/prefect_server`, puts the deployment there, and starts a process for
each run that falls due. Where the user has configured a server, that one schedules and keeps the record instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from flows.orchestration import PrefectServer, PrefectServerError, configure_prefect, configured_server, using_server

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.runner import Runner

NIGHTLY = "0 2 * * *"
DEPLOYMENT = "scheduled"

_SERVED = {
    # A registry is served for years: without this Prefect keeps every run for ever, with it for 90 days.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
}


class ScheduleError(ValueError):
    """A cron expression or a time zone that cannot be scheduled; the message says which, and how one looks."""


def serve_registry(
    cron: str = NIGHTLY,
    home: Path = Path("var"),
    sources: Sequence[str] | None = None,
    timezone: str | None = None,
    limit: int = 1,
    port: int | None = None,
) -> None:
    """Refresh the registry in `home` from `sources` whenever `cron` falls due, until SIGINT or SIGTERM.

    cron: five fields, in `timezone` (an IANA name; this machine's zone when None).
    limit: runs at a time. One that falls due while as many are running is cancelled: the next one finds the same files.
    port: of the server and its pages on 127.0.0.1; a free one when None.
    Raises ScheduleError before anything is started, and PrefectServerError when the server cannot start or ends.
    """
    with serving(home, cron, timezone, port) as (server, zone):
        from flows.refresh import refresh_registry

        parameters: dict[str, Any] = {"home": str(home.absolute())}
        if sources:
            parameters["sources"] = [_absolute(source) for source in sources]
        serve_flow(refresh_registry, "flows.served.refresh_registry", server, cron, zone, parameters, limit)


def _absolute(source: str) -> str:
    """A source that means the same from any working directory; `key=path` keeps its key."""
    key, equals, path = source.rpartition("=")
    return f"{key}{equals}{Path(path).absolute()}"


@contextlib.contextmanager
def serving(
    home: Path, cron: str, timezone: str | None, port: int | None
) -> Iterator[tuple[PrefectServer | None, str]]:
    """Check the schedule and give this block a server that can schedule, with the name of the time zone.

    The server is None where the user has configured one. SIGTERM and SIGINT end the block in good order. Raises
    ScheduleError, PrefectServerError.
    """
    # A service has no progress bar, so its log lines are wanted in a terminal too.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "INFO")
    configure_prefect(home)
    zone = timezone or local_timezone()
    next_run(cron, zone)
    with _stopped_by_signals():
        if configured_server() is not None:
            yield None, zone
            return
        folder = home.absolute() / "prefect_server"
        pages = {"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "pages")}
        server = PrefectServer(folder, {**_SERVED, **pages}, port or 0)
        with using_server(server):
            server.wait()
            yield server, zone


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """End the block without an error on SIGTERM and on SIGINT."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def next_run(cron: str, timezone: str) -> datetime:
    """When `cron` falls due next, in `timezone`.

    Raises ScheduleError for a cron expression that has not five fields, is not valid or never falls due, and for a zone
    that is not known.
    """
    from prefect._vendor.croniter.croniter import croniter
    from prefect.client.schemas.schedules import CronSchedule

    try:
        zone = ZoneInfo(timezone)
    except (OSError, ValueError, LookupError) as error:
        raise ScheduleError(f"'{timezone}' is not a time zone; they are named like Europe/Berlin") from error
    try:
        if len(cron.split()) != 5:
            raise ValueError("five fields are needed")
        dates = croniter(CronSchedule(cron=cron).cron, datetime.now(zone))  # type: ignore[no-untyped-call]
        following: datetime = dates.get_next(datetime)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise ScheduleError(
            f"'{cron}' cannot be scheduled: cron expressions have five fields"
            f" (minute, hour, day of the month, month, day of the week), like '{NIGHTLY}', and must fall due some day"
        ) from error
    return following


def local_timezone() -> str:
    """IANA name of this machine's time zone; UTC where the machine does not tell."""
    named = os.environ.get("TZ", "").removeprefix(":")
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (named, linked):
        with contextlib.suppress(OSError, ValueError, LookupError):
            return ZoneInfo(name).key
    return "UTC"


def serve_flow(
    flow: Flow[..., Any],
    entrypoint: str,
    server: PrefectServer | None,
    cron: str,
    timezone: str,
    parameters: dict[str, Any],
    limit: int,
) -> None:
    """Deploy `flow` on the server of PREFECT_API_URL and run it in a process of its own whenever `cron` falls due.

    entrypoint: where such a process imports the flow from, `module.name`; its module should call `end_with_parent`.
    Returns only by KeyboardInterrupt; raises PrefectServerError when `server` ends. No process is left behind.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    deployment = RunnerDeployment.from_flow(
        flow,
        DEPLOYMENT,
        schedule=Cron(cron, timezone=timezone),
        # Said, since an earlier end of serving has left it paused.
        paused=False,
        parameters=parameters,
        concurrency_limit=ConcurrencyLimitConfig(limit=limit, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment.entrypoint = entrypoint
    if server is not None:
        _forget_earlier_serving(f"{flow.name}/{DEPLOYMENT}")
    runner = Runner(name=DEPLOYMENT, pause_on_shutdown=False, limit=None)
    served = cast(UUID, runner.add_deployment(deployment))
    try:
        address = server.address if server is not None else configured_server()
        print(f"Prefect server: {address}")
        print(f"Schedule: {cron} ({timezone}), next run {next_run(cron, timezone):%Y-%m-%d %H:%M %Z}")
        print("Stop with Ctrl-C.", flush=True)
        asyncio.run(_run_until_told(runner, server))
    finally:
        if server is None or server.is_alive:
            # Not left to the runner, which does so only once it has begun to poll.
            with get_client(sync_client=True) as client:
                client.pause_deployment(served)


def _forget_earlier_serving(name: str) -> None:
    """Undo on our own server what an earlier `serve` that was killed has left there.

    Its deployment may hold a concurrency slot that nobody gives back, which would cancel every later run, and runs that
    fell due since then; its runs would be shown as running for ever.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Crashed

    unfinished = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=unfinished)),
            # The server refuses this client's defaults for these two.
            limit=200,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        ):
            client.set_flow_run_state(run.id, Crashed(message="The server ended during the run."), force=True)
        with contextlib.suppress(ObjectNotFound):
            client.delete_deployment(client.read_deployment_by_name(name).id)


async def _run_until_told(runner: Runner, server: PrefectServer | None) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def stop(*_: object) -> None:
        loop.call_soon_threadsafe(told.set)

    # Prefect's own handler exits from within the signal, past the runs that are still going on.
    runner.handle_sigterm = stop  # type: ignore[method-assign]
    running = asyncio.create_task(runner.start())
    waiting = asyncio.create_task(told.wait())
    try:
        while not told.is_set():
            await asyncio.wait({running, waiting}, timeout=1, return_when=asyncio.FIRST_COMPLETED)
            if server is not None and not server.is_alive:
                raise PrefectServerError(f"the Prefect server ended: see {server.log}")
            if running.done():
                running.result()
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.wait({running}, timeout=30)
