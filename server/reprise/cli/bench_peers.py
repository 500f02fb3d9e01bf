"""How much longer other systems take for the same notes: `reprise bench peers`.

All of them stay open, each in a process of its own with one thread, and are asked in turn, round
by round, so that whatever else the machine does falls on each alike. Weights are random: they
change no time where the number of notes is prescribed.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Final, cast

from reprise.cli.bench_peer_child import GPT2, MIDIGPT, OURS, T5
from reprise.cli.bench_work import NOTES_A_BAR, PROMPT_TOKENS
from reprise.errors import MissingExtraError, RepriseError

BARS: Final = 4
CANDIDATES: Final = 4
GOALS: Final[Mapping[str, float]] = {
    "midigpt small": 5.0,
    "midigpt medium": 15.0,
    GPT2: 20.0,
    T5: 8.0,
}
"""How many times as long each of them should take at least, against size M."""

PEERS: Final = (*MIDIGPT, GPT2, T5)
NEEDED: Final = "pip install 'reprise[peers]'"
ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Progress = Callable[[float, str], None]


class System:
    """A system that is open and can be asked."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", words: IO[bytes]) -> None:
        """Wait until it has opened; `words` is what it says on stderr."""
        self.name = name
        self._process = process
        self._words = words
        self.about = self._line()

    @property
    def missing(self) -> str:
        """The package that it lacks, "" where it is ready."""
        return str(self.about.get("missing", ""))

    def ask(self, bars: int, candidates: int, seed: int) -> dict[str, Any]:
        """Return what one request took: milliseconds, notes and tokens.

        Raises:
            RepriseError: It ended instead.
        """
        assert self._process.stdin is not None  # noqa: S101 - it was opened with a pipe
        self._process.stdin.write(
            json.dumps({"bars": bars, "candidates": candidates, "seed": seed}) + "\n"
        )
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it was opened with a pipe
        line = self._process.stdout.readline()
        if not line:
            self._words.seek(0)
            last = self._words.read().decode("utf-8", "replace").strip()[-300:]
            raise RepriseError(f"{self.name} ended while it was measured: {last}")
        return cast("dict[str, Any]", json.loads(line))


def measure(
    folder: Path, runs: int, progress: Progress, names: Sequence[str] = PEERS
) -> dict[str, Any]:
    """Return what each system takes for the same notes, and the ratios to ours.

    Args:
        folder: Of our model.
        runs: Rounds; every system is asked once in each.
        progress: Told how far it is.
        names: Systems beside ours.
    """
    with ExitStack() as stack:
        systems = [stack.enter_context(_opened(name, folder)) for name in (OURS, *names)]
        ready = [system for system in systems if not system.missing]
        for system in ready:
            system.ask(1, 1, 0)
        rounds = []
        for number in range(1, runs + 1):
            taken = {}
            for place, system in enumerate(ready):
                done = (number - 1) * len(ready) + place
                progress(done / (runs * len(ready)), system.name)
                taken[system.name] = system.ask(BARS, CANDIDATES, number)
            rounds.append(taken)
        return figures(
            {system.name: system.about for system in ready},
            {system.name: system.missing for system in systems if system.missing},
            rounds,
        )


@contextmanager
def random_model(size: str) -> Iterator[Path]:
    """Write a model of ours of a size such as "m" with random weights; it goes with the block.

    Raises:
        MissingExtraError: The train extra is not installed.
    """
    with TemporaryDirectory() as folder:
        asked = json.dumps({"part": "prepare", "size": size, "folder": folder})
        command = [sys.executable, "-m", "reprise.cli.bench_child", asked]
        made = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if made.returncode:
            raise MissingExtraError(
                "a network of random weights could not be made; install what is needed "
                f"(pip install 'reprise[train]'), or name a model: {made.stderr.strip()[-200:]}"
            )
        yield Path(folder) / "int8"


@contextmanager
def _opened(name: str, folder: Path) -> Iterator[System]:
    words = TemporaryFile()  # noqa: SIM115 - closed below, after the process
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "reprise.cli.bench_peer_child", name, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        text=True,
        encoding="utf-8",
        env={**os.environ, **ONE_THREAD},
    )
    try:
        yield System(name, process, words)
    finally:
        process.kill()
        process.communicate()
        words.close()


def figures(
    about: Mapping[str, Mapping[str, Any]],
    missing: Mapping[str, str],
    rounds: Sequence[Mapping[str, Mapping[str, Any]]],
) -> dict[str, Any]:
    """Return medians, ratios of time and of time on the processor, and goals of the former."""
    systems = {name: {**told, **_taken(name, rounds)} for name, told in about.items()}
    others = [name for name in systems if name != OURS]
    ratios = {name: _ratio(name, rounds, "ms") for name in others}
    return {
        "request": f"{BARS} bars x {CANDIDATES} candidates",
        "notes": BARS * CANDIDATES * NOTES_A_BAR,
        "prompt_tokens": PROMPT_TOKENS,
        "threads": 1,
        "runs": len(rounds),
        "systems": systems,
        "ratios": ratios,
        "cpu_ratios": {name: _ratio(name, rounds, "cpu_ms") for name in others},
        "goals": [
            {"name": name, "found": ratio, "limit": GOALS[name], "is_met": ratio >= GOALS[name]}
            for name, ratio in ratios.items()
        ],
        "missing": {
            name: f"{package} is not installed: {NEEDED}" for name, package in missing.items()
        },
    }


def _taken(name: str, rounds: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    times = [taken[name]["ms"] for taken in rounds]
    return {
        "median_ms": round(statistics.median(times), 1),
        "fastest_ms": round(min(times), 1),
        "median_cpu_ms": round(statistics.median(taken[name]["cpu_ms"] for taken in rounds), 1),
        "notes": min(taken[name]["notes"] for taken in rounds),
        "tokens": round(statistics.median(taken[name]["tokens"] for taken in rounds)),
    }


def _ratio(name: str, rounds: Sequence[Mapping[str, Mapping[str, Any]]], unit: str) -> float:
    """Return how many times as long as ours a system took for as many notes, the median round."""
    wanted = BARS * CANDIDATES * NOTES_A_BAR
    ratios: list[float] = [
        taken[name][unit] * wanted / max(1, taken[name]["notes"]) / taken[OURS][unit]
        for taken in rounds
    ]
    return round(statistics.median(ratios), 2)
