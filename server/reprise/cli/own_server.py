"""A server of one's own in another process, for as long as it is needed.

It ends when its standard input closes, so that none is left behind however its owner ends.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final, cast

from reprise.errors import ServerError

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A server that nobody else is told of.

    Attributes:
        port: The UDP port on loopback that it listens on.
        pid: Its process.
    """

    port: int
    pid: int


def serve_command() -> list[str]:
    """Return the command that runs the server with this very Python."""
    return [sys.executable, "-m", "reprise.cli.main", "serve"]


def start_command() -> list[str]:
    """Return the command that starts the server in the background with this very Python."""
    return [sys.executable, "-m", "reprise.cli.main", "start"]


@contextmanager
def own_server(
    flags: Sequence[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
    own_session: bool = False,
) -> Iterator[OwnServer]:
    """Run a server on a free port until the block ends.

    Args:
        flags: More of them for the server.
        environment: Variables that it has besides ours.
        own_session: Whether it is a session of its own, as one in the background is.

    Raises:
        ServerError: It did not start; the message has its own words.
    """
    command = [*serve_command(), "--port", "0", "--beside", "--attended", "--json", *flags]
    # A file, because a pipe that nobody reads would stop a talkative server.
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
            start_new_session=own_session,
        )
        try:
            yield _listening(process, words)
        finally:
            _end(process)


def _listening(process: "subprocess.Popen[str]", words: IO[bytes]) -> OwnServer:
    try:
        said = json.loads(_first_line(cast("IO[str]", process.stdout)))
        return OwnServer(int(said["port"]), int(said["pid"]))
    except (ValueError, KeyError, TimeoutError):
        _end(process)
        raise ServerError(
            f"the server did not start: {_last_words(words)}; reprise doctor says what is wrong"
        ) from None


def _end(process: "subprocess.Popen[str]") -> None:
    try:
        process.communicate(timeout=STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    except ValueError:
        # It has been ended already.
        process.wait()


def _last_words(words: IO[bytes]) -> str:
    words.seek(0)
    text = words.read().decode("utf-8", "replace").strip()
    return text.removeprefix("reprise: ").rstrip(".") or "it said nothing"


def _first_line(output: IO[str]) -> str:
    """Return the line with which a server says where it listens.

    Raises:
        TimeoutError: It said nothing for too long.
    """
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    # Windows cannot wait for a pipe with a limit, a thread can.
    threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
    try:
        return lines.get(timeout=START_TIMEOUT_S)
    except queue.Empty:
        raise TimeoutError from None
