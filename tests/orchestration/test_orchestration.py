"""Runs without a configured server: quiet, alone, on a server of their own; and whose settings win."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
from pathlib import Path

import pytest

from .processes import Account, wait_for

RUN = """
import sys
from pathlib import Path
from flows.orchestration import configure_prefect, embedded_server

configure_prefect(Path("registry"))
with embedded_server(Path("registry")):
    from small_flow import small

    print("answer", small(**eval(sys.argv[1])))
"""

SETTINGS = """
import json, os
from pathlib import Path
from flows.orchestration import configure_prefect, configured_server

server = configured_server()
configure_prefect(Path("registry"))
print(json.dumps({"server": server, **os.environ}))
"""


def settings(account: Account, **environment: str) -> dict[str, str]:
    """The environment after `configure_prefect`, begun with `environment`."""
    account.environment |= environment
    process = account.run("-c", SETTINGS)
    assert process.returncode == 0, process.stderr
    found: dict[str, str] = json.loads(process.stdout)
    return found


def lines_without_time(text: str) -> list[str]:
    return [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} ", "", line) for line in text.splitlines()]


def test_two_first_runs_at_once_are_quiet_recorded_and_reach_no_other_machine(account: Account) -> None:
    runs = [account.start("-c", RUN, str({"number": number})) for number in (7, 8)]
    said = [run.communicate(timeout=120) for run in runs]

    assert [out for out, _ in said] == ["answer 7\n", "answer 8\n"]
    assert [lines_without_time(err) for _, err in said] == [
        [f"INFO counting to {number}", f"INFO counted {number}"] for number in (7, 8)
    ]
    assert account.recorded("SELECT state_type, count(*) FROM flow_run GROUP BY 1") == [("COMPLETED", 2)]
    assert account.recorded("SELECT state_type, count(*) FROM task_run GROUP BY 1") == [("COMPLETED", 2)]
    assert account.recorded("SELECT data FROM artifact ORDER BY 1") == [('"**7**"',), ('"**8**"',)]
    assert account.recorded("SELECT count(*) FROM log WHERE message LIKE 'counted%'") == [(2,)]
    assert not account.reached.exists(), account.reached.read_text()
    assert account.left_behind() == []


def test_a_failed_run_raises_its_own_error_and_adds_no_noise(account: Account, migrated: Path) -> None:
    account.give_database(migrated, "prefect")

    run = account.run("-c", RUN, "{'fails': True}")

    assert run.returncode == 1
    said = lines_without_time(run.stderr)
    assert said[0] == "INFO counting to 1"
    assert said[1] == "Traceback (most recent call last):"
    assert said[-1] == "ValueError: told to fail"
    assert account.recorded("SELECT state_type FROM flow_run") == [("FAILED",)]
    assert "Encountered exception during execution" in (account.home / "prefect" / "library.log").read_text()


def test_the_server_ends_with_a_killed_run(account: Account, migrated: Path) -> None:
    account.give_database(migrated, "prefect")
    run = account.start("-c", RUN, "{'seconds': 600}")
    wait_for(lambda: account.recorded("SELECT 1 FROM flow_run WHERE state_type = 'RUNNING'"))
    assert len(account.left_behind()) == 2

    os.kill(run.pid, signal.SIGKILL)
    run.communicate()

    wait_for(lambda: not account.left_behind(), 30)


def test_a_server_that_cannot_start_is_told_with_the_place_of_its_log(account: Account) -> None:
    account.environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = "sqlite+aiosqlite:////no/such/folder/prefect.db"

    run = account.run("-c", RUN, "{}")

    log = account.home / "prefect" / "server.log"
    assert run.stderr.splitlines()[-1].endswith(f"PrefectServerError: the Prefect server ended too early: see {log}")
    assert "unable to open database file" in log.read_text()
    assert account.left_behind() == []


def test_files_of_prefect_stand_in_the_registrys_home_and_telemetry_is_off(account: Account) -> None:
    found = settings(account)

    assert found["server"] is None
    assert found["PREFECT_HOME"] == str(account.home / "prefect")
    assert found["DO_NOT_TRACK"] == "1"
    assert found["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_a_home_of_prefect_that_the_user_sets_is_kept(account: Account) -> None:
    assert settings(account, PREFECT_HOME="/elsewhere")["PREFECT_HOME"] == "/elsewhere"


def test_a_server_of_the_users_environment_is_respected(account: Account) -> None:
    found = settings(account, PREFECT_API_URL="http://127.0.0.1:4200/api")

    assert found["server"] == found["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert "PREFECT_HOME" not in found
    assert found["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_a_server_of_the_users_profile_is_respected(account: Account) -> None:
    (account.folder / ".prefect").mkdir()
    (account.folder / ".prefect" / "profiles.toml").write_text(
        'active = "clinic"\n[profiles.clinic]\nPREFECT_API_URL = "http://127.0.0.1:4299/api"\n'
    )

    found = settings(account)

    assert found["server"] == "http://127.0.0.1:4299/api"
    assert "PREFECT_HOME" not in found


def test_a_profile_without_a_server_stays_in_force(account: Account) -> None:
    profiles = account.folder / ".prefect" / "profiles.toml"
    profiles.parent.mkdir()
    profiles.write_text('active = "clinic"\n[profiles.clinic]\nPREFECT_LOGGING_LEVEL = "DEBUG"\n')

    found = settings(account)

    assert found["server"] is None
    assert found["PREFECT_PROFILES_PATH"] == str(profiles)
    assert found["PREFECT_HOME"] == str(account.home / "prefect")


@pytest.mark.parametrize(("before", "after"), [("", "127.0.0.1,localhost"), ("b.org", "b.org,127.0.0.1,localhost")])
def test_a_proxy_is_not_asked_for_this_machine(account: Account, before: str, after: str) -> None:
    found = settings(account, NO_PROXY=before, HTTP_PROXY="http://proxy.example:3128")

    assert found["NO_PROXY"] == found["no_proxy"] == after


def test_log_lines_are_left_out_where_a_person_sees_progress_bars(account: Account) -> None:
    """Level of the console's handler, with standard error a terminal and not one."""
    ours, theirs = pty.openpty()
    process = account.start("-c", SETTINGS, stderr=theirs)
    out, _ = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)

    assert json.loads(out)["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] == "WARNING"
    assert settings(account)["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] == "INFO"
