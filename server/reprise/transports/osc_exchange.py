"""Who is connected over OSC, what has come from them and what goes back. Pure: no socket.

Everything that came over the wire passes here before anything is built from it, so this is also
where senders are held to their bounds: too many datagrams, sessions or unfinished messages are
counted and dropped, with a named error now and then.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from reprise import client
from reprise.errors import (
    BusyError,
    InternalError,
    RepriseError,
    UnsupportedVersionError,
)
from reprise.service.messages import Bar, Message, Progress, Status
from reprise.transports import osc_codec

_LOG = logging.getLogger(__name__)

Peer = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server holds and takes.

    Attributes:
        sessions: Clients at once; beyond it the one that was silent longest goes.
        senders: Sources of datagrams whose pace is watched.
        datagrams_a_second: Of one source; as many may come at once.
        hellos_a_second: Of one source.
        errors_a_second: Named errors outside sessions, of one source.
        held_parts: Datagrams of unfinished messages, of all sessions together.
        backlog: Datagrams that wait for one client, beyond it the session is closed.
        preview_backlog: Datagrams that wait for one client while it still gets previews.
        silence_s: Seconds without a sign in the middle of a message before a session is closed.
        idle_s: Seconds without any sign before a session is closed.
    """

    sessions: int = 64
    senders: int = 256
    datagrams_a_second: float = 20_000.0
    hellos_a_second: float = 20.0
    errors_a_second: float = 10.0
    held_parts: int = 4096
    backlog: int = 12_000
    preview_backlog: int = 64
    silence_s: float = 10.0
    idle_s: float = 86_400.0


