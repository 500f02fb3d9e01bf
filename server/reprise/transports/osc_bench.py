"""How fast and how sure the OSC wire is: what `reprise bench osc` prints.

The lossy wire is simulated with a clock of its own, so it needs no socket and no waiting; the round
trips go over real loopback, to a server in a process of its own.
"""

import heapq
import itertools
import logging
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from reprise import client
from reprise.config import ServerConfig
from reprise.engines.base import Candidate, EngineInfo, Task, Verb, Watch
from reprise.engines.registry import Registry
from reprise.errors import InternalError
from reprise.music.note import Note
from reprise.service.history import History
from reprise.service.service import Service
from reprise.transports.osc import OscServer

Say = Callable[[str], None]

ROUND_TRIPS = {10: 200, 200: 100, 1000: 60, 5000: 20}
"""How often a request of so many notes is asked."""
LOSSY_RUNS = 100
_RATIO_NOTES = 2000
_WIRE_DELAY_S = 0.0001
_LATE_DELAY_S = 0.002


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to datagrams on the way.

    Attributes:
        loss: The share that never arrives, 0.0-1.0.
        reordering: The share that later ones overtake.
        duplication: The share that arrives twice.
    """

    loss: float = 0.05
    reordering: float = 0.05
    duplication: float = 0.02


@dataclass(slots=True)
class LossyWire:
    """Two links and a simulated wire between them.

    Attributes:
        chance: Decides what gets lost.
        weather: How much does.
        now: The simulated time in seconds.
        delivered: Messages that each link completed, by address and atoms.
    """

    chance: random.Random
    weather: Weather
    now: float = 0.0
    links: tuple[client.Link, client.Link] = field(init=False)
    delivered: tuple[list[client.Package], list[client.Package]] = field(init=False)
    _under_way: list[tuple[float, int, int, bytes]] = field(default_factory=list)
    _ticket: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        reply = client.ACK_ADDRESS + client.REPLY_SUFFIX
        self.links = (client.Link(1, 0.0), client.Link(1, 0.0, reply))
        self.delivered = ([], [])

    def run(self, limit_s: float = 60.0) -> None:
        """Carry datagrams until both links have nothing left to say, or the time is up."""
        while self.now < limit_s:
            for side, link in enumerate(self.links):
                for packet in link.outgoing(self.now):
                    self._send(1 - side, packet)
            if not self._under_way and not any(link.backlog for link in self.links):
                return
            self._step()

    def _send(self, side: int, packet: bytes) -> None:
        if self.chance.random() < self.weather.loss:
            return
        for _ in range(2 if self.chance.random() < self.weather.duplication else 1):
            delay = _WIRE_DELAY_S
            if self.chance.random() < self.weather.reordering:
                delay += self.chance.uniform(0.0, _LATE_DELAY_S)
            heapq.heappush(self._under_way, (self.now + delay, next(self._ticket), side, packet))

    def _step(self) -> None:
        deadlines = [link.next_deadline() for link in self.links]
        soonest = min((deadline for deadline in deadlines if deadline is not None), default=None)
        if self._under_way and (soonest is None or self._under_way[0][0] <= soonest):
            self.now, _, side, packet = heapq.heappop(self._under_way)
            self._receive(side, packet)
        elif soonest is not None:
            self.now = max(self.now, soonest)

    def _receive(self, side: int, packet: bytes) -> None:
        frame = client.parse_frame(packet)
        link = self.links[side]
        if frame.address.startswith(client.ACK_ADDRESS):
            link.received_ack(frame.sequence, self.now)
        else:
            self.delivered[side].extend(link.received(frame, self.now))


def made_request(note_count: int, seed: int = 1) -> dict[str, Any]:
    """Return a request for one variation of a made clip with so many notes."""
    chance = random.Random(seed)
    notes = [
        {
            "start": index * 0.25,
            "pitch": chance.randint(36, 84),
            "duration": chance.choice((0.25, 0.5, 1.0)),
            "velocity": chance.randint(40, 120),
        }
        for index in range(note_count)
    ]
    source = {"length": note_count * 0.25, "voices": [{"name": "Lead", "notes": notes}]}
    return {"kind": "vary", "request_id": 1, "count": 1, "strength": 1.0, "source": source}


def survives(seed: int, note_count: int, weather: Weather | None = None) -> tuple[bool, float]:
    """Send so many notes both ways over the lossy wire.

    Returns:
        Whether each side got the message complete and once, and the simulated seconds.
    """
    atoms = client.encode_message(made_request(note_count, seed), client.InlineTexts())
    wire = LossyWire(random.Random(seed), weather or Weather())
    address = client.ADDRESSES["vary"]
    for link in wire.links:
        link.push(address, atoms)
    wire.run()
    heard = [[package.atoms() for package in packages] for packages in wire.delivered]
    return heard == [[atoms], [atoms]], wire.now


class EchoEngine:
    """Answers at once with the source's own rhythm on drawn pitches: what is left is overhead.

    Attributes:
        spent_s: Seconds that each request took in here.
    """

    info = EngineInfo(
        "echo",
        "Echo",
        "Sends the rhythm back at once.",
        (Verb.VARY,),
        64,
        serves_drums=True,
    )

    def __init__(self) -> None:
        self.spent_s: list[float] = []

    def why_not(self, _task: Task) -> str | None:
        """Return None: it serves everything."""
        return None

    def suitability(self, _task: Task) -> float:
        """Return the highest there is."""
        return 1.0

    def candidates(self, task: Task, count: int, seed: int, watch: Watch) -> Iterator[Candidate]:
        """Yield `count` answers."""
        watch.check()
        begun = time.perf_counter()
        chance = random.Random(seed)
        answers = [_drawn(task, chance) for _ in range(count)]
        self.spent_s.append(time.perf_counter() - begun)
        yield from answers


def _drawn(task: Task, chance: random.Random) -> Candidate:
    new_notes: list[list[Note]] = [[] for _ in task.source.voices]
    for place, voice, note in task.source.places():
        if place in task.free_places:
            drawn = Note(note.start, chance.randint(0, 127), note.duration, note.velocity)
            new_notes[voice].append(drawn)
    return Candidate(task.fixed_places, tuple(tuple(sorted(notes)) for notes in new_notes))


def run(
    progress: Say = lambda _: None,
    sizes: Mapping[int, int] = ROUND_TRIPS,
    lossy_count: int = LOSSY_RUNS,
) -> dict[str, Any]:
    """Measure everything and return it as one plain dictionary, times in milliseconds.

    Args:
        progress: Told what comes next.
        sizes: How often a request of so many notes is asked; 1,000 is among them.
        lossy_count: Runs over the lossy wire.
    """
    progress("round trips over loopback")
    round_trips = measured_round_trips(sizes, progress)
    progress(f"{lossy_count} runs over a lossy wire")
    lossy = lossy_runs(lossy_count)
    progress("packing against python-osc")
    return {
        "round_trips": round_trips,
        "server_overhead_1000_notes_ms_p50": round_trips["1000"]["overhead_ms_p50"],
        "lossy": lossy,
        "codec_2000_notes_ms": codec_times(),
    }


def lossy_runs(runs: int = LOSSY_RUNS, note_count: int = 5000) -> dict[str, Any]:
    """Return how many runs over the lossy wire brought every note, both ways and once."""
    weather = Weather()
    found = [survives(seed, note_count, weather) for seed in range(runs)]
    return {
        "notes": note_count,
        "loss": weather.loss,
        "reordering": weather.reordering,
        "duplication": weather.duplication,
        "runs": runs,
        "complete_and_once": sum(is_complete for is_complete, _ in found),
        "simulated_ms_p50": round(1000 * statistics.median(seconds for _, seconds in found), 1),
    }


def codec_times(note_count: int = _RATIO_NOTES, repeats: int = 9) -> dict[str, float]:
    """Return how long atoms take to datagrams and back, with our codec and with python-osc."""
    address = client.ADDRESSES["vary"]
    atoms = client.encode_message(made_request(note_count), client.InlineTexts())
    chunks = list(client.split_atoms(address, atoms))
    ours = _best_ms(lambda: _through_ours(address, chunks), repeats)
    theirs = _best_ms(lambda: _through_python_osc(address, chunks), repeats)
    return {
        "reprise": ours,
        "python_osc": theirs,
        "python_osc_over_reprise": round(theirs / ours, 1),
    }


def _best_ms(act: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return round(1000 * min(times), 3)


def _through_ours(address: str, chunks: list[list[client.Atom]]) -> None:
    for chunk in chunks:
        client.unpack_packet(client.pack_packet(address, chunk))


def _through_python_osc(address: str, chunks: list[list[client.Atom]]) -> None:
    for chunk in chunks:
        builder = OscMessageBuilder(address=address)
        for atom in chunk:
            builder.add_arg(atom)
        _ = OscMessage(builder.build().dgram).params


def measured_round_trips(
    sizes: Mapping[int, int], progress: Say = lambda _: None
) -> dict[str, dict[str, float]]:
    """Ask a server in a process of its own over loopback.

    Args:
        sizes: How often a request of so many notes is asked.
        progress: Told what comes next.

    Returns:
        By note count: milliseconds of the round trip, of all of it but the engine's own time, and
        of the processor in the server without the engine, which a busy machine does not lengthen.
    """
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        with client.Client("bench", [mine.recv()]) as asking:
            found = {}
            for note_count, repeats in sizes.items():
                progress(f"{note_count} notes, {repeats} times")
                found[str(note_count)] = _round_trips(asking, mine, note_count, repeats)
    finally:
        mine.send("stop")
        server.join()
    return found


def _round_trips(
    asking: client.Client, server: "Connection[Any, Any]", note_count: int, repeats: int
) -> dict[str, float]:
    times = []
    _, cpu_s_before = _spent(server)
    # The first two find nothing warm.
    for seed in range(repeats + 2):
        request = made_request(note_count, seed)
        del request["request_id"]
        begun = time.perf_counter()
        (result,) = asking.ask(request)
        times.append(time.perf_counter() - begun)
        if len(result["new_notes"][0]) != note_count:
            raise InternalError(f"{note_count} notes were sent, {len(result['new_notes'][0])} came")
    engine_s, cpu_s = _spent(server)
    overhead_s = [whole - engine for whole, engine in zip(times, engine_s, strict=True)]
    whole, overhead = sorted(times[2:]), sorted(overhead_s[2:])
    return {
        "repeats": repeats,
        "p50_ms": round(1000 * statistics.median(whole), 2),
        "p99_ms": round(1000 * whole[round(0.99 * (repeats - 1))], 2),
        "overhead_ms_p50": round(1000 * statistics.median(overhead), 2),
        "server_cpu_ms_mean": round(1000 * (cpu_s - cpu_s_before - sum(engine_s)) / len(times), 2),
    }


def _spent(server: "Connection[Any, Any]") -> tuple[list[float], float]:
    """Return the engine's seconds for each request since the last call, and the server's in all."""
    server.send("spent")
    engine_s, cpu_s = server.recv()
    return engine_s, cpu_s


def _serve(pipe: "Connection[Any, Any]") -> None:
    engine = EchoEngine()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        config = ServerConfig(data_directory=Path(folder))
        history = History(Path(folder), clock=time.time)
        log = logging.getLogger(__name__)
        service = Service(config, Registry({"echo": lambda: engine}), history, time.monotonic, log)
        with OscServer(service, [0]) as server:
            pipe.send(server.port)
            while pipe.recv() != "stop":
                pipe.send((engine.spent_s, time.process_time()))
                engine.spent_s = []
        service.close()
