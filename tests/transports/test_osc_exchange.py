import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import fuzzing
from reprise import client
from reprise.errors import RepriseError
from reprise.music.note import Note
from reprise.service import messages as m
from reprise.transports.osc_exchange import Arrival, Bucket, Exchange, Limits, named_error

HERE = ("127.0.0.1", 50_001)
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "protocol"


def hello(nonce: int, port: int = 50_001, version: int = 1) -> bytes:
    return client.pack_packet(client.ADDRESSES["hello"], [nonce, 0, 0, 1, version, port, "test"])


def packets(exchange: Exchange, now: float = 0.0) -> list[client.Frame]:
    return [client.parse_frame(packet) for packet, _ in exchange.outgoing(now)]


def connected(nonce: int = 7, limits: Limits | None = None) -> tuple[Exchange, Arrival]:
    exchange = Exchange(limits)
    (arrival,) = exchange.received(hello(nonce), HERE, 0.0)
    packets(exchange)
    return exchange, arrival


def said_errors(frames: list[client.Frame]) -> list[int]:
    return [
        client.decode_message("error", frame.atoms(), client.NumberedTexts())["code"]
        for frame in frames
        if frame.address == client.ADDRESSES["error"]
    ]


def test_a_hello_opens_a_session_that_answers_to_its_port() -> None:
    exchange = Exchange()

    (arrival,) = exchange.received(hello(7, port=51_234), ("127.0.0.1", 40_000), 0.0)

    assert arrival.message() == m.Hello(protocol_version=1, nonce=7, client="test")
    assert arrival.session.key == "osc:127.0.0.1:51234"
    assert [peer for _, peer in exchange.outgoing(0.0)] == [("127.0.0.1", 51_234)]


def test_senders_beyond_this_machine_get_nothing() -> None:
    exchange = Exchange()

    assert exchange.received(hello(7), ("192.168.1.5", 50_001), 0.0) == []
    assert packets(exchange) == []
    assert exchange.dropped == 1


def test_a_device_that_says_hello_again_keeps_its_key_and_gets_what_comes() -> None:
    exchange, first = connected(7)
    (second,) = exchange.received(hello(8), HERE, 1.0)
    packets(exchange)

    exchange.push(first.session, m.Done(request_id=1, count=0, total_ms=1))

    (frame,) = packets(exchange)
    assert first.session.key == second.session.key
    assert frame.nonce == 8
    assert exchange.session_count == 1


def test_a_client_of_another_version_is_told_on_its_port() -> None:
    exchange = Exchange()

    assert exchange.received(hello(7, version=99), HERE, 0.0) == []

    ((packet, peer),) = exchange.outgoing(0.0)
    frame = client.parse_frame(packet)
    assert peer == HERE
    assert (frame.nonce, frame.sequence) == (7, client.UNNUMBERED)
    assert said_errors([frame]) == [12]


def test_whoever_is_not_known_is_asked_to_say_hello() -> None:
    exchange = Exchange()
    stranger = client.pack_packet(client.ADDRESSES["status"], [9, 4, 0, 1, 1])

    assert exchange.received(stranger, HERE, 0.0) == []

    (frame,) = packets(exchange)
    assert (frame.address, frame.nonce) == (client.HELLO_AGAIN_ADDRESS, 9)


def test_a_ping_is_answered() -> None:
    exchange, _ = connected(7)

    exchange.received(client.pack_packet(client.PING_ADDRESS, [7]), HERE, 0.0)

    (frame,) = packets(exchange)
    assert (frame.address, frame.nonce) == ("/reprise/ping/reply", 7)


@pytest.mark.parametrize("address", ["/reprise/ack/reply", "/reprise/hello/again"])
def test_what_servers_say_is_never_answered(address: str) -> None:
    exchange = Exchange()

    assert exchange.received(client.pack_packet(address, [9, 4]), HERE, 0.0) == []
    assert packets(exchange) == []


def test_every_datagram_of_the_refused_fixtures_gets_its_named_error() -> None:
    cases = json.loads((FIXTURES / "refused.json").read_text(encoding="utf-8"))
    assert len(cases) > 15
    for case in cases:
        exchange, _ = connected(424_242)
        found = []
        for arrival in exchange.received(bytes.fromhex(case["datagram"]), HERE, 0.0):
            with pytest.raises(RepriseError) as caught:
                arrival.message()
            found.append((arrival.request_id(), caught.value.code))
        found += [(-1, code) for code in said_errors(packets(exchange))]
        assert found == [(case["request_id"], case["code"])], case["name"]


def test_a_flood_is_dropped_and_told_so_now_and_then() -> None:
    exchange = Exchange(Limits(datagrams_a_second=10.0, errors_a_second=2.0))
    noise = client.pack_packet(client.ACK_ADDRESS, [9, 4])

    for _ in range(1000):
        exchange.received(noise, HERE, 0.0)

    frames = packets(exchange)
    assert exchange.dropped == 1000
    assert len(frames) <= 2
    (other,) = exchange.received(hello(7, 50_002), ("127.0.0.1", 50_002), 0.0)
    assert isinstance(other.message(), m.Hello)


def test_hellos_of_one_sender_are_held_to_a_pace() -> None:
    exchange = Exchange(Limits(hellos_a_second=5.0))

    opened = [exchange.received(hello(nonce), HERE, 0.0) for nonce in range(1, 50)]

    assert sum(map(len, opened)) == 5


