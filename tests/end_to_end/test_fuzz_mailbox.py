"""The real server behind a mailbox into which somebody throws rubbish."""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

import builders
import fuzzing
from reaper_server import reaper_server
from reprise.service.messages import Vary
from reprise.service.plain import to_plain
from reprise.transports.mailbox_codec import dumped

MEMORY_LIMIT_BYTES = 20_000_000
A_BATCH = 50
PATIENCE_S = 30.0


def request(number: int) -> bytes:
    asked = Vary(request_id=number, source=builders.chorale(2), count=1, engine="markov")
    return dumped({"protocol_version": 1, "message": to_plain(asked)})


def rubbish(chance: random.Random) -> bytes:
    """Return noise, a request that is cut or changed somewhere, or JSON of another shape."""
    data = bytearray(request(1))
    match chance.randrange(5):
        case 0:
            return chance.randbytes(chance.randint(0, 300))
        case 1:
            return bytes(data[: chance.randrange(len(data))])
        case 2:
            return chance.choice((b"[" * 5000, b"null", b"1e999", b'{"a":' * 2000, b'"\\ud800"'))
        case _:
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] = chance.choice(b'{}[]",:0123456789.eE-nul\xff')
            return bytes(data)


def throw(chance: random.Random, mailbox: Path, number: int) -> None:
    name = chance.choice(("X-{}.json", "X-{}.cancel.json", "X-{}.tmp", "{}.txt", "X-9{}.json.json"))
    (mailbox / "in" / name.format(number)).write_bytes(rubbish(chance))


def last_answer(mailbox: Path, name: str) -> dict[str, Any]:
    """Fetch answers up to the last, as a script does."""
    end = time.monotonic() + PATIENCE_S
    index = 0
    while True:
        path = mailbox / "out" / f"{name}.{index}.json"
        while not path.exists():
            assert time.monotonic() < end, f"no answer {index} to {name}"
            time.sleep(0.005)
        answer: dict[str, Any] = json.loads(path.read_bytes())
        path.unlink()
        index += 1
        if answer["kind"] in ("done", "error"):
            return answer


def ask(mailbox: Path, number: int) -> dict[str, Any]:
    fresh = mailbox / "in" / f"good-{number}.tmp"
    fresh.write_bytes(request(number))
    fresh.rename(fresh.with_suffix(".json"))
    return last_answer(mailbox, f"good-{number}")


def attack(mailbox: Path, count: int, chance: random.Random, first: int) -> None:
    """Throw so many files, and ask for something good after every batch."""
    for number in range(first, first + count, A_BATCH):
        for place in range(A_BATCH):
            throw(chance, mailbox, number + place)
        assert ask(mailbox, number)["kind"] == "done"
        # Half-written files are given two seconds; nobody fetches the answers to the others.
        for path in mailbox.glob("out/X-*"):
            path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "count", [400, pytest.param(10_000, marks=pytest.mark.slow)], ids=["400", "10k"]
)
def test_good_requests_are_answered_while_rubbish_lies_about(count: int, tmp_path: Path) -> None:
    chance = random.Random(1)
    with reaper_server(tmp_path) as server:
        # Once through first: pools and caches fill, and only what comes on top is growth.
        warm_up = count // 2
        attack(server.mailbox, warm_up, chance, 1)
        before = fuzzing.resident_bytes(str(server.pid))
        attack(server.mailbox, count, chance, 1 + warm_up)
        grown = fuzzing.resident_bytes(str(server.pid)) - before

    assert grown < MEMORY_LIMIT_BYTES
