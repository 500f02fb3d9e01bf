"""Bad datagrams and bad messages, made from the good ones of the protocol's fixtures."""

import json
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from reprise import client

FIXTURES = Path(__file__).parent / "fixtures" / "protocol"
EXTREMES: tuple[client.Atom, ...] = (
    -1,
    0,
    1_000_000_000,
    2**31 - 1,
    -(2**31),
    1e30,
    float("nan"),
    float("inf"),
    "",
    "x" * 300,
)


def _cases() -> list[tuple[str, list[client.Atom], list[bytes]]]:
    return [
        (case["address"], case["atoms"], [bytes.fromhex(text) for text in case["datagrams"]])
        for path in sorted(FIXTURES.glob("*.json"))
        if path.stem not in ("ports", "table", "refused")
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]


def _mutated(packet: bytes, chance: random.Random) -> bytes:
    data = bytearray(packet)
    for _ in range(chance.randint(1, 6)):
        if not data:
            break
        place = chance.randrange(len(data))
        match chance.randrange(5):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                del data[place:]
            case 2:
                data[place:place] = chance.randbytes(chance.randint(1, 8))
            case 3:
                data[place : place + 4] = chance.choice((b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
            case _:
                data[place : place + 4] = b"\xff\xff\xff\xff"
    return bytes(data)


def _bundle(chance: random.Random) -> bytes:
    size = chance.choice((-16, -1, 0, 1, 3, 4, 8, 2**31 - 1, -(2**31)))
    head = b"#bundle\0" + chance.randbytes(8)
    return head + size.to_bytes(4, "big", signed=True) + b"\0" * chance.choice((0, 4, 40))


def datagrams(count: int, seed: int) -> Iterator[bytes]:
    """Yield noise, bundles of wrong sizes, mutations of valid datagrams, and valid ones."""
    chance = random.Random(seed)
    valid = [packet for _, _, packets in _cases() for packet in packets]
    for _ in range(count):
        match chance.randrange(8):
            case 0:
                yield chance.randbytes(chance.randint(0, 1600))
            case 1:
                yield _bundle(chance)
            case 2:
                yield chance.choice(valid)
            case _:
                yield _mutated(chance.choice(valid), chance)


def messages(count: int, seed: int) -> Iterator[tuple[str, list[client.Atom]]]:
    """Yield addresses and atoms of messages in which some atoms are extreme, lost or doubled."""
    chance = random.Random(seed)
    cases = [
        (address, atoms)
        for address, atoms, packets in _cases()
        if len(packets) == 1 and not address.endswith("/reply")
    ]
    for _ in range(count):
        address, good = chance.choice(cases)
        atoms = list(good)
        for _ in range(chance.randint(0, 3)):
            place = chance.randrange(len(atoms))
            match chance.randrange(6):
                case 0:
                    del atoms[place:]
                case 1:
                    atoms.insert(place, chance.choice(EXTREMES))
                case _:
                    atoms[place] = chance.choice(EXTREMES)
            atoms = atoms or [0]
        yield address, atoms


def attack(count: int, sender: socket.socket, port: int) -> Iterator[int]:
    """Send so many bad things, half of them in sessions of their own; stop now and then.

    Args:
        count: Bad datagrams and bad messages together.
        sender: A bound UDP socket that does not block.
        port: Of the server.

    Yields:
        How many were sent, after every 2,000 and at the end: time for a good request.
    """
    here = ("127.0.0.1", port)
    reply_port = sender.getsockname()[1]
    link = client.Link(0, 0.0)
    broken = messages(count, seed=2)
    for number, packet in enumerate(datagrams(count // 2, seed=1)):
        if number % 2000 == 0:
            link = client.Link(number + 1, 0.0)
            hello = [client.PROTOCOL_VERSION, reply_port, "fuzz"]
            link.push(client.ADDRESSES["hello"], hello)
        if number % 1000 == 999:
            yield 2 * number
        sender.sendto(packet, here)
        link.push(*next(broken))
        _take_acks(sender, link)
        for frame in link.outgoing(number * 0.001):
            sender.sendto(frame, here)
    yield count


def _take_acks(sender: socket.socket, link: client.Link) -> None:
    while True:
        try:
            frame = client.parse_frame(sender.recv(65_536))
        except (BlockingIOError, client.ProtocolError):
            return
        if frame.nonce == link.nonce and frame.address == "/reprise/ack/reply":
            link.received_ack(frame.sequence, 0.0)


def resident_bytes(process: str = "self") -> int:
    """Return the memory of a process, by its number, where the system tells it."""
    statm = Path(f"/proc/{process}/statm")
    return int(statm.read_text(encoding="ascii").split()[1]) * 4096 if statm.exists() else 0