class Bucket:
    """Lets so many things pass in a second, and as many at once."""

    def __init__(self, a_second: float, now: float) -> None:
        self._a_second = a_second
        self._left = a_second
        self._at = now

    def take(self, now: float) -> bool:
        """Tell whether one more may pass now."""
        self._left = min(self._a_second, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


@dataclass(slots=True)
class _Sender:
    datagrams: Bucket
    hellos: Bucket
    errors: Bucket


@dataclass(slots=True)
class Session:
    """One connected client.

    Attributes:
        key: How the service knows it: the same for one device after it says hello again.
        peer: Where answers go.
        link: Numbering and resending.
        texts: Which texts it has been told.
        is_open: False once the server has forgotten it.
    """

    key: str
    peer: Peer
    link: client.Link
    texts: client.NumberedTexts = field(default_factory=client.NumberedTexts)
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that has come completely.

    Attributes:
        session: Whose.
        package: Its frames; not decoded yet.
    """

    session: Session
    package: client.Package

    def message(self) -> Message:
        """Return the message, or raise the `RepriseError` that says what is wrong with it."""
        kind, atoms = self._kind_and_atoms()
        if kind == "hello":
            return osc_codec.decode_hello(self.session.link.nonce, atoms)[0]
        return osc_codec.decode(kind, atoms, client.InlineTexts())

    def request_id(self) -> int:
        """Return the request id, or -1 where it cannot be read."""
        try:
            kind, atoms = self._kind_and_atoms()
        except RepriseError:
            return -1
        return -1 if kind == "hello" else osc_codec.request_id_of(atoms)

    def _kind_and_atoms(self) -> tuple[str, list[client.Atom]]:
        with osc_codec.our_errors():
            return client.kind_from_address(self.package.address), self.package.atoms()


class Exchange:
    """All sessions of one server. Not safe for several threads; `osc.py` holds a lock.

    Attributes:
        dropped: Datagrams counted and dropped.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.dropped = 0
        self._limits = limits or Limits()
        self._sessions: dict[int, Session] = {}
        self._by_peer: dict[Peer, Session] = {}
        self._senders: OrderedDict[Peer, _Sender] = OrderedDict()
        self._unnumbered: list[tuple[bytes, Peer]] = []
        self._held_parts = 0

    @property
    def session_count(self) -> int:
        """How many clients are connected."""
        return len(self._sessions)

    @property
    def held_parts(self) -> int:
        """How many datagrams of unfinished messages are kept."""
        return self._held_parts

    def received(self, packet: bytes, source: Peer, now: float) -> list[Arrival]:
        """Take a datagram and return the messages that it completes."""
        if not source[0].startswith("127."):
            self.dropped += 1
            return []
        sender = self._sender(source, now)
        if not sender.datagrams.take(now):
            self._refuse(BusyError("too many datagrams a second; wait for acks"), source, now)
            return []
        try:
            frame = client.parse_frame(packet)
        except client.ProtocolError as error:
            self._refuse(osc_codec.ours(error), source, now)
            return []
        return self._routed(frame, source, now)

    def _routed(self, frame: client.Frame, source: Peer, now: float) -> list[Arrival]:
        if frame.address.endswith((client.REPLY_SUFFIX, client.HELLO_AGAIN_ADDRESS)):
            self.dropped += 1
            return []
        session = self._sessions.get(frame.nonce)
        if session is None:
            if frame.address != client.ADDRESSES["hello"]:
                self._say_hello_again(frame.nonce, source, now)
                return []
            session = self._opened(frame, source, now)
            if session is None:
                return []
        if frame.address == client.ACK_ADDRESS:
            session.link.received_ack(frame.sequence, now)
            return []
        if frame.address == client.PING_ADDRESS:
            session.link.heard_at = now
            pong = client.pack_packet(client.PING_ADDRESS + client.REPLY_SUFFIX, [frame.nonce])
            self._unnumbered.append((pong, session.peer))
            return []
        return self._numbered(session, frame, now)

    def _numbered(self, session: Session, frame: client.Frame, now: float) -> list[Arrival]:
        before = session.link.held_parts
        packages = session.link.received(frame, now)
        self._held_parts += session.link.held_parts - before
        if not packages and session.link.held_parts == before:
            self.dropped += 1
        if self._held_parts > self._limits.held_parts:
            self._close(max(self._sessions.values(), key=lambda other: other.link.held_parts))
        return [Arrival(session, package) for package in packages]

    def push(self, session: Session, message: Message) -> None:
        """Send a message to a client, in its newest session; nothing happens where it has gone."""
        if not session.is_open:
            session = self._by_peer.get(session.peer, session)
        if not session.is_open:
            return
        backlog = session.link.backlog
        if isinstance(message, Progress | Bar) and backlog > self._limits.preview_backlog:
            return
        if backlog > self._limits.backlog:
            self._close(session)
            return
        if isinstance(message, Status):
            message = replace(message, dropped=message.dropped + self.dropped)
        atoms = osc_codec.encode(message, session.texts)
        session.link.push(client.ADDRESSES[message.kind], atoms)

    def outgoing(self, now: float) -> list[tuple[bytes, Peer]]:
        """Return the datagrams to send at this moment and where they go."""
        self._tidy(now)
        packets, self._unnumbered = self._unnumbered, []
        for session in self._sessions.values():
            packets.extend((packet, session.peer) for packet in session.link.outgoing(now))
        return packets

    def next_deadline(self, now: float) -> float | None:
        """Return when there is something to do though nothing comes; None for never."""
        deadlines = [
            deadline
            for session in self._sessions.values()
            if (deadline := session.link.next_deadline()) is not None
        ]
        if self._held_parts:
            deadlines.append(now + self._limits.silence_s)
        return min(deadlines, default=None)

    def _sender(self, source: Peer, now: float) -> _Sender:
        sender = self._senders.get(source)
        if sender is None:
            if len(self._senders) >= self._limits.senders:
                self._senders.popitem(last=False)
            limits = self._limits
            sender = _Sender(
                Bucket(limits.datagrams_a_second, now),
                Bucket(limits.hellos_a_second, now),
                Bucket(limits.errors_a_second, now),
            )
            self._senders[source] = sender
        self._senders.move_to_end(source)
        return sender

    def _refuse(self, error: RepriseError, to: Peer, now: float, nonce: int = 0) -> None:
        self.dropped += 1
        if self._sender(to, now).errors.take(now):
            reply = {"request_id": -1, "code": error.code, "sentence": str(error)}
            self._unnumbered.append((client.unnumbered_packet("error", nonce, reply), to))

    def _say_hello_again(self, nonce: int, source: Peer, now: float) -> None:
        self.dropped += 1
        if self._sender(source, now).errors.take(now):
            packet = client.pack_packet(client.HELLO_AGAIN_ADDRESS, [nonce])
            self._unnumbered.append((packet, source))

    def _opened(self, frame: client.Frame, source: Peer, now: float) -> Session | None:
        try:
            with osc_codec.our_errors():
                hello, reply_port = osc_codec.decode_hello(frame.nonce, frame.atoms())
        except RepriseError as error:
            self._refuse(error, source, now, frame.nonce)
            return None
        peer = (source[0], reply_port)
        if hello.protocol_version != client.PROTOCOL_VERSION:
            sentence = (
                f"this server speaks version {client.PROTOCOL_VERSION} of the protocol, the "
                f"client version {hello.protocol_version}; install the same Reprise on both sides"
            )
            self._refuse(UnsupportedVersionError(sentence), peer, now, frame.nonce)
            return None
        if frame.sequence != 0 or not self._sender(source, now).hellos.take(now):
            self.dropped += 1
            return None
        return self._seated(peer, frame.nonce, now)

    def _seated(self, peer: Peer, nonce: int, now: float) -> Session:
        if peer in self._by_peer:
            self._close(self._by_peer[peer])
        if len(self._sessions) >= self._limits.sessions:
            self._close(min(self._sessions.values(), key=_worth))
        link = client.Link(nonce, now, client.ACK_ADDRESS + client.REPLY_SUFFIX)
        session = Session(f"osc:{peer[0]}:{peer[1]}", peer, link)
        self._sessions[nonce] = self._by_peer[peer] = session
        return session

    def _tidy(self, now: float) -> None:
        for session in list(self._sessions.values()):
            silent_s = now - session.link.heard_at
            is_broken_off = session.link.held_parts > 0 and silent_s > self._limits.silence_s
            is_deaf = session.link.stalled_s(now) > self._limits.silence_s
            if is_broken_off or is_deaf or silent_s > self._limits.idle_s:
                self._close(session)

    def _close(self, session: Session) -> None:
        session.is_open = False
        self._held_parts -= session.link.held_parts
        del self._sessions[session.link.nonce], self._by_peer[session.peer]


def _worth(session: Session) -> tuple[bool, float]:
    return session.link.is_confirmed, session.link.heard_at


def named_error(error: Exception) -> RepriseError:
    """Return the error that a client is told of; what is not ours is a bug and goes to the log."""
    if isinstance(error, RepriseError):
        return error
    _LOG.error("a message was not handled", exc_info=error)
    return InternalError(
        f"the server failed on this message ({type(error).__name__}); its log says more"
    )
