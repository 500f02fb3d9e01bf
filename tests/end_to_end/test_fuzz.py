"""A server of its own process, the real service behind it, and a sender of nothing but rubbish."""

import socket
import time
from typing import Any

import pytest

import builders
import fuzzing
from reprise.cli.own_server import OwnServer
from reprise.client import Client
from reprise.service.messages import Vary
from reprise.service.plain import to_plain

MEMORY_LIMIT_BYTES = 20_000_000
WARM_UP = 2000


def good_request() -> dict[str, Any]:
    plain = to_plain(Vary(request_id=0, source=builders.chorale(2), count=1, engine="markov"))
    del plain["request_id"]
    return plain


@pytest.mark.parametrize(
    "count", [4000, pytest.param(100_000, marks=pytest.mark.slow)], ids=["4k", "100k"]
)
def test_good_requests_are_answered_while_rubbish_rains(
    count: int, server: OwnServer, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = []
    with (
        Client("good", (server.port,)) as good,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(0.0)
        # Once round first: pools and caches fill, and only what comes on top is growth.
        for _ in fuzzing.attack(WARM_UP, sender, server.port):
            good.ask(good_request())
        before = fuzzing.resident_bytes(str(server.pid))
        for _ in fuzzing.attack(count, sender, server.port):
            began = time.perf_counter()
            assert len(good.ask(good_request(), timeout_s=10.0)) <= 1
            seconds.append(time.perf_counter() - began)
    grown = fuzzing.resident_bytes(str(server.pid)) - before
    with capsys.disabled():
        print(f"\n{count} bad: slowest good answer {max(seconds):.3f} s, {grown / 1e6:+.1f} MB")
    assert grown < MEMORY_LIMIT_BYTES
