"""A schedule that needs nothing else started: checked first, seen to fire, and gone without a trace when told."""

from __future__ import annotations

import os
import re
import signal
import socket
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.orchestration import PrefectServer
from flows.serving import ScheduleError, local_timezone, next_run

from .processes import PATIENCE, Account, ask, wait_for

SERVE = """
import sys
from pathlib import Path
from flows.serving import serve_flow, serving

with serving(Path("registry"), sys.argv[1], None, int(sys.argv[2])) as (server, zone):
    from small_flow import small

    serve_flow(small, "small_flow.small", server, sys.argv[1], zone, {"number": 5, "seconds": float(sys.argv[3])}, 1)
"""


@pytest.mark.parametrize(
    ("cron", "timezone", "hour", "minute"),
    [
        ("30 2 * * *", "Europe/Berlin", 2, 30),
        ("5 23 * * MON-SUN", "Etc/UTC", 23, 5),
        ("0 12 * * *", "Asia/Tokyo", 12, 0),
    ],
)
def test_the_next_run_is_the_next_such_time_in_that_zone(cron: str, timezone: str, hour: int, minute: int) -> None:
    following = next_run(cron, timezone)

    assert (following.hour, following.minute) == (hour, minute)
    assert following.utcoffset() == datetime.now(ZoneInfo(timezone)).utcoffset()
    assert timedelta(0) < following - datetime.now(ZoneInfo(timezone)) <= timedelta(hours=25)


@pytest.mark.parametrize(
    "cron", ["", "nightly", "61 * * * *", "0 2 * *", "0 2 * * * *", "H 2 * * *", "0 2 30 2 *", "@daily"]
)
def test_what_is_no_cron_expression_or_never_falls_due_is_refused(cron: str) -> None:
    with pytest.raises(ScheduleError, match=re.escape(f"'{cron}' cannot be scheduled")):
        next_run(cron, "Etc/UTC")


@pytest.mark.parametrize("timezone", ["Berlin", "../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(ScheduleError, match="is not a time zone"):
        next_run("0 2 * * *", timezone)


def test_the_machines_own_zone_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":America/Bogota")
    assert local_timezone() == "America/Bogota"
    monkeypatch.setenv("TZ", "CET-1CEST")
    assert ZoneInfo(local_timezone()).key != "CET-1CEST"


def test_a_wrong_schedule_is_refused_before_a_server_starts(account: Account) -> None:
    served = account.run("-c", SERVE, "every night", "0", "0")

    assert served.returncode == 1
    assert "'every night' cannot be scheduled" in served.stderr.splitlines()[-1]
    assert not (account.home / "prefect_server").exists()


def test_a_port_in_use_is_told(account: Account) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        served = account.run("-c", SERVE, "0 2 * * *", str(port), "0")

    assert served.returncode == 1
    assert f"PrefectServerError: port {port} of 127.0.0.1 cannot be had" in served.stderr.splitlines()[-1]
    assert account.left_behind() == []


def test_a_cron_fires_and_the_end_leaves_nothing(account: Account, migrated: Path) -> None:
    account.give_database(migrated, "prefect_server")
    served = account.start("-c", SERVE, "* * * * *", "0", "0")
    assert served.stdout is not None
    server = served.stdout.readline().removeprefix("Prefect server: ").strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server)
    assert re.fullmatch(
        r"Schedule: \* \* \* \* \* \(Europe/Berlin\), next run \d{4}-\d\d-\d\d \d\d:\d\d CES?T\n",
        served.stdout.readline(),
    )

    [run] = wait_for(
        lambda: ask(
            f"{server}/api/flow_runs/filter",
            {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}, "limit": 1},
        )
    )
    assert run["state_type"] == "COMPLETED"
    assert run["auto_scheduled"] is True
    assert run["parameters"]["number"] == 5
    [artifact] = ask(f"{server}/api/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    assert artifact["data"] == "**5**"

    begin_long_run(server)
    served.send_signal(signal.SIGTERM)
    _, said = served.communicate(timeout=PATIENCE)
    assert served.returncode == 0
    assert re.sub(r"(?m)^\S+ ", "", said) == "INFO counting to 5\nINFO counted 5\nINFO counting to 9\n"
    assert account.left_behind() == []
    assert not account.reached.exists(), account.reached.read_text()


def begin_long_run(server: str) -> None:
    """Have the deployment run for ten minutes, and return once it does."""
    [deployment] = ask(f"{server}/api/deployments/filter", {"limit": 9})
    run = ask(
        f"{server}/api/deployments/{deployment['id']}/create_flow_run",
        {"parameters": {"number": 9, "seconds": 600}, "state": {"type": "SCHEDULED"}},
    )
    # The artifact comes after the flow's first line, so by then all of its output is known.
    wait_for(lambda: ask(f"{server}/api/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}))


def test_killing_what_serves_ends_its_server_and_its_run(account: Account, migrated: Path) -> None:
    account.give_database(migrated, "prefect_server")
    served = account.start("-c", SERVE, "0 2 * * *", "0", "0")
    assert served.stdout is not None
    begin_long_run(served.stdout.readline().removeprefix("Prefect server: ").strip())
    assert len(account.left_behind()) == 3

    served.kill()
    served.wait()

    wait_for(lambda: not account.left_behind(), 30)


def test_a_server_of_the_users_is_used_and_the_schedule_rests_while_nobody_serves(
    account: Account, migrated: Path
) -> None:
    account.give_database(migrated, "theirs")
    off = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    theirs = PrefectServer(account.home / "theirs", account.environment | off)
    account.environment["PREFECT_API_URL"] = theirs.api_url

    def paused() -> list[bool]:
        return [deployment["paused"] for deployment in ask(f"{theirs.api_url}/deployments/filter", {"limit": 9})]

    try:
        theirs.wait(PATIENCE)
        for _ in range(2):
            served = account.start("-c", SERVE, "0 2 * * *", "0", "0")
            assert served.stdout is not None
            assert served.stdout.readline() == f"Prefect server: {theirs.api_url}\n"
            assert len(account.left_behind()) == 2
            assert paused() == [False]
            served.send_signal(signal.SIGINT)
            _, said = served.communicate(timeout=PATIENCE)
            assert (served.returncode, said) == (0, "")
            assert paused() == [True]
    finally:
        theirs.stop()
    assert not (account.home / "prefect_server").exists()


def test_the_end_of_its_server_ends_serving_and_is_told(account: Account, migrated: Path) -> None:
    account.give_database(migrated, "prefect_server")
    served = account.start("-c", SERVE, "0 2 * * *", "0", "0")
    assert served.stdout is not None
    assert served.stdout.readline()
    [server] = Path(f"/proc/{served.pid}/task/{served.pid}/children").read_text().split()

    os.kill(int(server), signal.SIGKILL)

    _, said = served.communicate(timeout=PATIENCE)
    assert served.returncode == 1
    log = account.home / "prefect_server" / "server.log"
    assert said.splitlines()[-1].endswith(f"PrefectServerError: the Prefect server ended: see {log}")
    assert account.left_behind() == []
