"""Whether the server disturbs audio: late wake-ups of a neighbour that works as audio does.

The neighbour is one process on each core that wakes every 1.33 ms, as 64 samples at 48 kHz do, and
works for 0.6 ms. A wake-up is late when the work cannot be done before the next one is due: a
driver would have dropped the buffer. Rounds of all scenes are taken in turn, so that whatever else
the machine does falls on each of them alike.
"""

import gc
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median
from threading import Event, Thread
from typing import Any, Final, NoReturn

from reprise.cli.own_server import OwnServer, own_server
from reprise.cli.show.pieces import PIECES
from reprise.client import Client, RequestFailedError
from reprise.errors import ServerError
from reprise.service.messages import Continue
from reprise.service.plain import to_plain
from reprise.service.priority import NICENESS, lower_priority, lower_session

PERIOD_S: Final = 64 / 48_000
WORK_S: Final = 0.0006
WARM_UP_S: Final = 1.0
PATIENCE_S: Final = 60.0
QUIET_SHARE: Final = 0.001
"""Late wake-ups without a server, above which something else disturbs the measurement."""
SCENES: Final = ("off", "idle", "generating", "busy loop")
UNSEEN: Final = (
    "an audio thread of a DAW runs at real-time priority and wakes before everything here; this "
    "neighbour has normal priority, so it is disturbed sooner",
    "drivers, interrupts, throttling, and what another machine on the same host takes away",
    "delays below the system's own timer, which the scene 'off' shows",
)
"""What the measurement cannot see."""

Say = Callable[[float, str], None]
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wakes:
    """What one neighbour saw.

    Attributes:
        seconds: How long it looked.
        delays: Seconds by which each wake-up came after it was due.
        missed: Wake-ups that were over before it could come.
    """

    seconds: float
    delays: tuple[float, ...]
    missed: int = 0

    @property
    def late(self) -> int:
        """How many buffers would have been dropped."""
        return self.missed + sum(delay > PERIOD_S - WORK_S for delay in self.delays)


