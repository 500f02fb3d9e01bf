import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

import fuzzing
from reprise import client
from reprise.errors import CancelledError, PortTakenError
from reprise.service import messages as m
from reprise.transports.osc import OscServer, Send, bound_socket
from reprise.transports.osc_bench import made_request
from reprise.transports.osc_exchange import Limits

LEAD = {"length": 4.0, "voices": [{"notes": [{"start": 0.0, "pitch": 60, "duration": 1.0}]}]}
VARY = {"kind": "vary", "source": LEAD}
WELCOME = m.Welcome(protocol_version=1, server_version="test", engines=())


class EchoHandler:
    """Answers every request with its own notes; "slow" waits until it is cancelled or let go."""

    def __init__(self) -> None:
        self.heard: deque[m.Message] = deque(maxlen=100)
        self.keys: set[str] = set()
        self.waiting: dict[int, Callable[[], None]] = {}
        self.got_slow = threading.Event()
        self.greet: Callable[[], None] = lambda: None

    def handle(self, message: m.Message, session_key: str, send: Send) -> None:
        self.heard.append(message)
        self.keys.add(session_key)
        match message:
            case m.Hello():
                self.greet = lambda: send(WELCOME)
                self.greet()
            case m.Request(engine="broken"):
                raise ZeroDivisionError
            case m.Request(engine="slow"):
                send(m.Progress(request_id=message.request_id, fraction=0.0))
                self.waiting[message.request_id] = lambda: echo(message, send)
                self.got_slow.set()
            case m.Request():
                echo(message, send)
            case m.Cancel():
                self.waiting.pop(message.request_id, None)
                reply = m.ErrorReply(
                    request_id=message.request_id, code=CancelledError.code, sentence="stopped"
                )
                send(reply)
            case m.StatusRequest():
                send(status(message.request_id))

    def let_go(self) -> None:
        for answer in self.waiting.values():
            answer()


def status(request_id: int) -> m.Status:
    return m.Status(
        request_id=request_id,
        server_version="test",
        uptime_s=0,
        sessions=1,
        queued=0,
        running=0,
        answered=0,
        dropped=0,
    )


def echo(request: m.Request, send: Send) -> None:
    notes = tuple(voice.notes for voice in request.source.voices)
    bar = m.Bar(request_id=request.request_id, index=0, bar=0, new_notes=((notes[0][:1]),))
    send(m.Progress(request_id=request.request_id, fraction=0.0))
    send(bar)
    for index in range(request.count):
        result = m.Result(
            request_id=request.request_id,
            index=index,
            count=request.count,
            result_id="7F3K2M",
            length=request.source.length,
            kept=(),
            new_notes=notes,
            seed=index,
            engine="echo",
        )
        send(result)
    send(m.Done(request_id=request.request_id, count=request.count, total_ms=1))


@pytest.fixture
def handler() -> EchoHandler:
    return EchoHandler()


@pytest.fixture
def server(handler: EchoHandler) -> Iterator[OscServer]:
    with OscServer(handler, [0]) as running:
        yield running


@pytest.fixture
def asking(server: OscServer) -> Iterator[client.Client]:
    with client.Client("test", [server.port]) as connected:
        yield connected


def test_a_client_says_hello_and_is_welcomed(
    asking: client.Client, handler: EchoHandler, server: OscServer
) -> None:
    welcome = asking.connect()

    assert welcome["server_version"] == "test"
    (hello,) = handler.heard
    assert isinstance(hello, m.Hello)
    assert hello.client == "test"
    assert server.session_count == 1


def wait_to_hear(asking: client.Client, kind: str) -> None:
    end = time.monotonic() + 20.0
    while all(message["kind"] != kind for message in asking.poll(0.1)):
        assert time.monotonic() < end


def test_a_welcome_that_nobody_asked_for_is_heard_and_asks_nothing_twice(
    asking: client.Client, handler: EchoHandler
) -> None:
    asking.connect()
    asking.start({**VARY, "engine": "slow", "request_id": 5})
    wait_to_hear(asking, "progress")

    handler.greet()
    wait_to_hear(asking, "welcome")
    handler.let_go()
    wait_to_hear(asking, "done")

    assert [type(message) for message in handler.heard] == [m.Hello, m.Vary]


@pytest.mark.parametrize("note_count", [1, 5000])
def test_notes_go_both_ways_complete(asking: client.Client, note_count: int) -> None:
    request = made_request(note_count) | {"request_id": None, "count": 1}

    (result,) = asking.ask({**request, "request_id": 77})

    source_notes = request["source"]["voices"][0]["notes"]
    defaults = {
        "probability": 1.0,
        "velocity_deviation": 0,
        "release_velocity": 64,
        "is_muted": False,
        "channel": 0,
    }
    assert result["request_id"] == 77
    assert result["new_notes"] == [[note | defaults for note in source_notes]]


