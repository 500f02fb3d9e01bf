"""What is known of each client: who it says it is, when it was heard, what it asked last.

A session is one loaded device or script. There may be as many as anybody cares to make up, so the
longest unheard are forgotten.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from reprise.service.jobs import Send
from reprise.service.messages import EngineOffer

MAX_SESSIONS = 256


@dataclass(slots=True)
class Session:
    """One client.

    Attributes:
        key: How its transport tells it from others.
        last_heard: In seconds of the clock.
        nonce: The random int32 of its hello, None before that.
        client: What it says it is, such as "max-for-live 1.0.0".
        last_request: Number and hash of its newest musical request, to know a repeated one.
        send: Takes what is said to its hello, None before that.
        told: The engines, and the names of the corpora, that there were when it was last told.
    """

    key: Hashable
    last_heard: float
    nonce: int | None = None
    client: str = ""
    last_request: tuple[int, int] | None = None
    send: Send | None = None
    told: tuple[tuple[EngineOffer, ...], tuple[str, ...]] = ((), ())


class Sessions:
    """All clients that were heard of lately; safe to use from any thread."""

    def __init__(self, clock: Callable[[], float], limit: int = MAX_SESSIONS) -> None:
        """Take a clock of seconds and how many sessions to remember."""
        self._clock = clock
        self._limit = limit
        self._sessions: OrderedDict[Hashable, Session] = OrderedDict()
        self._lock = threading.Lock()

    def heard(self, key: Hashable) -> Session:
        """Return the session of that key, made where it is new, and note that it spoke."""
        with self._lock:
            session = self._sessions.setdefault(key, Session(key, self._clock()))
            session.last_heard = self._clock()
            self._sessions.move_to_end(key)
            if len(self._sessions) > self._limit:
                self._sessions.popitem(last=False)
            return session

    def all(self) -> list[Session]:
        """Return all sessions that are remembered."""
        with self._lock:
            return list(self._sessions.values())

    def count_since(self, seconds: float) -> int:
        """Return how many clients spoke in the last so many seconds."""
        earliest = self._clock() - seconds
        with self._lock:
            return sum(session.last_heard >= earliest for session in self._sessions.values())
