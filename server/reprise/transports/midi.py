"""MIDI out: a port that a DAW or synthesizer listens to, and a player that keeps time.

The player knows no library: a port takes messages, a clock tells seconds, a sleep lets them pass.
Between two messages the process sleeps; nothing turns in circles until a moment has come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from reprise.music.performance import Performance

_LONGEST_SLEEP_S: Final = 0.05
"""Python goes on sleeping after a signal, so this is how soon a player notices that it ends."""

_SUSTAIN, _ALL_NOTES_OFF = 64, 123
_CENTRE: Final = (0, 64)


class Port(Protocol):
    """Where messages go."""

    def send(self, message: bytes) -> None:
        """Send one message at once."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of playing.

    Attributes:
        seconds: How long it lasted, waiting before it not counted.
        pass_count: How often it was played to its end.
        message_count: How many messages of the performance were sent.
        worst_late_ms: How late the latest of them was, in milliseconds.
        is_stopped: Whether it was told to stop before its end.
    """

    seconds: float
    pass_count: int
    message_count: int
    worst_late_ms: float
    is_stopped: bool


class Sounding:
    """What hangs in a synthesizer after the messages so far: keys, pedals, bends."""

    def __init__(self) -> None:
        self._keys: dict[tuple[int, int], int] = {}
        self._pedals: set[int] = set()
        self._bends: set[int] = set()
        self._channels: set[int] = set()

    def take(self, message: bytes) -> None:
        """Note what a message does."""
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0xF0:
            return
        self._channels.add(channel)
        if kind == 0x90 and message[2]:
            key = (channel, message[1])
            self._keys[key] = self._keys.get(key, 0) + 1
        elif kind in (0x80, 0x90):
            self._release(channel, message[1])
        elif kind == 0xB0 and message[1] == _SUSTAIN:
            _put(self._pedals, channel, is_in=message[2] > 0)
        elif kind == 0xE0:
            _put(self._bends, channel, is_in=(message[1], message[2]) != _CENTRE)

    def endings(self) -> list[bytes]:
        """Return the messages that end all of it, and forget it."""
        found = [
            bytes((0x80 | channel, pitch, 64))
            for (channel, pitch), count in sorted(self._keys.items())
            for _ in range(count)
        ]
        found += [bytes((0xB0 | channel, _SUSTAIN, 0)) for channel in sorted(self._pedals)]
        found += [bytes((0xE0 | channel, *_CENTRE)) for channel in sorted(self._bends)]
        for hanging in (self._keys, self._pedals, self._bends):
            hanging.clear()
        return found

    def silence(self) -> list[bytes]:
        """Return the same, and "all notes off" for each channel that was used."""
        alarm = [bytes((0xB0 | channel, _ALL_NOTES_OFF, 0)) for channel in sorted(self._channels)]
        return self.endings() + alarm

    def _release(self, channel: int, pitch: int) -> None:
        left = self._keys.pop((channel, pitch), 0) - 1
        if left > 0:
            self._keys[channel, pitch] = left


def _put(members: set[int], channel: int, *, is_in: bool) -> None:
    (members.add if is_in else members.discard)(channel)


class Player:
    """Plays a performance into a port, each message at its moment.

    Moments count from the start of the first pass, so that no delay adds up.
    """

    def __init__(
        self,
        port: Port,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        is_stopped: Callable[[], bool],
        on_progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Take what it plays into and what it keeps time by.

        Args:
            port: Where messages go.
            clock: Seconds from anywhere, never going back.
            sleep: Lets so many seconds pass, or a few more.
            is_stopped: Whether it was told to stop; asked at least every 50 ms.
            on_progress: Called before each sleep with the seconds of the pass that were played,
                below 0 before the first.
        """
        self._port = port
        self._clock = clock
        self._sleep = sleep
        self._is_stopped = is_stopped
        self._on_progress = on_progress
        self._sounding = Sounding()
        self._message_count = 0
        self._worst_late_s = 0.0

    def play(self, performance: Performance, *, delay_s: float = 0.0, passes: float = 1) -> Played:
        """Play it and return what came of it; whatever happens, nothing sounds any more then.

        Args:
            performance: What to play.
            delay_s: Seconds to wait before.
            passes: How often, one after another; `math.inf` until it is told to stop.
        """
        start, pass_count, is_whole = self._clock() + delay_s, 0, False
        try:
            while pass_count < passes and self._is_played_once(
                performance, start + pass_count * performance.length_seconds
            ):
                pass_count += 1
            is_whole = pass_count >= passes
        finally:
            if not is_whole:
                self._send_all(self._sounding.silence())
        return Played(
            max(0.0, self._clock() - start),
            pass_count,
            self._message_count,
            1000 * self._worst_late_s,
            not is_whole,
        )

    def _is_played_once(self, performance: Performance, begin: float) -> bool:
        """Play one pass and tell whether it came to its end."""
        for seconds, message in performance.moments:
            if not self._is_reached(begin + seconds, begin):
                return False
            self._worst_late_s = max(self._worst_late_s, self._clock() - begin - seconds)
            self._send(message)
            self._message_count += 1
        if not self._is_reached(begin + performance.length_seconds, begin):
            return False
        self._send_all(self._sounding.endings())
        return True

    def _is_reached(self, moment: float, begin: float) -> bool:
        """Sleep until a moment; tell whether it came before a word to stop."""
        while not self._is_stopped():
            left = moment - self._clock()
            if left <= 0:
                return True
            self._on_progress(self._clock() - begin)
            self._sleep(min(left, _LONGEST_SLEEP_S))
        return False

    def _send(self, message: bytes) -> None:
        # Taken first: a message whose sending fails may have got through all the same.
        self._sounding.take(message)
        self._port.send(message)

    def _send_all(self, messages: list[bytes]) -> None:
        for message in messages:
            self._port.send(message)