def test_answers_and_bars_come_as_they_are_ready(asking: client.Client) -> None:
    said: list[str] = []

    results = asking.ask({**VARY, "count": 3}, on_message=lambda each: said.append(each["kind"]))

    assert said == ["progress", "bar", "result", "result", "result", "done"]
    assert [result["seed"] for result in results] == [0, 1, 2]


def test_status_comes_back_as_one_reply(asking: client.Client) -> None:
    (reply,) = asking.ask({"kind": "status"})

    assert reply["kind"] == "status_reply"


def test_an_error_ends_a_request_with_code_and_sentence(asking: client.Client) -> None:
    with pytest.raises(client.RequestFailedError, match="strength must be 0 to 1, got 7") as caught:
        asking.ask({**VARY, "strength": 7.0})
    assert caught.value.code == 10

    with pytest.raises(client.RequestFailedError, match="ZeroDivisionError") as caught:
        asking.ask({**VARY, "engine": "broken"})
    assert caught.value.code == 90
    assert len(asking.ask(VARY)) == 4


def test_a_request_can_be_cancelled(asking: client.Client, handler: EchoHandler) -> None:
    asking.connect()
    request_id = asking.start({**VARY, "engine": "slow"})
    while not handler.got_slow.is_set():
        asking.poll(0.05)
    asking.cancel(request_id)

    ends: list[client.Message] = []
    while not ends:
        ends = [each for each in asking.poll(1.0) if each["kind"] in client.LAST_WORDS]

    assert [(each["kind"], each["code"]) for each in ends] == [("error", 30)]


def test_a_request_that_takes_too_long_is_cancelled(
    asking: client.Client, handler: EchoHandler
) -> None:
    asking.connect()

    with pytest.raises(TimeoutError, match="no answer within"):
        asking.ask({**VARY, "engine": "slow"}, timeout_s=0.1)

    assert len(asking.ask(VARY)) == 4
    assert [type(message) for message in handler.heard][-2:] == [m.Cancel, m.Vary]


def test_nobody_there_is_said_in_a_sentence() -> None:
    free = bound_socket([0])
    port = free.getsockname()[1]
    free.close()

    with client.Client(ports=[port]) as asking:
        with pytest.raises(client.NotReachableError, match="reprise start"):
            asking.connect(0.1)
        assert asking.start(VARY) == 1
        asking.cancel(1)
        assert asking.poll(0.0) == []


def test_a_taken_port_is_said_in_a_sentence_and_the_next_is_used(server: OscServer) -> None:
    with pytest.raises(PortTakenError, match=f"{server.port}.*reprise stop"):
        OscServer(EchoHandler(), [server.port])

    with OscServer(EchoHandler(), [server.port, 0]) as second:
        assert second.port != server.port


def test_a_client_finds_the_server_on_a_later_port(server: OscServer) -> None:
    free = bound_socket([0])
    port = free.getsockname()[1]
    free.close()

    with client.Client(ports=[port, server.port]) as asking:
        assert asking.connect()["server_version"] == "test"


