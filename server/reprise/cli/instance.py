"""One server at a time: who runs, where, and the lock that a dead server cannot keep.

The lock is the operating system's own on a file, so it is free again however the server ended.
What others may read (process and ports) lies in a second file, because Windows lets nobody read a
locked one.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from reprise.errors import AlreadyRunningError, ServerError
from reprise.transports.file_lock import locked

_LOCK_NAME: Final = "server.lock"
_NOTE_NAME: Final = "server.json"
_ATTEMPTS: Final = 5
_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """What is known of a server that runs.

    Attributes:
        pid: Its process.
        port: The UDP port on loopback that it answers on.
        version: Of the package.
        log: Its log file, "" where it writes to a terminal.
    """

    pid: int
    port: int
    version: str
    log: str = ""


class InstanceLock:
    """Held by the one server of a data directory for as long as it lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "InstanceLock":
        """Take the lock.

        Raises:
            AlreadyRunningError: Another server has it.
            ServerError: The folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = (self._folder / _LOCK_NAME).open("ab")
        except OSError as error:
            raise ServerError(
                f"the data directory {self._folder} cannot be written ({error.strerror}); "
                "make it writable, or name another one with REPRISE_DATA_DIRECTORY"
            ) from error
        if not _patiently_locked(self._file):
            self._file.close()
            raise AlreadyRunningError(_who_runs(self._folder))
        return self

    def tell(self, running: Running) -> None:
        """Write down who runs, for `status`, `stop` and everyone who starts a second server."""
        text = json.dumps(asdict(running))
        fresh = self._folder / f"{_NOTE_NAME}.{os.getpid()}"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self._folder / _NOTE_NAME)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        (self._folder / _NOTE_NAME).unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()


def find_running(folder: Path) -> Running | None:
    """Return the server of a data directory, None where none lives."""
    try:
        note = Running(**json.loads((folder / _NOTE_NAME).read_text(encoding="utf-8")))
        with (folder / _LOCK_NAME).open("ab") as file:
            return None if locked(file) else note
    except (OSError, ValueError, TypeError):
        return None


def wait_until_gone(folder: Path, seconds: float) -> bool:
    """Wait for the server of a data directory to end; tell whether it did."""
    end = time.monotonic() + seconds
    while find_running(folder) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE_S)
    return True


def _patiently_locked(file: IO[bytes]) -> bool:
    # Someone who only asks who runs holds the lock for a moment.
    for _ in range(_ATTEMPTS):
        if locked(file):
            return True
        time.sleep(_PAUSE_S)
    return False


def _who_runs(folder: Path) -> str:
    running = find_running(folder)
    who = f"process {running.pid}, port {running.port}" if running else "it has only just started"
    return f"a Reprise server runs already ({who}); use it as it is, or end it with: reprise stop"
