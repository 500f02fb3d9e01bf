"""The mailbox server: folders in which REAPER's scripts leave requests and find answers.

It holds no logic of the protocol: `mailbox_codec` says what a file means, `mailbox_folder` what
happens on disk, the service what is answered. One thread looks at all folders, often while somebody
is there and seldom while nobody is; answers are written by the thread that has them.
"""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import reprise
from reprise.errors import MalformedMessageError, RepriseError
from reprise.service.messages import (
    PROTOCOL_VERSION,
    Cancel,
    ErrorReply,
    Hello,
    Message,
    StylesReply,
    StylesRequest,
    Welcome,
)
from reprise.service.plain import to_plain
from reprise.transports.mailbox_codec import dumped
from reprise.transports.mailbox_folder import Arrival, Disk, Mailbox, Name
from reprise.transports.mailbox_outbox import Outbox
from reprise.transports.osc import Handler
from reprise.transports.osc_exchange import named_error

_LOG = logging.getLogger(__name__)

Find = Callable[[], Sequence[Path]]

BUSY_S: Final = 0.01
CALM_S: Final = 0.05
ASLEEP_S: Final = 0.25
"""Seconds between two looks: just asked, asked in the last minutes, and else."""
BUSY_FOR_S: Final = 30.0
CALM_FOR_S: Final = 600.0
BEAT_S: Final = 1.0
SLOW_BEAT_S: Final = 5.0
SEARCH_S: Final = 5.0
TIDY_S: Final = 30.0
RETRY_S: Final = 0.5
BAD_LOOK_S: Final = 1.0
SILENT_S: Final = 10.0
"""Without a hello for so long, something is wrong: a reader on Windows may be in the way once."""
MAX_OUTBOXES: Final = 1024


@dataclass(slots=True)
class _Desk:
    """A mailbox and what is known of it; times in seconds of the clock."""

    mailbox: Mailbox
    heard_at: float = float("-inf")
    beat_at: float = float("-inf")
    said_at: float = float("-inf")
    tidied_at: float = float("-inf")
    trouble: str = ""
    outboxes: dict[Name, Outbox] = field(default_factory=dict)