def test_sessions_and_senders_are_bounded_and_the_confirmed_stay() -> None:
    exchange = Exchange(Limits(sessions=4, senders=8))
    (good,) = exchange.received(hello(1), HERE, 0.0)
    exchange.push(good.session, m.Done(request_id=1, count=0, total_ms=1))
    packets(exchange)
    exchange.received(client.pack_packet(client.ACK_ADDRESS, [1, 1]), HERE, 0.0)

    for index in range(100):
        exchange.received(hello(100 + index, 51_000 + index), ("127.0.0.1", 40_000 + index), 1.0)

    assert exchange.session_count == 4
    assert good.session.is_open
    assert len(exchange._senders) <= 8


def parts_of(nonce: int, part_count: int) -> Iterator[bytes]:
    for part in range(part_count):
        head = [nonce, 1 + part, part, part_count + 1]
        yield client.pack_packet(client.ADDRESSES["vary"], [*head, *range(250)])


def test_unfinished_messages_are_bounded_over_all_sessions() -> None:
    exchange, arrival = connected(7, Limits(held_parts=20))

    for packet in parts_of(7, 40):
        exchange.received(packet, HERE, 0.0)

    assert exchange.held_parts <= 20
    assert not arrival.session.is_open


def test_a_message_that_breaks_off_is_forgotten_after_a_while() -> None:
    exchange, arrival = connected(7)
    for packet in parts_of(7, 3):
        exchange.received(packet, HERE, 0.0)
    packets(exchange)
    assert exchange.held_parts == 3

    deadline = exchange.next_deadline(0.0)
    assert deadline is not None
    packets(exchange, now=deadline + 0.1)

    assert exchange.held_parts == 0
    assert not arrival.session.is_open
    assert exchange.next_deadline(20.0) is None


def test_a_client_that_never_acknowledges_is_forgotten() -> None:
    exchange, arrival = connected(7)
    exchange.push(arrival.session, m.Done(request_id=1, count=0, total_ms=1))
    packets(exchange)

    packets(exchange, now=11.0)

    assert exchange.session_count == 0


def test_a_client_that_is_only_quiet_is_kept_for_a_day() -> None:
    exchange, _ = connected(7)

    packets(exchange, now=80_000.0)
    assert exchange.session_count == 1
    packets(exchange, now=90_000.0)
    assert exchange.session_count == 0


def test_previews_give_way_and_too_long_a_backlog_ends_the_session() -> None:
    exchange, arrival = connected(7, Limits(preview_backlog=2, backlog=10))
    notes = (tuple(Note(0.25 * place, 60, 0.25) for place in range(2000)),)
    bar = m.Bar(request_id=1, index=0, bar=0, new_notes=notes)

    exchange.push(arrival.session, bar)
    backlog = arrival.session.link.backlog
    exchange.push(arrival.session, bar)
    assert arrival.session.link.backlog == backlog > 10

    exchange.push(arrival.session, m.Done(request_id=1, count=0, total_ms=1))
    assert not arrival.session.is_open
    exchange.push(arrival.session, m.Done(request_id=1, count=0, total_ms=1))
    assert exchange.session_count == 0


def test_a_status_tells_what_was_dropped_here() -> None:
    exchange, arrival = connected(7)
    exchange.received(b"noise", HERE, 0.0)
    packets(exchange)

    status = m.Status(
        request_id=1,
        server_version="1",
        uptime_s=1,
        sessions=1,
        queued=0,
        running=0,
        answered=0,
        dropped=2,
    )
    exchange.push(arrival.session, status)

    (frame,) = packets(exchange)
    texts = client.NumberedTexts()
    assert client.decode_message("status_reply", frame.atoms(), texts)["dropped"] == 3


def test_a_bucket_fills_again_with_time() -> None:
    bucket = Bucket(2.0, 0.0)

    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert bucket.take(0.5)
    assert not bucket.take(0.5)


def test_a_bug_becomes_a_named_error() -> None:
    named = named_error(ZeroDivisionError("oh"))

    assert named.code == 90
    assert "ZeroDivisionError" in str(named)
    assert named_error(named) is named


def test_no_datagram_breaks_the_exchange() -> None:
    exchange, _ = connected(7)
    for number, packet in enumerate(fuzzing.datagrams(3000, seed=1)):
        for arrival in exchange.received(packet, HERE, number * 0.01):
            with contextlib.suppress(RepriseError):
                assert arrival.message().kind
        exchange.outgoing(number * 0.01)

    assert exchange.held_parts < 100
    assert exchange.dropped > 500


def test_no_message_breaks_the_exchange() -> None:
    exchange, arrival = connected(7)
    link = client.Link(7, 0.0)
    link.push(client.ADDRESSES["hello"], [1, 50_001, "test"])
    codes = set()
    for address, atoms in fuzzing.messages(1500, seed=1):
        link.push(address, atoms)
        for packet in link.outgoing(0.0):
            for arrived in exchange.received(packet, HERE, 0.0):
                try:
                    codes.add(arrived.message().kind)
                except RepriseError as error:
                    codes.add(str(error.code))
        for frame in packets(exchange):
            link.received_ack(frame.sequence, 0.0)

    assert arrival.session.is_open
    assert link.backlog == 0
    assert {"vary", "refill", "cancel", "10", "11", "13"} <= codes
