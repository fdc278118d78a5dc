"""A Prefect server that lives no longer than the process that started it.

Started by `flows.orchestration.PrefectServer`, never by hand; its only argument is the descriptor of a socket that is
bound and listening already, so that clients may connect at once and wait in its queue. Standard input is a pipe held by
the parent: when the parent ends, by whatever cause, the pipe closes and the server stops.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn
from filelock import FileLock


class _Server(uvicorn.Server):
    is_preparing = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Two servers that migrate one SQLite file at the same time break each other.
        with FileLock(Path(os.environ["PREFECT_HOME"]) / "start.lock"):
            self.is_preparing = True
            await super().startup(sockets)


def _stop_with_parent(server: _Server) -> None:
    # Not sys.stdin: a thread that waits inside it holds its lock, and the interpreter aborts when it shuts down.
    while os.read(0, 1024):
        pass
    if not server.is_preparing:
        os._exit(0)
    # A server that is migrating its database finishes that first: half a migration would stop every later start.
    server.should_exit = True


def main(arguments: list[str]) -> int:
    """Serve Prefect's API on the listening socket whose descriptor is the only argument; gives the exit code."""
    listening = socket.socket(fileno=int(arguments[0]))
    config = uvicorn.Config(
        "prefect.server.api.server:create_app",
        factory=True,
        log_level="warning",
        lifespan="on",
        # Prefect's event clients keep a websocket open, which would hold up the shutdown for as long as they like.
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    threading.Thread(target=_stop_with_parent, args=(server,), daemon=True).start()
    server.run(sockets=[listening])
    return 0 if server.started else 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    # All is written; the interpreter would take another second and a half to clear up, and somebody waits.
    os._exit(code)
