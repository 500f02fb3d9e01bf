"""How fast the mailbox is with REAPER's own scripts: what `reprise bench mailbox` prints.

The scripts run in a Lua of this process as REAPER would run them, some thirty times a second; the
server is a process of its own with an engine that answers at once.
"""

import importlib
import logging
import multiprocessing
import statistics
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import reprise
from reprise.config import ServerConfig
from reprise.engines.registry import Registry
from reprise.errors import InternalError, MissingDataError, MissingExtraError, ServerError
from reprise.service.history import History
from reprise.service.service import Service
from reprise.transports.mailbox import BUSY_FOR_S, CALM_FOR_S, MailboxServer
from reprise.transports.osc_bench import EchoEngine, Say, made_request

ROUND_TRIPS: Final = {8: 60, 500: 40, 5000: 20}
"""How often a request of so many notes is asked."""
GOALS_MS: Final = {8: (34.0, 37.0), 500: (43.0, 55.0), 5000: (160.0, 262.0)}
"""Median and 95th percentile of the sketch that was measured before this was built."""
POLL_GOAL_MS: Final = 10.0
POLLS_A_SECOND: Final = 30.0
IDLE_S: Final = 5.0
VERSIONS: Final = ("5.4", "5.3")

_PATIENCE_S: Final = 30.0
Value = Any
"""What Lua hands over; only the script knows its type."""


@dataclass(slots=True)
class _Times:
    """Seconds of one size, by what they were spent on."""

    trips: list[float] = field(default_factory=list)
    asks: list[float] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    poll_cpu: list[float] = field(default_factory=list)
    ask_cpu: list[float] = field(default_factory=list)


def scripts_folder() -> Path:
    """Return where the scripts of this checkout are."""
    return Path(reprise.__file__).resolve().parents[2] / "reaper_scripts" / "Reprise" / "core"


def run(
    progress: Say = lambda _: None,
    sizes: Mapping[int, int] = ROUND_TRIPS,
    *,
    version: str = "5.4",
    scripts: Path | None = None,
    idle_s: float = IDLE_S,
) -> dict[str, Any]:
    """Measure everything and return it as one plain dictionary, times in milliseconds.

    Args:
        progress: Told what comes next.
        sizes: How often a request of so many notes is asked.
        version: Of Lua: 5.4 as in REAPER 7, or 5.3 as in REAPER 6.
        scripts: The folder with mailbox.lua, None for that of this checkout.
        idle_s: Seconds of each state in which the server waits.

    Raises:
        MissingExtraError: No Lua is installed.
        MissingDataError: The scripts are not there.
    """
    folder = scripts or scripts_folder()
    if not (folder / "mailbox.lua").is_file():
        raise MissingDataError(
            f"there is no mailbox.lua in {folder}; run this in a clone of the repository, or name "
            "the folder with --scripts"
        )
    lua = _lua(version, folder)
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        mailbox = Path(directory) / "Data" / "Reprise"
        server = context.Process(target=_serve, args=(theirs, directory, mailbox), daemon=True)
        server.start()
        try:
            box = _box(lua, mailbox)
            trips = {}
            for size, repeats in sizes.items():
                progress(f"{size} notes, {repeats} times")
                before_s = _spent(mine)
                trips[size] = _round_trips(lua, box, size, repeats)
                cpu_s = (_spent(mine) - before_s) / (repeats + 2)
                trips[size]["server_cpu_ms_mean"] = _ms(cpu_s)
            idle = _idle(mine, idle_s, progress)
        finally:
            mine.send(("stop", 0.0))
            server.join()
    return {
        "lua": version,
        "polls_a_second": POLLS_A_SECOND,
        "round_trips": {str(size): found for size, found in trips.items()},
        "idle_percent_of_a_core": idle,
        "goals": _goals(trips),
    }


def _lua(version: str, scripts: Path) -> Value:
    try:
        module = importlib.import_module(f"lupa.lua{version.replace('.', '')}")
    except ImportError as error:
        raise MissingExtraError(
            "this measures REAPER's scripts and needs a Lua to run them: pip install lupa"
        ) from error
    lua = module.LuaRuntime(unpack_returned_tuples=True)
    lua.globals().package.path = (scripts / "?.lua").as_posix()
    return lua


def _box(lua: Value, mailbox: Path) -> Value:
    options = {"dir": str(mailbox), "guid": str(uuid.uuid4()), "now": time.perf_counter}
    box = lua.eval('(require("mailbox"))').new(lua.table_from(options))
    end = time.monotonic() + _PATIENCE_S
    while box.health(box)[0] != "running":
        if time.monotonic() > end:
            raise ServerError("the server did not start; run it again when the machine is calm")
        time.sleep(0.01)
    return box


