"""Loaded by every Python process that the tests start: writes down each attempt to reach another machine."""

import os
import sys

_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if not name.startswith(_LOOPBACK):
        with open(os.environ["REACHED_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123 (runs before the imports)
            log.write(f"{name}\n")


if "REACHED_LOG" in os.environ:
    sys.addaudithook(_watch)
