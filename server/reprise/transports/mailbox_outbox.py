"""The answers to one request of a mailbox, in order, as soon as the disk takes them."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from reprise.errors import FileError
from reprise.service.messages import (
    Bar,
    Done,
    ErrorReply,
    HistoryReply,
    LearnReply,
    Message,
    Progress,
    Status,
    StylesReply,
    Welcome,
)
from reprise.transports.mailbox_codec import encode
from reprise.transports.mailbox_folder import Mailbox, Name

_LOG = logging.getLogger(__name__)

GIVE_UP_S: Final = 600.0
MAX_PENDING_BYTES: Final = 16 * 1024 * 1024
PREVIEWS_UNREAD: Final = 16
"""Answer files that may be unread while there are still previews."""

_LAST: Final = (Done, ErrorReply, HistoryReply, Status, StylesReply, LearnReply, Welcome)


class Outbox:
    """Takes replies from any thread and keeps what the disk does not take."""

    def __init__(self, mailbox: Mailbox, name: Name, clock: Callable[[], float]) -> None:
        self._mailbox = mailbox
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: deque[bytes] = deque()
        self._written = 0
        self._is_ended = False
        self._stuck_since: float | None = None

    @property
    def is_ended(self) -> bool:
        """Whether the last reply has been handed in."""
        return self._is_ended

    @property
    def is_over(self) -> bool:
        """Whether the last reply is on the disk, or given up."""
        return self._is_ended and not self._pending

    def send(self, message: Message) -> None:
        """Write a reply, now or when the disk takes it; previews only where they are read."""
        with self._lock:
            if self._is_ended or (isinstance(message, Progress | Bar) and self._is_behind()):
                return
            self._is_ended = isinstance(message, _LAST)
            self._pending.extend(encode(message))
            if sum(map(len, self._pending)) > MAX_PENDING_BYTES:
                self._lose(message)
            self._write()

    def flush(self) -> None:
        """Try again to write what the disk did not take."""
        with self._lock:
            self._write()

    def _is_behind(self) -> bool:
        oldest = self._written - PREVIEWS_UNREAD
        return bool(self._pending) or (
            oldest >= 0 and self._mailbox.is_unread(self._name.answer(oldest))
        )

    def _lose(self, message: Message) -> None:
        sentence = (
            f"the answers could not be written to {self._mailbox.directory} and are too large to "
            "be kept; make room there, and ask again"
        )
        request_id = getattr(message, "request_id", self._name.number)
        self._is_ended = True
        self._pending = deque(
            encode(ErrorReply(request_id=request_id, code=FileError.code, sentence=sentence))
        )

    def _write(self) -> None:
        while self._pending:
            try:
                self._mailbox.put(self._name.answer(self._written), self._pending[0])
            except OSError as error:
                self._wait(error)
                return
            self._pending.popleft()
            self._written += 1
            self._stuck_since = None

    def _wait(self, error: OSError) -> None:
        now = self._clock()
        if self._stuck_since is None:
            self._stuck_since = now
            _LOG.warning("an answer waits for the disk at %s: %s", self._mailbox.directory, error)
        elif now - self._stuck_since > GIVE_UP_S:
            self._pending.clear()
            self._is_ended = True