def test_a_client_of_another_version_hears_so(
    server: OscServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = dict(client.CLIENT_MESSAGES)
    name, wire_type, _ = fields["hello"][0]
    monkeypatch.setitem(client._MESSAGES, "hello", ((name, wire_type, 99), *fields["hello"][1:]))

    with (
        client.Client(ports=[server.port]) as asking,
        pytest.raises(client.RequestFailedError, match="version 99") as caught,
    ):
        asking.connect()

    assert caught.value.code == 12


def test_a_client_finds_a_restarted_server_and_asks_again(handler: EchoHandler) -> None:
    first = OscServer(handler, [0])
    first.start()
    with client.Client(ports=[first.port]) as asking:
        asking.connect()
        request_id = asking.start({**VARY, "engine": "slow"})
        while not handler.got_slow.is_set():
            asking.poll(0.05)
        first.close()
        handler.got_slow.clear()
        with OscServer(handler, [first.port]):
            while not handler.got_slow.is_set():
                asking.poll(0.05)
            handler.let_go()
            kinds: list[str] = []
            while "done" not in kinds:
                kinds += [
                    each["kind"]
                    for each in asking.poll(1.0)
                    if each.get("request_id") == request_id
                ]

    assert kinds.count("result") == 4


def test_a_server_that_went_for_good_is_said_to_be_gone(handler: EchoHandler) -> None:
    first = OscServer(handler, [0])
    first.start()
    with (
        client.Client(ports=[first.port], clock=lambda: 20.0 * time.monotonic()) as hasty,
        pytest.raises(client.NotReachableError, match="reprise start"),
    ):
        hasty.ask({**VARY, "engine": "slow"}, on_message=lambda _: first.close(), timeout_s=30.0)


def test_a_server_that_forgot_the_client_is_greeted_again(handler: EchoHandler) -> None:
    first = OscServer(handler, [0])
    first.start()
    with client.Client(ports=[first.port]) as asking:
        asking.connect()
        first.close()
        with OscServer(handler, [first.port]):
            assert len(asking.ask(VARY)) == 4


def test_answers_with_another_number_are_dropped(asking: client.Client, server: OscServer) -> None:
    asking.connect()
    port = asking._socket.getsockname()[1]
    forged = client.unnumbered_packet(
        "error", 123, {"request_id": 1, "code": 10, "sentence": "forged"}
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(forged, ("127.0.0.1", port))
    server._socket.sendto(forged, ("127.0.0.1", port))
    server._socket.sendto(b"noise", ("127.0.0.1", port))

    assert asking.poll(0.05) == []
    assert len(asking.ask(VARY)) == 4


def test_python_osc_can_be_a_client(server: OscServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        mine.settimeout(5.0)
        builder = OscMessageBuilder(address="/reprise/hello")
        for atom in (5, 0, 0, 1, client.PROTOCOL_VERSION, mine.getsockname()[1], "python-osc"):
            builder.add_arg(atom)
        mine.sendto(builder.build().dgram, ("127.0.0.1", server.port))

        said: dict[str, list[object]] = {}
        while not {"/reprise/hello/reply", "/reprise/ack/reply"} <= said.keys():
            message = OscMessage(mine.recv(65_536))
            said[message.address] = message.params

    assert said["/reprise/ack/reply"][:2] == [5, 1]
    assert said["/reprise/hello/reply"] == [5, 0, 0, 1, 1, -1, "test", 0]


def test_an_idle_server_waits_without_a_clock(server: OscServer, asking: client.Client) -> None:
    asking.ask(VARY)
    asking.poll(0.0)

    while server._patience() is not None:
        asking.poll(0.01)

    assert server.session_count == 1


def test_too_much_to_read_is_refused(handler: EchoHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reprise.transports.osc._MAX_WAITING_FRAMES", -1)
    with (
        OscServer(handler, [0]) as server,
        client.Client(ports=[server.port]) as asking,
        pytest.raises(client.RequestFailedError) as caught,
    ):
        asking.connect()
    assert caught.value.code == 31


def test_a_flooding_sender_does_not_keep_others_from_answers(handler: EchoHandler) -> None:
    with OscServer(handler, [0], limits=Limits(datagrams_a_second=50.0)) as server:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flooding,
            client.Client(ports=[server.port]) as asking,
        ):
            flood(flooding, server.port, 3000)
            assert len(asking.ask(VARY, timeout_s=10.0)) == 4
        assert server.dropped > 100


def flood(sender: socket.socket, port: int, count: int) -> None:
    for number in range(count):
        packet = client.pack_packet("/reprise/vary", [number, 1, 0, 1, 5])
        sender.sendto(packet, ("127.0.0.1", port))


@pytest.mark.parametrize(
    "count", [3000, pytest.param(100_000, marks=pytest.mark.slow)], ids=["3k", "100k"]
)
def test_bad_datagrams_neither_stop_nor_feed_the_server(count: int, handler: EchoHandler) -> None:
    limits = Limits(datagrams_a_second=1e6)
    with (
        OscServer(handler, [0], limits=limits) as server,
        client.Client(ports=[server.port]) as asking,
    ):
        asking.ask(VARY)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.settimeout(0.0)
            for _ in fuzzing.attack(500, sender, server.port):
                asking.ask(VARY, timeout_s=10.0)
            before = fuzzing.resident_bytes()
            for _ in fuzzing.attack(count, sender, server.port):
                assert len(asking.ask(VARY, timeout_s=10.0)) == 4
        assert len(asking.ask(VARY, timeout_s=10.0)) == 4
        assert server.dropped > count // 10
        assert fuzzing.resident_bytes() - before < 20_000_000


def test_a_status_tells_what_was_dropped(server: OscServer, asking: client.Client) -> None:
    asking.connect()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"noise", ("127.0.0.1", server.port))
    (reply,) = asking.ask({"kind": "status"})
    assert reply["dropped"] == server.dropped == 1
