"""How fast the ensemble network answers on this machine, and what of the machine it uses.

Each part runs in a process of its own (`bench_child`). How fast the machine multiplies is measured
before and after, since goals in milliseconds are for a machine that can, and other processes take
their share. The weights are random, which changes no time.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from reprise.cli import bench_wire
from reprise.cli.bench_child import FIRST_NOTE
from reprise.cli.bench_work import PROMPT_TOKENS
from reprise.errors import MissingExtraError, RepriseError
from reprise.runtime.ensemble_files import read_settings
from reprise.runtime.ensemble_model import EnsembleShape

SIZES: Final = ("s", "m", "l")
DEFAULT_SIZES: Final = ("s", "m")
CANDIDATES: Final = (1, 4, 8)
GEMV_GOAL: Final = 14.0
GEMM_GOAL: Final = 150.0
"""GB/s and GFLOP/s of a machine for which the goals in milliseconds hold."""

LARGE_MB: Final = 200.0
"""Too large for any cache."""

_STARTS: Final = 5

Progress = Callable[[float, str], None]
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal and what was found.

    Attributes:
        name: What was measured.
        found: The figure.
        limit: The goal on this machine.
        is_met: Whether the figure is good enough.
    """

    name: str
    found: float
    limit: float
    is_met: bool


