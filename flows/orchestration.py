"""How the registry's processes use Prefect: which server, which files, and without noise or telemetry.

Prefect reads its settings once, when it is imported. So `configure_prefect` runs before anything imports `prefect`, and
this module does not import it at the top.

A run for which nobody configured a server gets one of its own (`embedded_server`). It is the same server that Prefect
would start, started sooner and another way: the listening socket is opened here and handed to the server process, so
that the run imports its libraries while the server starts, and the first request waits in the socket's queue. Prefect's
own way imports the whole server into the run's process first and then waits. docs/scheduling.md has the figures.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

_LOOPBACK = "127.0.0.1"
_START_SECONDS = 120
_LOG_LIMIT_BYTES = 1_000_000

_NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}

# What a server does that nobody can ask of one that ends with the run.
_EMBEDDED = {
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}


class PrefectServerError(RuntimeError):
    """A Prefect server of ours could not start or ended too early; the message says why, and where its log is."""


class OwnLines(logging.Filter):
    """Lets through what the registry says: its own loggers, and its lines in the run loggers of Prefect."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith(("prefect.flow_runs", "prefect.task_runs")):
            # Prefect's engine writes its own lines ("Beginning flow run ...") into the same loggers as a flow does.
            return not _in_prefect(record.pathname)
        return record.name == "flows" or record.name.startswith("flows.")


