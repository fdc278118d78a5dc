"""prefect.yaml on a Prefect server, work pool and worker of one's own: deployed, triggered, run to its end."""

from __future__ import annotations

import signal
from pathlib import Path

from flows.orchestration import PrefectServer
from flows.resources import ROOT

from .processes import PATIENCE, Account, ask, wait_for

CHECKOUT = ROOT


def test_the_nightly_deployment_runs_on_a_worker_and_leaves_its_artifacts(account: Account, migrated: Path) -> None:
    account.give_database(migrated, "prefect_server")
    off = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    server = PrefectServer(account.home / "prefect_server", off)
    account.environment |= off | {
        "PREFECT_API_URL": server.api_url,
        "PREFECT_HOME": str(account.folder / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    try:
        server.wait(PATIENCE)
        prefect = ("-m", "prefect", "--no-prompt")
        made = account.run(*prefect, "work-pool", "create", "calcinosis", "--type", "process")
        assert made.returncode == 0, made.stderr
        deployed = account.run(*prefect, "deploy", "--all", cwd=CHECKOUT)
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr

        deployment = ask(f"{server.api_url}/deployments/name/refresh-registry/nightly")
        [schedule] = deployment["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 2 * * *", "Etc/UTC")
        assert schedule["active"] is True
        assert deployment["global_concurrency_limit"]["limit"] == 1
        assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"

        home = account.folder / "published"
        run = ask(
            f"{server.api_url}/deployments/{deployment['id']}/create_flow_run",
            {"parameters": {"home": str(home)}, "state": {"type": "SCHEDULED"}},
        )
        worker = account.start(*prefect, "worker", "start", "--pool", "calcinosis", "--type", "process")
        ended = wait_for(lambda: is_over(server.api_url, run["id"]), 150)
        worker.send_signal(signal.SIGTERM)
        said = worker.communicate(timeout=PATIENCE)

        assert ended == "COMPLETED", said
        artifacts = ask(f"{server.api_url}/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
        assert {artifact["type"] for artifact in artifacts} == {"table", "markdown"}
        assert (home / "registry.duckdb").is_file()
    finally:
        server.stop()
    assert account.left_behind() == []
    assert not account.reached.exists(), account.reached.read_text()


def is_over(api: str, run: str) -> str | None:
    state: str = ask(f"{api}/flow_runs/{run}")["state_type"]
    return state if state in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None
