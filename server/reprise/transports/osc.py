"""The OSC server: one socket on loopback, one thread that waits on it, one that decodes.

It holds no logic of the protocol: `osc_exchange` says what comes in and what goes out, the service
says what is answered. The socket's thread never waits for the service, so that acknowledgements go
out while something large is decoded.
"""

import contextlib
import queue
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol

from reprise import client
from reprise.errors import BusyError, PortTakenError
from reprise.service.messages import ErrorReply, Message
from reprise.transports.osc_exchange import Arrival, Exchange, Limits, Session, named_error

Send = Callable[[Message], None]

_MAX_RECEIVE_BYTES = 65_536
_BATCH = 64
_MAX_WAITING_FRAMES = 4096
_BUFFER_BYTES = 4 * 1024 * 1024


class Handler(Protocol):
    """What answers messages: `service.Service`."""

    def handle(self, message: Message, session_key: str, send: Send) -> None:
        """Answer a message through `send`, now or later, from any thread."""


def bound_socket(ports: Sequence[int]) -> socket.socket:
    """Return a UDP socket on the first port of loopback that is free.

    Raises:
        PortTakenError: None is.
    """
    for port in ports:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        if sys.platform == "win32":
            server.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            server.close()
            continue
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        server.settimeout(0.0)
        return server
    raise PortTakenError(
        f"UDP ports {', '.join(map(str, ports))} of this computer are taken; "
        "stop the other server (reprise stop) or choose another port in the settings"
    )


class OscServer:
    """Serves a handler over OSC until it is closed.

    Attributes:
        port: Where it listens.
    """

    def __init__(
        self,
        handler: Handler,
        ports: Sequence[int] = client.SERVER_PORTS,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._socket = bound_socket(ports)
        self.port: int = self._socket.getsockname()[1]
        self._handler = handler
        self._clock = clock
        self._exchange = Exchange(limits)
        self._lock = threading.Lock()
        self._arrivals: queue.SimpleQueue[Arrival | None] = queue.SimpleQueue()
        self._waiting_frames = 0
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.settimeout(0.0)
        self._wake_sender.settimeout(0.0)
        self._is_closing = False
        self._threads = [
            threading.Thread(target=self._wait_on_socket, name="osc-socket", daemon=True),
            threading.Thread(target=self._decode_arrivals, name="osc-decode", daemon=True),
        ]

    def __enter__(self) -> "OscServer":
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
    def dropped(self) -> int:
        """Datagrams counted and dropped since the start."""
        return self._exchange.dropped

    @property
    def session_count(self) -> int:
        """How many clients are connected."""
        return self._exchange.session_count

    def start(self) -> None:
        """Begin to serve, in threads of its own."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop serving and give the port back."""
        self._is_closing = True
        self._wake()
        self._arrivals.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for each in (self._socket, self._wake_receiver, self._wake_sender):
            each.close()

    def _wake(self) -> None:
        # A full pipe wakes just as well, and a closed one has nobody to wake.
        with contextlib.suppress(OSError):
            self._wake_sender.send(b"\0")

    def _wait_on_socket(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake_receiver, selectors.EVENT_READ)
            while not self._is_closing:
                selector.select(self._patience())
                with contextlib.suppress(BlockingIOError):
                    self._wake_receiver.recv(_MAX_RECEIVE_BYTES)
                self._receive_batch()
                self._send_outgoing()

    def _patience(self) -> float | None:
        now = self._clock()
        with self._lock:
            deadline = self._exchange.next_deadline(now)
        return None if deadline is None else max(0.0, deadline - now)

    def _receive_batch(self) -> None:
        for _ in range(_BATCH):
            try:
                packet, source = self._socket.recvfrom(_MAX_RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # Windows tells here that an earlier datagram found no listener.
            with self._lock:
                arrivals = self._exchange.received(packet, source, self._clock())
            for arrival in arrivals:
                self._take(arrival)

    def _take(self, arrival: Arrival) -> None:
        if self._waiting_frames > _MAX_WAITING_FRAMES:
            self._send_error(arrival, BusyError("the server has too much to read; ask again later"))
            return
        self._count_waiting(len(arrival.package.frames))
        self._arrivals.put(arrival)

    def _count_waiting(self, change: int) -> None:
        with self._lock:
            self._waiting_frames += change

    def _send_outgoing(self) -> None:
        with self._lock:
            packets = self._exchange.outgoing(self._clock())
        for packet, peer in packets:
            # What the system does not take is the same as a lost datagram: it is sent again.
            with contextlib.suppress(OSError):
                self._socket.sendto(packet, peer)

    def _decode_arrivals(self) -> None:
        while (arrival := self._arrivals.get()) is not None:
            self._count_waiting(-len(arrival.package.frames))
            try:
                self._handle(arrival)
            except Exception as error:  # noqa: BLE001 - no message may end the server
                self._send_error(arrival, named_error(error))

    def _handle(self, arrival: Arrival) -> None:
        session = arrival.session
        self._handler.handle(
            arrival.message(), session.key, lambda message: self._send(session, message)
        )

    def _send_error(self, arrival: Arrival, error: Exception) -> None:
        named = named_error(error)
        reply = ErrorReply(request_id=arrival.request_id(), code=named.code, sentence=str(named))
        self._send(arrival.session, reply)

    def _send(self, session: Session, message: Message) -> None:
        with self._lock:
            self._exchange.push(session, message)
        # From here and not from the socket's thread: that one would first have to get its turn.
        self._send_outgoing()
        self._wake()