def neighbour(seconds: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> Wakes:
    """Wake and work as an audio thread does, for so many seconds of the clock."""
    start = clock()
    due, missed = start + PERIOD_S, 0
    delays: list[float] = []
    while due < start + seconds:
        now = clock()
        if now < due:
            sleep(due - now)
        woke = clock()
        delays.append(woke - due)
        while clock() < woke + WORK_S:
            pass
        due += PERIOD_S
        behind = int((clock() - due) / PERIOD_S)
        if behind > 0:
            missed += behind
            due += behind * PERIOD_S
    return Wakes(seconds, tuple(delays), missed)


def measure(core_count: int, seconds: float, rounds: int, engine: str, say: Say) -> dict[str, Any]:
    """Return late wake-ups a minute of each scene, of all cores together.

    Args:
        core_count: How many neighbours there are.
        seconds: Of each scene in each round.
        rounds: How often all scenes are taken.
        engine: What generates, "auto" for the best one that there is.
        say: Told how far it is.

    Raises:
        ServerError: The server does not start or does not answer.
    """
    found: dict[str, list[Wakes]] = {scene: [] for scene in SCENES}
    answers: list[float] = []
    request = _request(engine)
    with _Neighbours(core_count) as neighbours:
        for number in range(rounds):
            for place, scene in enumerate(SCENES):
                say((number * len(SCENES) + place) / (rounds * len(SCENES)), scene)
                with _STAGES[scene](request, answers):
                    found[scene] += neighbours.listen(seconds)
    return figures(found, answers, core_count)


def _request(engine: str) -> Plain:
    """Return eight bars more of a hymn, four times: work that lasts."""
    hymn = PIECES[0].document.score()
    asked = Continue(request_id=0, source=hymn, length=32.0, count=4, engine=engine)
    return {name: value for name, value in to_plain(asked).items() if name != "request_id"}


# ---------------------------------------------------------------- scenes


@contextmanager
def _off(request: Plain, answers: list[float]) -> Iterator[None]:
    del request, answers
    yield


@contextmanager
def _idle(request: Plain, answers: list[float]) -> Iterator[None]:
    del answers
    with _server() as server:
        _ask_once(server, request)
        yield


@contextmanager
def _generating(request: Plain, answers: list[float]) -> Iterator[None]:
    ended = Event()
    with _server() as server:
        _ask_once(server, request)
        asker = Thread(target=_ask_on, args=(server, request, ended, answers), daemon=True)
        asker.start()
        try:
            yield
        finally:
            ended.set()
            asker.join()


@contextmanager
def _busy_loop(request: Plain, answers: list[float]) -> Iterator[None]:
    """Keep one core busy for nothing, at the priority and in the kind of session of a worker."""
    del request, answers
    process = subprocess.Popen(
        [sys.executable, "-m", "reprise.cli.bench_audio"], start_new_session=True
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


_STAGES: Final = dict(zip(SCENES, (_off, _idle, _generating, _busy_loop), strict=True))


@contextmanager
def _server() -> Iterator[OwnServer]:
    """Run a server in the background with a history of its own."""
    with tempfile.TemporaryDirectory() as folder:
        apart = {"REPRISE_DATA_DIRECTORY": folder}
        with own_server(environment=apart, own_session=True) as server:
            yield server


def _ask_once(server: OwnServer, request: Plain) -> None:
    """Load what the engine needs, so that a scene does not begin with it."""
    with Client("bench", (server.port,)) as client:
        client.connect(PATIENCE_S)
        try:
            client.ask({**request, "seed": 0})
        except RequestFailedError as error:
            raise ServerError(f"the server does not generate: {error}") from error


def _ask_on(server: OwnServer, request: Plain, ended: Event, answers: list[float]) -> None:
    with Client("bench", (server.port,)) as client:
        client.connect(PATIENCE_S)
        seed = 0
        while not ended.is_set():
            seed += 1
            began = time.perf_counter()
            client.ask({**request, "seed": seed})
            answers.append(time.perf_counter() - began)


# ---------------------------------------------------------------- neighbours


class _Neighbours:
    """Processes that listen together, one a core where the system lets us choose."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for core in range(count):
            mine, theirs = context.Pipe()
            process = context.Process(target=_live_beside, args=(theirs, core), daemon=True)
            process.start()
            self._pipes.append(mine)
            self._processes.append(process)

    def __enter__(self) -> "_Neighbours":
        self.listen(WARM_UP_S)
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join()

    def listen(self, seconds: float) -> list[Wakes]:
        """Return what each of them saw in the same seconds."""
        for pipe in self._pipes:
            pipe.send(seconds)
        return [pipe.recv() for pipe in self._pipes]


def _live_beside(pipe: Connection, core: int) -> None:
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})
    gc.disable()
    while (seconds := pipe.recv()) is not None:
        pipe.send(neighbour(seconds, time.perf_counter, time.sleep))


# ---------------------------------------------------------------- figures


def figures(
    found: Mapping[str, Sequence[Wakes]], answers: Sequence[float], core_count: int
) -> dict[str, Any]:
    """Return what the scenes came to, and what generating and idling add."""
    scenes = {scene: _scene(wakes, core_count) for scene, wakes in found.items()}
    rate = {scene: row["late_per_minute"] for scene, row in scenes.items()}
    return {
        "period_ms": round(1000 * PERIOD_S, 3),
        "work_ms": 1000 * WORK_S,
        "cores": core_count,
        "niceness": NICENESS,
        "is_quiet": scenes["off"]["late"] <= QUIET_SHARE * scenes["off"]["wakes"],
        "scenes": scenes,
        "generating_over_busy_loop": _ratio(rate["generating"], rate["busy loop"]),
        "idle_adds_per_minute": round(rate["idle"] - rate["off"], 2),
        "generating_adds_per_minute": round(rate["generating"] - rate["off"], 2),
        "busy_loop_adds_per_minute": round(rate["busy loop"] - rate["off"], 2),
        "answers": len(answers),
        "answer_ms_p50": round(1000 * median(answers), 1) if answers else None,
        "unseen": list(UNSEEN),
    }


def _scene(wakes: Sequence[Wakes], core_count: int) -> dict[str, Any]:
    delays = sorted(delay for one in wakes for delay in one.delays)
    late, seconds = sum(one.late for one in wakes), sum(one.seconds for one in wakes) / core_count
    return {
        "minutes": round(seconds / 60, 3),
        "wakes": len(delays) + sum(one.missed for one in wakes),
        "late": late,
        "late_per_minute": round(60 * late / seconds, 2),
        "late_per_minute_95": [round(60 * bound / seconds, 2) for bound in _counted(late)],
        "delay_ms": {
            name: round(1000 * delays[int(share * (len(delays) - 1))], 3)
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
        },
    }


def _counted(count: int) -> tuple[float, float]:
    """Return about where 95 % of counts lie that may have been meant (Poisson, Wilson-like)."""
    spread = 1.96 * math.sqrt(count + 0.96)
    return max(0.0, count + 1.92 - spread), count + 1.92 + spread


def _ratio(above: float, below: float) -> float | None:
    return round(above / below, 3) if below else None


def _waste_time() -> NoReturn:
    lower_session()
    lower_priority()
    while True:
        pass


if __name__ == "__main__":
    _waste_time()