def _round_trips(lua: Value, box: Value, note_count: int, repeats: int) -> dict[str, float]:
    times = _Times()
    # The first two find nothing warm.
    for seed in range(repeats + 2):
        _ask(lua, box, made_request(note_count, seed), note_count, times)
    trips = sorted(times.trips[2:])
    return {
        "repeats": repeats,
        "p50_ms": _ms(statistics.median(trips)),
        "p95_ms": _ms(trips[round(0.95 * (repeats - 1))]),
        "worst_poll_ms": _ms(max(times.polls)),
        "worst_poll_cpu_ms": _ms(max(times.poll_cpu)),
        "poll_p99_ms": _ms(sorted(times.polls)[round(0.99 * (len(times.polls) - 1))]),
        "worst_ask_ms": _ms(max(times.asks)),
        "worst_ask_cpu_ms": _ms(max(times.ask_cpu)),
    }


def _ms(seconds: float) -> float:
    return round(1000.0 * seconds, 2)


def _ask(lua: Value, box: Value, request: dict[str, Any], note_count: int, times: _Times) -> None:
    del request["request_id"]
    plain = lua.table_from(request, recursive=True)
    begun, cpu_begun = time.perf_counter(), time.thread_time()
    handle = box.ask(box, plain)
    if isinstance(handle, tuple):
        raise ServerError(f"the mailbox refused the request: {handle[1]}")
    times.asks.append(time.perf_counter() - begun)
    times.ask_cpu.append(time.thread_time() - cpu_begun)
    found, ticks = 0, 0
    while not handle.finished:
        ticks += 1
        time.sleep(max(0.0, begun + ticks / POLLS_A_SECOND - time.perf_counter()))
        found += sum(map(_notes_of, _polled(handle, times)))
    times.trips.append(time.perf_counter() - begun)
    if found != note_count:
        raise InternalError(f"{note_count} notes were sent, {found} came")


def _polled(handle: Value, times: _Times) -> Sequence[Value]:
    begun, cpu_begun = time.perf_counter(), time.thread_time()
    messages = handle.poll(handle)
    times.polls.append(time.perf_counter() - begun)
    times.poll_cpu.append(time.thread_time() - cpu_begun)
    return list(messages.values())


def _notes_of(message: Value) -> int:
    if message.kind == "error":
        raise InternalError(f"the server answered with an error: {message.sentence}")
    return len(message.new_notes[1]) if message.kind == "result" else 0


def _goals(trips: Mapping[int, Mapping[str, float]]) -> list[dict[str, Any]]:
    goals = []
    for size, limits in GOALS_MS.items():
        for name, limit in zip(("p50_ms", "p95_ms"), limits):
            if size in trips:
                goals.append(_goal(f"{size} notes, {name[:3]} ms", trips[size][name], limit))
    for name in ("worst_poll_ms", "worst_poll_cpu_ms"):
        worst = max(found[name] for found in trips.values())
        goals.append(_goal(name.replace("_", " "), worst, POLL_GOAL_MS))
    return goals


def _goal(name: str, found: float, limit: float) -> dict[str, Any]:
    return {"name": name, "found": found, "limit": limit, "is_met": found <= limit}


def _idle(server: "Connection[Any, Any]", seconds: float, progress: Say) -> dict[str, float]:
    """Return the share of a core of a server that waits, by how long nobody has asked."""
    shares = {}
    for name, later_s in (("just_asked", 0.0), ("calm", BUSY_FOR_S), ("asleep", CALM_FOR_S)):
        progress(f"an idle server, {name.replace('_', ' ')}")
        before = _spent(server, later_s)
        time.sleep(seconds)
        shares[name] = round(100.0 * (_spent(server) - before) / seconds, 3)
    return shares


def _spent(server: "Connection[Any, Any]", later_s: float = 0.0) -> float:
    """Return the server's processor seconds without the engine's; set its clock forward."""
    server.send(("spent", later_s))
    found: float = server.recv()
    return found


def _serve(pipe: "Connection[Any, Any]", directory: str, mailbox: Path) -> None:
    ahead_s = 0.0
    folder = Path(directory) / "state"
    history = History(folder, clock=time.time)
    log = logging.getLogger(__name__)
    engine = EchoEngine()
    engines = Registry({"echo": lambda: engine})
    config = ServerConfig(data_directory=folder)
    service = Service(config, engines, history, time.monotonic, log)
    with MailboxServer(service, lambda: [mailbox], clock=lambda: time.monotonic() + ahead_s):
        while (asked := pipe.recv())[0] != "stop":
            ahead_s += asked[1]
            pipe.send(time.process_time() - sum(engine.spent_s))
    service.close()
