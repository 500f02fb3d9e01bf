"""`reprise stop`: ends the server in the background."""

import os
import signal
from argparse import Namespace
from typing import Final

from reprise.cli.answer import Answer
from reprise.cli.instance import find_running, wait_until_gone
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.settings import read_settings
from reprise.errors import NotRunningError, ServerError

EXAMPLE = "reprise stop"

_PATIENCE_S: Final = 10.0


def add_arguments(parser: VerbParser) -> None:
    """Add the common flags."""
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """End the server and wait until it has gone.

    Raises:
        NotRunningError: None runs.
        ServerError: It does not go.
    """
    folder = read_settings(arguments).data_directory
    running = find_running(folder)
    if running is None:
        raise NotRunningError("no server is running, so there is none to stop")
    # Windows has no such signal and ends the process at once; the history is sound either way.
    os.kill(running.pid, signal.SIGTERM)
    if not wait_until_gone(folder, _PATIENCE_S):
        raise ServerError(
            f"the server (process {running.pid}) has not ended after {_PATIENCE_S:g} seconds; "
            "end the process in your system's task manager, nothing in the history is lost"
        )
    data: dict[str, object] = {"pid": running.pid, "port": running.port}
    return Answer(data, f"The server (process {running.pid}) has ended.")
