"""How much longer a request takes while a training runs beside the server: `reprise bench beside`.

A server in the background, a folder of made-up songs and `reprise train mine` have a data folder of
their own. The same requests, with a pause after each as a person makes it, are asked before, beside
and after the training.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reprise.cli import bench_wire
from reprise.cli.answer import Answer, table
from reprise.cli.parser import VerbParser, add_sub_verb
from reprise.cli.progress import ProgressLine
from reprise.client import Client
from reprise.errors import InvalidRequestError, ServerError
from reprise.library import practice
from reprise.music.smf_write import write_score

if TYPE_CHECKING:
    import argparse

ENGINES: Final = ("ensemble", "markov")
MOST_TIMES: Final = 1.3
PAUSE_S: Final = 1.0

_SONGS: Final = 40
_NAME: Final = "bench"
BEGUN: Final = Path("training") / _NAME / "corpus.npz"
"""What a training writes before it measures what the base knows."""
_TRAIN: Final = ("train", "mine", "--corpus", _NAME)
_REQUEST: Final = {"count": 1, "deadline_ms": 600_000}
_HOMES: Final = ("HOME", "USERPROFILE", "APPDATA", "XDG_CONFIG_HOME")
_BEGINS_S: Final = 300.0
_ENDS_S: Final = 120.0
_LOOK_S: Final = 0.5

Progress = Callable[[float, str], None]


def add_arguments(actions: "argparse._SubParsersAction[VerbParser]") -> None:
    """Add the sub-verb."""
    parser = add_sub_verb(
        actions,
        "beside",
        "How much longer a request takes while `reprise train mine` runs beside the server.",
        "reprise bench beside --requests 12",
    )
    parser.add_argument(
        "--requests",
        type=int,
        default=12,
        metavar="N",
        help="before, beside and after the training, 1 to 1000 each (default 12)",
    )


def run(arguments: Namespace) -> Answer:
    """Measure and show.

    Raises:
        InvalidRequestError: There are none or too many requests.
        ServerError: No server can be started, or no training.
    """
    if not 1 <= arguments.requests <= 1000:
        raise InvalidRequestError(f"--requests must be 1 to 1000, got {arguments.requests}")
    progress = ProgressLine()
    found = measure(arguments.requests, progress.show)
    progress.clear()
    return Answer(found, text(found))


def measure(
    requests: int,
    progress: Progress,
    engines: Sequence[str] = ENGINES,
    training: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the times of requests before, beside and after a training, and their ratio.

    Args:
        requests: In each of the three scenes.
        progress: Told how far it is.
        engines: The first of them that can answer is asked.
        training: Its command, in place of `reprise train mine`; it writes `BEGUN` below the data
            folder once it has begun.

    Raises:
        ServerError: No server can be started, or no training.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = _environment(folder)
        progress(0.0, "reading made-up songs")
        _write_songs(folder / "music")
        _reprise(environment, "corpus", "add", folder / "music", "--name", _NAME)
        with _background_server(environment) as port:
            engine = bench_wire.first_that_answers(port, engines)
            progress(0.1, "asking before")
            before = _asked(port, engine, requests)
            progress(0.4, "starting the training")
            with _training(environment, folder, training or _command(*_TRAIN)):
                progress(0.5, "asking beside the training")
                beside = _asked(port, engine, requests)
            progress(0.8, "asking after")
            after = _asked(port, engine, requests)
    # Other work disturbs one scene more than the other; the calmer one tells how long it takes.
    alone = min(statistics.median(before), statistics.median(after))
    ratio = statistics.median(beside) / alone
    return {
        "engine": engine,
        "requests": requests,
        "scenes": {"before": _told(before), "beside": _told(beside), "after": _told(after)},
        "times_as_long": round(ratio, 3),
        "goal": {"limit": MOST_TIMES, "is_met": ratio <= MOST_TIMES},
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        "cores": os.cpu_count(),
    }


def text(found: Mapping[str, Any]) -> str:
    """Return what was measured as a table and a sentence."""
    rows = [(scene, *told.values()) for scene, told in found["scenes"].items()]
    return "\n".join(
        [
            f"{found['requests']} requests of {found['engine']} in each scene, {found['cores']} "
            f"cores; the machine's load was {', '.join(map(str, found['load'])) or 'not told'}",
            table(("training", "median ms", "fastest ms", "slowest ms"), rows),
            f"beside a training a request takes {found['times_as_long']:g} times as long; the "
            f"goal, {found['goal']['limit']:g} times, is "
            f"{'met' if found['goal']['is_met'] else 'NOT MET'}",
        ]
    )


def _told(times: Sequence[float]) -> dict[str, float]:
    return {
        "median_ms": round(statistics.median(times), 1),
        "fastest_ms": round(min(times), 1),
        "slowest_ms": round(max(times), 1),
    }


def _environment(folder: Path) -> dict[str, str]:
    """Return what keeps everything of the user's out: data, settings and mailboxes."""
    homes = dict.fromkeys(_HOMES, str(folder / "home"))
    return {**os.environ, **homes, "REPRISE_DATA_DIRECTORY": str(folder / "state")}


def _write_songs(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number, song in enumerate(practice.songs(_SONGS, seed=1)):
        (folder / f"{number}.mid").write_bytes(write_score(song))


def _asked(port: int, engine: str, requests: int) -> list[float]:
    """Return how long each request took, in milliseconds."""
    passed = []
    with Client("bench beside", (port,)) as client:
        for seed in range(requests):
            began = time.perf_counter()
            client.ask({**bench_wire.work(engine), **_REQUEST, "seed": seed}, timeout_s=600.0)
            passed.append(1000.0 * (time.perf_counter() - began))
            time.sleep(PAUSE_S)
    return passed


def _command(*words: object) -> list[str]:
    return [sys.executable, "-m", "reprise.cli.main", *map(str, words)]


def _reprise(environment: Mapping[str, str], *words: object) -> dict[str, Any]:
    outcome = subprocess.run(  # noqa: S603 - our own command
        _command(*words, "--json"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=dict(environment),
        check=False,
    )
    if outcome.returncode:
        raise ServerError(f"reprise {words[0]} failed: {outcome.stderr.strip()[-500:]}")
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


@contextmanager
def _background_server(environment: Mapping[str, str]) -> Iterator[int]:
    port = int(_reprise(environment, "start")["port"])
    try:
        yield port
    finally:
        _reprise(environment, "stop")


@contextmanager
def _training(
    environment: Mapping[str, str], folder: Path, command: Sequence[str]
) -> Iterator[None]:
    """Run a training until the block ends, from where it has read the songs.

    It is a session of its own, as each terminal is.
    """
    said = folder / "training.txt"
    with said.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=stream, stderr=stream, env=dict(environment), start_new_session=True
        )
        try:
            _wait_for(folder / "state" / BEGUN, process, said)
            yield
        finally:
            _end(process)


def _wait_for(path: Path, process: "subprocess.Popen[bytes]", said: Path) -> None:
    end = time.monotonic() + _BEGINS_S
    while not path.is_file():
        if process.poll() is not None or time.monotonic() > end:
            words = said.read_text(encoding="utf-8", errors="replace")
            raise ServerError(f"the training did not begin: {words.strip()[-500:]}")
        time.sleep(_LOOK_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a training as Ctrl-C does, or at once where a system cannot."""
    if sys.platform == "win32":
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
