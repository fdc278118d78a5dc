"""Great Expectations in a process of its own, which imports it while the run is busy with other things.

The import takes two seconds, which a run would wait for before its gates; a second core has them done by then.
`call` runs a function there, and right here where no such process was started: what it gives is the same.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

_process: subprocess.Popen[bytes] | None = None


class ApartError(RuntimeError):
    """The process for the gates ended before it gave an answer."""


@contextlib.contextmanager
def library_apart(wanted: bool = True) -> Iterator[None]:
    """Within the block, let `call` use a process of its own, which imports Great Expectations at once and ends with the block.

    wanted: False for no such process, as in a program that holds the library already.
    """
    global _process
    if not wanted:
        yield
        return
    _process = subprocess.Popen(
        [sys.executable, "-P", "-c", "from flows.validate.apart import main; main()"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C in a terminal goes to the whole group; the run that it ends closes the pipe, and that ends this process.
        start_new_session=True,
    )
    try:
        yield
    finally:
        _process.kill()
        _process.communicate()
        _process = None


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Give what `function(*arguments)` gives, and raise what it raises; function and arguments must be picklable.

    Raises ApartError when the process ended on its own, as for want of memory.
    """
    if _process is None or _process.stdin is None or _process.stdout is None:
        return function(*arguments)
    try:
        _send(_process.stdin, (function, arguments))
        answer, error = pickle.load(_process.stdout)
    except (EOFError, BrokenPipeError) as ended:
        raise ApartError(f"the process for the gates ended with exit code {_process.wait()}") from ended
    if error is not None:
        raise error
    return answer


def main() -> None:
    """Answer the calls that come on standard input, until it is closed."""
    # What libraries print must not run into the answers, and what they log is for no one.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.disable()
    import flows.validate.gx_duckdb  # noqa: F401

    while True:
        try:
            function, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        answer, error = None, None
        try:
            answer = function(*arguments)
        except Exception as raised:
            error = raised
        _send(answers, (answer, error))


def _send(stream: IO[bytes], message: Any) -> None:
    pickle.dump(message, stream)
    stream.flush()