class MailboxServer:
    """Serves a handler through mailboxes until it is closed."""

    def __init__(
        self,
        handler: Handler,
        find: Find,
        *,
        command: Sequence[str] = (),
        tell: Callable[[Sequence[Path]], None] = lambda _: None,
        disk: Disk | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Take what answers and where to look; nothing is touched yet.

        Args:
            handler: What answers.
            find: Returns the folders of all mailboxes, asked every few seconds.
            command: How to start this server, for the hello.
            tell: Told which folders are served, whenever that changes.
            disk: The files.
            clock: Seconds that never go back.
            wall: Seconds since 1970.
        """
        self._handler = handler
        self._find = find
        self._command = list(command)
        self._tell = tell
        self._disk = disk or Disk()
        self._clock = clock
        self._wall = wall
        self._session = secrets.token_hex(8)
        self._engines: list[Any] = []
        self._styles: dict[str, Any] = {"corpora": [], "engines": []}
        self._desks: dict[Path, _Desk] = {}
        self._served: tuple[Path, ...] = ()
        self._beat = 0
        self._searched_at = self._retried_at = float("-inf")
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def __enter__(self) -> "MailboxServer":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def served(self) -> tuple[Path, ...]:
        """The folders in which this server answers just now."""
        return self._served

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving; scripts see at once that nobody answers."""
        self._is_closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for desk in self._desks.values():
            for outbox in desk.outboxes.values():
                outbox.flush()
            desk.mailbox.close()
        if self._served:
            self._served = ()
            self._tell(())

    def _run(self) -> None:
        is_closing = False
        while not is_closing:
            try:
                self.look()
                pause = self.pause()
            except Exception:  # noqa: BLE001 - one bad look may not end the server
                _LOG.exception("a look at the mailboxes failed")
                pause = BAD_LOOK_S
            is_closing = self._is_closing.wait(pause)

    def pause(self) -> float:
        """Return the seconds until the next look."""
        now = self._clock()
        silence = min((now - desk.heard_at for desk in self._desks.values()), default=CALM_FOR_S)
        if silence < BUSY_FOR_S or any(desk.outboxes for desk in self._desks.values()):
            return BUSY_S
        return CALM_S if silence < CALM_FOR_S else ASLEEP_S

    def look(self) -> None:
        """Take what has come into the mailboxes, and say that the server lives."""
        now = self._clock()
        if now - self._searched_at >= SEARCH_S:
            self._searched_at = now
            self._search()
        is_retry = now - self._retried_at >= RETRY_S
        if is_retry:
            self._retried_at = now
        for desk in self._desks.values():
            if desk.mailbox.is_ours:
                self._serve(desk, now, is_retry=is_retry)

    # ------------------------------------------------------------ which mailboxes there are

    def _search(self) -> None:
        for directory in self._find():
            desk = self._desks.get(directory)
            if desk is None:
                desk = _Desk(Mailbox(directory, disk=self._disk, wall=self._wall))
                self._desks[directory] = desk
            self._open(desk)
        served = tuple(path for path, desk in self._desks.items() if desk.mailbox.is_ours)
        if served != self._served:
            self._served = served
            self._tell(served)

    def _open(self, desk: _Desk) -> None:
        if desk.mailbox.is_ours:
            return
        try:
            is_ours = desk.mailbox.claim()
        except OSError as error:
            self._note(desk, f"cannot be used ({error.strerror}); make it writable")
            return
        if not is_ours:
            self._note(desk, "is served by another Reprise server; this one leaves it alone")
            return
        if not self._engines:
            self._learn_engines()
        _LOG.info("the mailbox %s is served", desk.mailbox.directory)

    def _note(self, desk: _Desk, trouble: str) -> None:
        """Say once in the log what is wrong with a mailbox."""
        if trouble != desk.trouble:
            desk.trouble = trouble
            _LOG.warning("the mailbox %s %s", desk.mailbox.directory, trouble)

    def _learn_engines(self) -> None:
        def hear(message: Message) -> None:
            if isinstance(message, Welcome):
                self._engines = to_plain(message)["engines"]
                self._handler.handle(StylesRequest(request_id=0), "mailbox", hear)
            elif isinstance(message, StylesReply):
                plain = to_plain(message)
                self._styles = {name: plain[name] for name in self._styles}

        self._handler.handle(Hello(client="mailbox"), "mailbox", hear)

    # ------------------------------------------------------------ one mailbox

    def _serve(self, desk: _Desk, now: float, *, is_retry: bool) -> None:
        try:
            for arrival in desk.mailbox.arrivals():
                desk.heard_at = now
                self._handle(desk, arrival)
            if now - desk.tidied_at >= TIDY_S:
                desk.tidied_at = now
                desk.mailbox.tidy()
        except FileNotFoundError:
            # Somebody threw the folder away; it is made again where its REAPER is still there.
            desk.mailbox.close()
            return
        except OSError as error:
            self._note(desk, f"cannot be read ({error.strerror}); make it readable")
        for name, outbox in list(desk.outboxes.items()):
            if is_retry:
                outbox.flush()
            if outbox.is_over:
                del desk.outboxes[name]
        self._say_hello(desk, now)

    def _say_hello(self, desk: _Desk, now: float) -> None:
        is_awake = now - desk.heard_at < CALM_FOR_S or bool(desk.outboxes)
        period = BEAT_S if is_awake else SLOW_BEAT_S
        if now - desk.beat_at < period:
            return
        desk.beat_at = now
        self._beat += 1
        try:
            desk.mailbox.say_hello(self._hello(period))
        except OSError as error:
            if now - desk.said_at >= SILENT_S:
                trouble = f"cannot be written ({error.strerror}); make room or make it writable"
                self._note(desk, trouble)
        else:
            desk.said_at = now
            desk.trouble = ""

    def _hello(self, period: float) -> bytes:
        return dumped(
            {
                "protocol_version": PROTOCOL_VERSION,
                "server_version": reprise.__version__,
                "pid": os.getpid(),
                "session": self._session,
                "beat": self._beat,
                "time": round(self._wall(), 3),
                "period_s": period,
                "engines": self._engines,
                "styles": self._styles,
                "command": self._command,
            }
        )

    def _handle(self, desk: _Desk, arrival: Arrival) -> None:
        name, content = arrival.name, arrival.content
        outbox = desk.outboxes.get(name)
        if content is None:
            self._cancel(desk, name)
        elif outbox is None:
            self._answer(desk, name, content)

    def _cancel(self, desk: _Desk, name: Name) -> None:
        outbox = desk.outboxes.get(name)
        if outbox is not None and not outbox.is_ended:
            # What the service says to a cancel that comes too late is nobody's answer.
            cancel = Cancel(request_id=name.number)
            self._handler.handle(cancel, self._session_key(desk, name), lambda _: None)

    def _answer(self, desk: _Desk, name: Name, content: Message | RepriseError) -> None:
        outbox = Outbox(desk.mailbox, name, self._clock)
        if len(desk.outboxes) >= MAX_OUTBOXES:
            del desk.outboxes[next(iter(desk.outboxes))]
        desk.outboxes[name] = outbox
        try:
            message = _checked(content, name)
            self._handler.handle(message, self._session_key(desk, name), outbox.send)
        except Exception as error:  # noqa: BLE001 - no message may end the server
            named = named_error(error)
            reply = ErrorReply(request_id=name.number, code=named.code, sentence=str(named))
            outbox.send(reply)

    def _session_key(self, desk: _Desk, name: Name) -> str:
        return f"mailbox:{desk.mailbox.directory}:{name.client}"


def _checked(content: Message | RepriseError, name: Name) -> Message:
    if isinstance(content, RepriseError):
        raise content
    request_id = getattr(content, "request_id", name.number)
    if request_id != name.number:
        raise MalformedMessageError(
            f"request_id must be the number in the file's name, {name.number}, got {request_id}"
        )
    return content
