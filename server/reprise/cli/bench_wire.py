"""How soon the server answers over OSC while it generates, and what it costs while it waits."""

import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from reprise.cli.own_server import OwnServer, own_server
from reprise.cli.show.pieces import PIECES
from reprise.client import Client, RequestFailedError
from reprise.errors import ServerError
from reprise.service.messages import Continue
from reprise.service.plain import to_plain
from reprise.transports.osc_bench import made_request

NOTES: Final = 10
EXCHANGES: Final = 400
IDLE_S: Final = 5.0
PAUSE_S: Final = 0.005
ENGINES: Final = ("ensemble", "chorale", "markov")

_CALM_S: Final = 1.0

Plain = Mapping[str, Any]


def measure(
    engines: Sequence[str] = ENGINES, exchanges: int = EXCHANGES, idle_s: float = IDLE_S
) -> dict[str, Any]:
    """Return times of exchanges in milliseconds, and the share of a core that an idle server takes.

    An exchange is a request of ten notes for a voice that the clip does not have: it is read, put
    together and refused without an engine.

    Args:
        engines: The first of them that can answer generates meanwhile.
        exchanges: How many are timed.
        idle_s: Seconds of the idle server.

    Raises:
        ServerError: No engine of ours can answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        apart = {"REPRISE_DATA_DIRECTORY": folder}
        with own_server(environment=apart) as server:
            engine = first_that_answers(server.port, engines)
            time.sleep(_CALM_S)
            idle = _idle_share(server, idle_s)
            calm = _exchanges(server, exchanges)
            ended = Event()
            asker = Thread(target=_ask_on, args=(server, engine, ended), daemon=True)
            asker.start()
            try:
                generating = _exchanges(server, exchanges)
            finally:
                ended.set()
                asker.join()
    return {
        "engine": engine,
        "notes": NOTES,
        "calm": calm,
        "generating": generating,
        "idle_percent_of_a_core": idle,
    }


def first_that_answers(port: int, engines: Sequence[str]) -> str:
    """Return the first engine that answers `work`.

    Raises:
        ServerError: None does.
    """
    with Client("bench", (port,)) as client:
        for engine in engines:
            try:
                client.ask({**work(engine), "count": 1, "seed": 0})
            except RequestFailedError:
                continue
            return engine
    raise ServerError("no engine answers; reprise doctor says what is wrong")


def work(engine: str) -> Plain:
    """Return eight bars more of a hymn, four times: work that lasts."""
    hymn = PIECES[0].document.score()
    asked = to_plain(Continue(request_id=0, source=hymn, length=32.0, count=4, engine=engine))
    return {name: value for name, value in asked.items() if name != "request_id"}


def _ask_on(server: OwnServer, engine: str, ended: Event) -> None:
    with Client("bench", (server.port,)) as client:
        seed = 0
        while not ended.is_set():
            seed += 1
            client.ask({**work(engine), "seed": seed})


def _exchanges(server: OwnServer, count: int) -> dict[str, float]:
    asked = {"kind": "refill", "voices": [1], "source": made_request(NOTES)["source"]}
    passed = []
    with Client("bench wire", (server.port,)) as client:
        client.connect()
        for _ in range(count):
            began = time.perf_counter()
            try:
                client.ask(asked)
            except RequestFailedError:
                passed.append(1000.0 * (time.perf_counter() - began))
            time.sleep(PAUSE_S)
    cuts = statistics.quantiles(passed, n=100)
    return {"p50_ms": round(cuts[49], 3), "p99_ms": round(cuts[98], 3)}


def _idle_share(server: OwnServer, seconds: float) -> float | None:
    """Return the share of a core in percent; None where the system does not tell."""
    before = _processor_seconds(server.pid)
    time.sleep(seconds)
    after = _processor_seconds(server.pid)
    if before is None or after is None:
        return None
    return round(100.0 * (after - before) / seconds, 3)


def _processor_seconds(pid: int) -> float | None:
    status = Path(f"/proc/{pid}/stat")
    if not status.is_file():
        return None
    fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
