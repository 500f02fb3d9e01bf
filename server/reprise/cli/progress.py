"""A line that tells how far long work is; only where a person looks on."""

import sys
from collections.abc import Callable
from time import monotonic
from typing import Final, TextIO

_COLUMNS: Final = 79
"""A line that is longer would wrap on a common terminal, and could not be written over."""


class ProgressLine:
    """One line on a terminal that is written over; silent where the stream is no terminal."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._began = clock()
        self._is_shown = self._stream.isatty()

    def show(self, fraction: float, what: str) -> None:
        """Show how far the work is, 0.0-1.0, what is being done, and the time left."""
        if not self._is_shown:
            return
        filled = round(20 * min(max(fraction, 0.0), 1.0))
        bar = "#" * filled + "." * (20 - filled)
        parts = (f"[{bar}] {100 * fraction:3.0f} %", self._time_left(fraction), what)
        self._write("  ".join(part for part in parts if part))

    def say(self, what: str) -> None:
        """Show what is being done where nobody knows how long it takes."""
        if self._is_shown:
            self._write(what)

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._write("")
            self._stream.write("\r")
            self._stream.flush()

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text[:_COLUMNS].ljust(_COLUMNS))
        self._stream.flush()

    def _time_left(self, fraction: float) -> str:
        passed = self._clock() - self._began
        if fraction <= 0.0 or passed < 2.0:
            return ""
        return f"{duration(passed / fraction - passed)} left"


def duration(seconds: float) -> str:
    """Return a time for people: "8 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