class LibraryLines(OwnLines):
    """Lets through what `OwnLines` keeps off the console."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not super().filter(record)


def _in_prefect(path: str) -> bool:
    import prefect

    return Path(path).is_relative_to(Path(prefect.__file__).parent)


def configure_prefect(home: Path, *, quiet: bool = True) -> None:
    """Settle Prefect's settings for this process and its children; to be called before `prefect` is imported.

    home: the registry's home. Unless PREFECT_HOME is set or a server is configured, Prefect's files (SQLite database,
    results, logs) go to `home/prefect`: in the account's shared ~/.prefect another project with another Prefect would
    migrate, lock or lengthen the same database. The user's profile stays in force.
    quiet: the console shows the registry's own log lines only, and those only where standard error is no terminal
    (progress bars stand there); what the libraries say goes to `home/prefect/library.log`. False: as Prefect logs.

    Telemetry is off in every case. A configured server (see `configured_server`) is respected.
    A later call works too, but by then Prefect has been imported before the server could be started.
    """
    os.environ.update(_NO_TELEMETRY)
    _reach_loopback_directly()
    server = configured_server()
    if server is None:
        _keep_files_in(home)
        os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_ENABLED", "true")
        os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", str(_START_SECONDS))
        os.environ.setdefault("PREFECT_API_REQUEST_TIMEOUT", str(_START_SECONDS))
    if quiet:
        folder = home.absolute() / "prefect"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_LOGGING_CONFIG_PATH"] = str(Path(__file__).with_name("logging.yml"))
        os.environ["PREFECT_LOGGING_HANDLERS_FILE_FILENAME"] = str(folder / "library.log")
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING" if sys.stderr.isatty() else "INFO")
    _tell_prefect()


def configured_server() -> str | None:
    """Address of the API of the Prefect server that the user configured; None when there is none.

    Read where Prefect reads it: PREFECT_API_URL in the environment; .env, prefect.toml and pyproject.toml (its table
    tool.prefect) of the working directory; the active profile.
    """
    if address := os.environ.get("PREFECT_API_URL"):
        return address
    return _file_settings().get("url")


def _file_settings() -> dict[str, str]:
    """What the user's files say of `url` (the API's address) and `home`; empty without such files."""
    # Prefect's own reading costs more than a second of imports before a server can start, so only where it is needed.
    files = (Path(".env"), Path("prefect.toml"), Path("pyproject.toml"), _profiles())
    if not any(_mentions_prefect(path) for path in files):
        return {}
    from prefect.settings.models.root import Settings

    settings = Settings()
    found = {} if settings.api.url is None else {"url": settings.api.url}
    return found | ({"home": str(settings.home)} if "home" in settings.model_fields_set else {})


def _mentions_prefect(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
        if path.name == "pyproject.toml":
            return "prefect" in tomllib.loads(text).get("tool", {})
        return path.name == "prefect.toml" or "PREFECT_" in text
    except (OSError, ValueError):
        return False


def _profiles() -> Path:
    home = os.environ.get("PREFECT_HOME") or Path.home() / ".prefect"
    return Path(os.environ.get("PREFECT_PROFILES_PATH") or Path(home) / "profiles.toml")


def _keep_files_in(home: Path) -> None:
    if os.environ.get("PREFECT_HOME"):
        return
    if "home" in (settings := _file_settings()):
        os.environ["PREFECT_HOME"] = settings["home"]
        return
    if (profiles := _profiles()).exists():
        os.environ["PREFECT_PROFILES_PATH"] = str(profiles)
    os.environ["PREFECT_HOME"] = str(home.absolute() / "prefect")


def _reach_loopback_directly() -> None:
    # Prefect's clients obey a proxy of the environment, which knows nothing of a server on this machine's loopback.
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = [host for host in known.split(",") if host]
    hosts += [host for host in (_LOOPBACK, "localhost") if host not in hosts]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(hosts)


def _tell_prefect() -> None:
    """Let a Prefect that is imported already read the environment again."""
    if "prefect.context" in sys.modules:
        import prefect.context
        from prefect.logging.configuration import setup_logging

        prefect.context.refresh_global_settings_context()
        setup_logging(incremental=False)


class PrefectServer:
    """A Prefect server in a process of its own, on loopback, which ends when this process does.

    folder: PREFECT_HOME of the server: its database and `server.log`.
    settings: environment variables on top of this process's own.
    port: 0 takes a free one.
    Raises PrefectServerError when the port cannot be had.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str], port: int = 0) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "server.log"
        with _listen(port) as listening:
            self.address = f"http://{_LOOPBACK}:{listening.getsockname()[1]}"
            self.api_url = f"{self.address}/api"
            self._process = self._start(listening, settings)

    def _start(self, listening: socket.socket, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_LOGGING_")}
        own = {"PREFECT_HOME": str(self.folder), "PREFECT_API_URL": self.api_url, "PREFECT_UI_API_URL": self.api_url}
        fresh = self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES
        with self.log.open("wb" if fresh else "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("prefect_server.py")), str(listening.fileno())],
                env={**inherited, **own, **settings},
                pass_fds=[listening.fileno()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal goes to the whole group; the server must outlive the run that it takes down.
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        """Whether the server's process still runs; it may not answer yet."""
        return self._process.poll() is None

    def wait(self, seconds: float = _START_SECONDS) -> None:
        """Return once the server answers. Raises PrefectServerError when it ends first, or after `seconds`."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            direct.open(f"{self.api_url}/health", timeout=seconds).close()
        except OSError as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                # A server that fails lets go of its socket a moment before its process ends.
                self._process.wait(timeout=3)
            why = "does not answer" if self.is_alive else "ended while it started"
            raise PrefectServerError(f"the Prefect server {why}: see {self.log}") from error

    def stop(self) -> None:
        """End the server and wait for its end, by force after a minute. May be called twice."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_LOOPBACK, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise PrefectServerError(f"port {port} of {_LOOPBACK} cannot be had: {error}; choose another") from error
    return listening


@contextlib.contextmanager
def embedded_server(home: Path) -> Iterator[PrefectServer | None]:
    """Give the runs in this block a Prefect server of their own; None, and nothing done, where one is configured.

    `configure_prefect(home)` has to be called before. Enter the block before the run's libraries are imported: the
    server starts meanwhile, and nobody has to wait for it. Raises PrefectServerError when the server ends before the
    block does.
    """
    if configured_server() is not None or os.name == "nt":
        yield None
        return
    server = PrefectServer(Path(os.environ["PREFECT_HOME"]), _EMBEDDED)
    with using_server(server):
        yield server


@contextlib.contextmanager
def using_server(server: PrefectServer) -> Iterator[None]:
    """Let this process and its children talk to `server` within the block, and stop it afterwards.

    Raises PrefectServerError in place of an error in the block when the server has ended.
    """
    os.environ["PREFECT_API_URL"] = server.api_url
    _tell_prefect()
    try:
        yield
    except Exception as error:
        if not server.is_alive and not isinstance(error, PrefectServerError):
            raise PrefectServerError(f"the Prefect server ended too early: see {server.log}") from error
        raise
    finally:
        if server.is_alive:
            _hand_over_logs_and_events()
        server.stop()
        del os.environ["PREFECT_API_URL"]
        _tell_prefect()


def end_with_parent() -> None:
    """From now on end this process, at once, when the process that started it has ended.

    For runs under `calcinosis serve`: one that outlives it would wait for a server that has gone. POSIX only.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _hand_over_logs_and_events() -> None:
    """Wait until Prefect's background threads have sent what they still hold to the server."""
    if "prefect.events.worker" in sys.modules:
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker

        APILogWorker.drain_all(timeout=5)
        EventsWorker.drain_all(timeout=5)
