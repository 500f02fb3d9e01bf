"""The real server with a mailbox, as REAPER's scripts find it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reprise.cli.own_server import own_server
from reprise.transports.mailbox_places import mailbox_of, read_hello

PATIENCE_S = 30.0


@dataclass(frozen=True)
class ReaperServer:
    """`reprise serve` in a process of its own, with the resource folder of one REAPER."""

    resource_folder: Path
    pid: int

    @property
    def mailbox(self) -> Path:
        return mailbox_of(self.resource_folder)


@contextmanager
def reaper_server(folder: Path, *flags: str) -> Iterator[ReaperServer]:
    """Run the real server until the block ends; the folder may have served another before.

    Args:
        folder: Becomes a home with a REAPER in it.
        flags: More of them for the server.
    """
    resource_folder = folder / "REAPER"
    resource_folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "REPRISE_DATA_DIRECTORY": str(folder / "state"),
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "OMP_NUM_THREADS": "1",
    }
    named = ("--reaper-dir", str(resource_folder))
    with own_server([*named, *flags], environment=environment) as server:
        running = ReaperServer(resource_folder, server.pid)
        _wait_for_hello(running)
        yield running


def _wait_for_hello(running: ReaperServer) -> None:
    end = time.monotonic() + PATIENCE_S
    while (read_hello(running.mailbox) or {}).get("pid") != running.pid:
        assert time.monotonic() < end, "the server says no hello"
        time.sleep(0.01)
