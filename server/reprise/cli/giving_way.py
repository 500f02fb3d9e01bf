"""A training gives way: it rests between two steps for as long as a server works on a request."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reprise.cli.greeting import status_of
from reprise.cli.instance import find_running

ASK_EVERY_S: Final = 0.25
REST_S: Final = 0.05
LONGEST_REST_S: Final = 60.0
"""A server that is busy for so long without a pause does not keep a training from going on."""


class GivingWay:
    """Rests while somebody waits for notes."""

    def __init__(
        self,
        is_busy: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take what tells whether a request is being worked on."""
        self._is_busy = is_busy
        self._clock = clock
        self._sleep = sleep
        self._asked = clock() - ASK_EVERY_S

    def rest(self, is_stopped: Callable[[], bool]) -> None:
        """Return when nobody waits, the training was stopped, or the rest has been long enough."""
        now = self._clock()
        if now - self._asked < ASK_EVERY_S:
            return
        while self._is_busy() and not is_stopped() and self._clock() - now < LONGEST_REST_S:
            self._sleep(REST_S)
        self._asked = self._clock()


def threads_beside(threads: int, *, is_served: bool) -> int:
    """Return how many threads a training takes: beside a server it leaves one core alone.

    Niceness does not do that everywhere. Linux shares cores out among sessions first, and a server
    in the background is in another session than the terminal that a training was started from.
    """
    return max(1, threads - 1) if is_served else threads


def server_is_busy(data_directory: Path) -> bool:
    """Tell whether the server of a data directory, if there is one, works on a request."""
    running = find_running(data_directory)
    if running is None:
        return False
    status = status_of(running.port)
    return status is not None and bool(status["running"] or status["queued"])