class Children:
    """Runs parts of the measurement in processes of their own, one thread for numpy and torch."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        self._environment = {**environment, **dict.fromkeys(threads, "1")}

    def run(self, part: str, **settings: object) -> Found:
        """Return what a part found.

        Raises:
            RepriseError: The part failed.
        """
        with self.start(part, **settings) as process:
            output, errors = process.communicate()
        if process.returncode:
            last = (errors.strip().splitlines() or ["no reason was given"])[-1]
            raise RepriseError(f"the part {part!r} of the measurement failed: {last}")
        answer: Found = json.loads(output.splitlines()[-1])
        return answer

    def start(self, part: str, **settings: object) -> "subprocess.Popen[str]":
        """Start a part and return its process."""
        asked = json.dumps({"part": part, **settings})
        return subprocess.Popen(  # noqa: S603 (ourselves)
            [sys.executable, "-m", "reprise.cli.bench_child", asked],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )


def measure(sizes: tuple[str, ...], runs: int, progress: Progress) -> Found:
    """Return all figures of networks of these sizes.

    Args:
        sizes: Of `SIZES`.
        runs: Requests of each kind.
        progress: Told how far it is.

    Raises:
        MissingExtraError: The train extra is not installed, which makes the networks.
        RepriseError: A part failed.
    """
    if missing():
        raise MissingExtraError(
            f"networks with random weights are made with {' and '.join(missing())}, which must be "
            "installed for this; get it with: pip install 'reprise[train]'"
        )
    children = Children(os.environ)
    found: Found = {"weights": "random", "prompt_tokens": PROMPT_TOKENS, "sizes": {}}
    before = children.run("machine", megabytes=[LARGE_MB])
    with TemporaryDirectory() as folder:
        for number, size in enumerate(sizes):
            progress(0.95 * number / len(sizes), f"the ensemble network of size {size}")
            found["sizes"][size] = _measure_size(children, size, Path(folder) / size, runs)
    progress(0.95, "the wire while the server generates")
    found["wire"] = bench_wire.measure()
    after = children.run("machine", megabytes=[LARGE_MB])
    found["machine"] = _slower(before, after)
    found["goals"] = [asdict(goal) for goal in goals(found)]
    return found


def missing() -> list[str]:
    """Return what would have to be installed first."""
    return [name for name in ("torch", "onnx") if importlib.util.find_spec(name) is None]


def goals(found: Found) -> list[Goal]:
    """Return the goals and whether they are met; those in milliseconds in proportion."""
    share, wire = slowness(found["machine"]), found["wire"]
    p99 = wire["generating"]["p99_ms"]
    met = [_at_most("10 notes over OSC while generating, p99, ms", p99, share * 5.0)]
    if wire["idle_percent_of_a_core"] is not None:
        met.append(_at_most("idle server, % of a core", wire["idle_percent_of_a_core"], 0.5))
    for size, figures in found["sizes"].items():
        met += [
            _at_most(f"{size}: {name}, ms", value, share * limit)
            for name, (value, limit) in _milliseconds(figures, size).items()
        ]
        one, four = (_times(figures, f"8 bars x {number}")["end_ms"] for number in (1, 4))
        shares = figures["roofline"]
        met += [
            _at_most(f"{size}: four candidates over one", four / one, 2.0),
            _at_most(f"{size}: slowdown with a busy neighbour", figures["busy_slowdown"], 1.3),
            _at_least(f"{size}: torch eager over ours", figures["eager_over_ours"], 4.0),
            _at_least(f"{size}: share of the roofline, fp32 x 1", shares["fp32 x 1"], 0.6),
            _at_least(f"{size}: share of the roofline, int8 x 4", shares["int8 x 4"], 0.4),
        ]
        resident = figures["one_thread"]["resident_mb"]
        if resident is not None:
            met.append(_at_most(f"{size}: resident, MB", resident, 150.0))
    return met


def _milliseconds(figures: Found, size: str) -> dict[str, tuple[float, float]]:
    """Return figures in milliseconds with their goals."""
    cold = _times(figures, "8 bars x 4")
    found = {
        "8 bars x 4": (cold["end_ms"], 350.0 if size == "s" else 1000.0),
        "cold start to the first note": (figures["cold_start"]["first_note_ms"], 500.0),
        "cancel": (figures["cancel"]["largest_ms"], 60.0),
    }
    if size != "m":
        return found
    known = _times(figures, "8 bars x 4", "warm")
    return {
        "first bar of 4": (cold["first_bar_ms"], 250.0),
        "first bar of 4, known prompt": (known["first_bar_ms"], 100.0),
        "4 bars x 4": (_times(figures, "4 bars x 4")["end_ms"], 500.0),
        **found,
    }


def slowness(machine: Found) -> float:
    """Return by how much the goals are stretched on a slower machine; 1 or more."""
    gemv = GEMV_GOAL / machine["gemv_gb_s"][f"{LARGE_MB:g}"]
    return float(max(1.0, gemv, GEMM_GOAL / machine["gemm_gflop_s"]))


def bound_ms(
    shape: EnsembleShape,
    bytes_a_weight: float,
    candidates: int,
    own: float,
    speeds: tuple[float, float],
) -> float:
    """Return the least time of a step: what must be read, or multiplied in fp32, at full speed.

    Args:
        shape: The network's.
        bytes_a_weight: 4 in fp32, 1 in int8.
        candidates: Rows of the step.
        own: Tokens that each candidate wrote before, on average.
        speeds: GB/s of the memory that it fits into, and GFLOP/s.
    """
    weights = _weights(shape)
    kept = (PROMPT_TOKENS + candidates * own) * shape.bytes_a_token
    heard = 4 * shape.layers * shape.heads * shape.head_size * (PROMPT_TOKENS + own)
    reading = (weights * bytes_a_weight + kept) / speeds[0]
    multiplying = candidates * (2 * weights + heard) / speeds[1]
    return 1e-6 * max(reading, multiplying)


def _measure_size(children: Children, size: str, folder: Path, runs: int) -> Found:
    prepared = children.run("prepare", size=size, folder=str(folder))
    served = str(folder / "int8")
    asked: Found = {"folder": served, "candidates": CANDIDATES, "runs": runs}
    one_thread = children.run("work", threads=1, **asked)
    ours = one_thread["requests"]["4 bars x 4"]["cold"]
    eager = children.run("eager", size=size, bars=4, candidates=4, runs=2)
    return {
        **prepared,
        "one_thread": one_thread,
        "two_threads": children.run("work", threads=2, **asked),
        "eager_4_bars_x_4": eager,
        "eager_over_ours": round(eager["end_ms"] / ours["end_ms"], 2),
        "eager_over_ours_cpu": round(eager["cpu_ms"] / ours["cpu_ms"], 2),
        "roofline": _roofline(children, folder),
        "busy_slowdown": _busy_slowdown(children, {**asked, "candidates": (4,)}),
        "cancel": children.run("cancel", folder=served, candidates=4),
        "cold_start": _cold_start(children, served),
    }


def _roofline(children: Children, folder: Path) -> Found:
    """Return which share of the least possible time a step takes, and what that was found from."""
    found: Found = {}
    for name, precision, width, candidates in (
        ("fp32 x 1", "fp32", 4, 1),
        ("int8 x 4", "int8", 1, 4),
    ):
        shape, _, _ = read_settings(folder / precision)
        kept = PROMPT_TOKENS * shape.bytes_a_token
        megabytes = round((_weights(shape) * width + kept) / 1e6, 1)
        speeds = children.run("machine", megabytes=[megabytes])
        step = children.run("steps", folder=str(folder / precision), candidates=candidates)
        speed = speeds["gemv_gb_s"][f"{megabytes:g}"]
        bound = bound_ms(
            shape, width, candidates, step["own_tokens"], (speed, speeds["gemm_gflop_s"])
        )
        found[name] = round(bound / step["step_ms"], 3)
        found[f"{name}, from"] = {"bound_ms": bound, **step, **speeds}
    return found


def _busy_slowdown(children: Children, asked: Found) -> float:
    """Return how many times as long 8 bars take while another process keeps one core busy."""
    times: list[float] = []
    for is_busy in (False, True):
        neighbour = children.start("busy") if is_busy else None
        try:
            work = children.run("work", threads=1, **asked)
        finally:
            if neighbour is not None:
                neighbour.kill()
                neighbour.communicate()
        times.append(work["requests"]["8 bars x 4"]["cold"]["end_ms"])
    return round(times[1] / times[0], 3)


def _cold_start(children: Children, folder: str) -> Found:
    """Return the time from the start of a process to its first note, and its memory then."""
    passed, resident = [], []
    for _ in range(_STARTS):
        began = time.perf_counter()
        with children.start("first_note", folder=folder, candidates=4) as process:
            lines = iter(process.stdout or ())
            if next(lines, "").strip() != FIRST_NOTE:
                raise RepriseError("the process that should write a first note did not")
            passed.append(1000.0 * (time.perf_counter() - began))
            resident.append(json.loads(next(lines))["resident_mb"])
    return {"first_note_ms": round(statistics.median(passed), 1), "resident_mb": resident[-1]}


def _slower(before: Found, after: Found) -> Found:
    """Return the slower of two measurements of the machine, figure by figure."""
    speeds = before["gemv_gb_s"].items()
    return {
        "gemm_gflop_s": round(min(before["gemm_gflop_s"], after["gemm_gflop_s"]), 1),
        "gemv_gb_s": {
            size: round(min(speed, after["gemv_gb_s"][size]), 1) for size, speed in speeds
        },
    }


def _weights(shape: EnsembleShape) -> int:
    """Return how many weights a step multiplies with."""
    mixed = (shape.heads + 2 * shape.key_heads) * shape.head_size
    attention = shape.width * (mixed + shape.heads * shape.head_size)
    return shape.layers * (attention + 3 * shape.width * shape.hidden) + (
        shape.tokens * shape.width
    )


def _at_most(name: str, found: float, limit: float) -> Goal:
    return Goal(name, round(found, 3), round(limit, 3), found <= limit)


def _at_least(name: str, found: float, limit: float) -> Goal:
    return Goal(name, round(found, 3), round(limit, 3), found >= limit)


def _times(figures: Found, request: str, state: str = "cold") -> Found:
    times: Found = figures["one_thread"]["requests"][request][state]
    return times
