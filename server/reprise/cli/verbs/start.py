"""`reprise start`: runs the server in the background, one for each user."""

import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer
from reprise.cli.greeting import greet
from reprise.cli.instance import Running, find_running
from reprise.cli.own_server import serve_command
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.settings import read_settings
from reprise.cli.verbs.serve import add_reaper_flag, restart_flags
from reprise.errors import AlreadyRunningError, ServerError

EXAMPLE = "reprise start"

LOG_NAME: Final = "server.log"
MAX_LOG_BYTES: Final = 5_000_000
_PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.05
_LAST_LINES: Final = 5


def add_arguments(parser: VerbParser) -> None:
    """Add the port and the common flags."""
    parser.add_argument("--port", type=int, metavar="N", help="UDP port on loopback")
    add_reaper_flag(parser)
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Start the server and wait until it answers hello.

    Raises:
        AlreadyRunningError: One runs already.
        ServerError: It did not start; the message has its last words.
    """
    folder = read_settings(arguments).data_directory
    running = find_running(folder)
    if running is not None:
        raise AlreadyRunningError(
            f"a Reprise server runs already (process {running.pid}, port {running.port}); "
            "use it as it is, or end it with: reprise stop"
        )
    log = folder / LOG_NAME
    process = _detached([*serve_command(), "--log", str(log), *restart_flags(arguments)], log)
    running = _awaited(process, folder, log)
    welcome = greet(running.port, _PATIENCE_S)
    if welcome is None:
        raise ServerError(f"the server started but does not answer; its log is {log}")
    data = {"pid": running.pid, "port": running.port, "log": str(log)}
    version = welcome["server_version"]
    text = f"Reprise {version} listens on UDP port {running.port} of this computer. Log: {log}"
    return Answer({**data, "server_version": version}, text)


def _detached(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a process that outlives this one and its terminal."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        _put_away_long_log(log)
        with log.open("ab") as file:
            return subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as error:
        raise ServerError(
            f"the data directory {log.parent} cannot be written ({error.strerror}); make it "
            "writable, or name another one with REPRISE_DATA_DIRECTORY"
        ) from error


def _put_away_long_log(log: Path) -> None:
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def _awaited(process: "subprocess.Popen[bytes]", folder: Path, log: Path) -> Running:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        running = find_running(folder)
        if running is not None:
            return running
        if process.poll() is not None:
            raise ServerError(f"the server did not start: {_last_words(log)}")
        time.sleep(_PAUSE_S)
    raise ServerError(f"the server did not start in {_PATIENCE_S:g} seconds; its log is {log}")


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = [line.removeprefix("reprise: ") for line in lines[-_LAST_LINES:]]
    return (last[-1] if last else f"it said nothing; its log is {log}").rstrip(".")
