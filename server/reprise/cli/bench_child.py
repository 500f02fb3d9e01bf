"""One measurement of `reprise bench generate` in a process of its own.

`python -m reprise.cli.bench_child '{"part": "work", ...}'` prints one line of JSON. A process of
its own has the number of threads that is asked for, no memory of earlier parts, and a start that
can be timed.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np

from reprise.cli import bench_work
from reprise.cli.bench_work import Moments, Unwatched
from reprise.errors import CancelledError
from reprise.runtime.ensemble_files import open_ensemble
from reprise.runtime.ensemble_model import EnsembleModel

FIRST_NOTE: Final = "first note"
PRODUCT_SIDE: Final = 1024
_TIMES: Final = 5
_STEPS: Final = 96
_STOPS: Final = 40
_SEEDS: Final = count(1)


def machine(megabytes: list[float]) -> dict[str, Any]:
    """Return how fast numpy multiplies: by a vector (GB/s for each size), and squares (GFLOP/s)."""
    generator = np.random.default_rng(0)
    square = generator.random((PRODUCT_SIDE, PRODUCT_SIDE), np.float32)
    seconds = _median_seconds(lambda: square @ square)
    speeds = {}
    for size in megabytes:
        rows = max(64, round(size * 1e6 / 4 / PRODUCT_SIDE))
        matrix = generator.random((rows, PRODUCT_SIDE), np.float32)
        vector = square[0]
        speeds[f"{size:g}"] = matrix.nbytes / 1e9 / _median_seconds(lambda: matrix @ vector)  # noqa: B023
    return {"gemm_gflop_s": 2e-9 * PRODUCT_SIDE**3 / seconds, "gemv_gb_s": speeds}


def work(folder: str, threads: int, candidates: list[int], runs: int) -> dict[str, Any]:
    """Return median times of the fixed work, of a prompt never seen and of one just read."""
    model = open_ensemble(Path(folder), threads)
    bench_work.request(model, 1, max(candidates), next(_SEEDS))
    found = {
        f"{bars} bars x {number}": _times(model, bars, number, runs)
        for bars in (4, 8)
        for number in candidates
    }
    return {"requests": found, "resident_mb": resident_mb()}


def eager(size: str, bars: int, candidates: int, runs: int) -> dict[str, Any]:
    """Return median times of the fixed work with torch, random weights, in eager mode."""
    import torch

    from reprise.training.torch_ensemble import TorchEnsemble

    torch.set_num_threads(1)
    model = TorchEnsemble(_random_network(size))
    bench_work.request(model, 1, candidates, next(_SEEDS))
    return _median([bench_work.request(model, bars, candidates, next(_SEEDS)) for _ in range(runs)])


def steps(folder: str, candidates: int) -> dict[str, Any]:
    """Return the median time of a step after the fixed prompt, without grammar or drawing."""
    model = open_ensemble(Path(folder))
    row = bench_work.read_row(bench_work.asked(8, 0))
    prompt = model.prefill(row.features, row.times)
    features = np.repeat(row.features[None, :1], candidates, axis=0)
    times = np.repeat(row.times[None, :1], candidates, axis=0)
    medians = []
    for _ in range(_TIMES):
        decoder = model.decoder(prompt, candidates, _STEPS)
        passed = []
        for _ in range(_STEPS):
            began = time.perf_counter()
            decoder.step(features, times)
            passed.append(time.perf_counter() - began)
        medians.append(statistics.mean(passed))
    return {"step_ms": 1000.0 * statistics.median(medians), "own_tokens": _STEPS / 2}


def cancel(folder: str, candidates: int) -> dict[str, Any]:
    """Return how long the engine goes on after it was told to stop, at any time in a request."""
    model = open_ensemble(Path(folder))
    requests = [bench_work.request(model, 8, candidates, next(_SEEDS)) for _ in range(3)]
    whole = min(one.end for one in requests) / 1000.0
    moments = random.Random(0)
    late = []
    for _ in range(_STOPS):
        watch = _Stop(time.perf_counter() + moments.random() * whole)
        try:
            bench_work.request(model, 8, candidates, next(_SEEDS), watch)
        except CancelledError:
            late.append(1000.0 * (time.perf_counter() - watch.at))
    return {"largest_ms": max(late), "median_ms": statistics.median(late), "stops": len(late)}


def first_note(folder: str, candidates: int) -> dict[str, Any]:
    """Say on a line of its own when the first note of a process stands."""
    model = open_ensemble(Path(folder))
    try:
        bench_work.request(model, 8, candidates, next(_SEEDS), on_first_note=_tell)
    except CancelledError:
        return {"resident_mb": resident_mb()}
    raise RuntimeError("no note was written")


def prepare(size: str, folder: str) -> dict[str, Any]:
    """Write models of random weights: one as it is served, one in fp32."""
    from reprise.training import export_ensemble
    from reprise.training.ensemble_graphs import Precision

    network = _random_network(size)
    shape = export_ensemble.shape_of(network.config)
    weights = export_ensemble.weights_of(network)
    for precision in (Precision.INT8, Precision.FP32):
        export_ensemble.write_model(shape, weights, Path(folder) / precision, precision, precision)
    return {"parameters": sum(value.size for value in weights.values())}


def busy() -> dict[str, Any]:
    """Keep one core busy until the process is ended."""
    while True:
        pass


def resident_mb() -> float | None:
    """Return the memory of this process in MB: now, or at most where only that is known."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="utf-8").splitlines()
        return float(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1000
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


class _Stop(Unwatched):
    """Stops a request at a moment."""

    def __init__(self, at: float) -> None:
        self.at = at

    def check(self) -> None:
        if time.perf_counter() >= self.at:
            raise CancelledError("stopped by the measurement")


def _tell() -> None:
    sys.stdout.write(FIRST_NOTE + "\n")
    sys.stdout.flush()
    raise CancelledError("the first note stands")


def _random_network(size: str) -> Any:  # noqa: ANN401 (torch is imported where it is needed)
    import torch

    from reprise.networks.ensemble import EnsembleNetwork
    from reprise.training.ensemble import read_recipe

    torch.manual_seed(0)
    return EnsembleNetwork(read_recipe(size).network)


def _times(model: EnsembleModel, bars: int, candidates: int, runs: int) -> dict[str, Any]:
    seeds = [next(_SEEDS) for _ in range(runs)]
    pairs = [
        [bench_work.request(model, bars, candidates, seed) for _ in ("cold", "warm")]
        for seed in seeds
    ]
    cold, warm = zip(*pairs)
    return {"cold": _median(list(cold)), "warm": _median(list(warm))}


def _median(found: list[Moments]) -> dict[str, Any]:
    """Return the medians of what several requests took, and what they wrote."""
    middle = {
        f"{name}_ms": round(statistics.median(getattr(one, name) for one in found), 1)
        for name in ("prompt", "first_note", "first_bar", "end", "cpu")
    }
    return {**middle, "notes": found[0].notes, "tokens": min(one.tokens for one in found)}


def _median_seconds(function: Callable[[], object]) -> float:
    return statistics.median(_seconds(function) for _ in range(3 * _TIMES))


def _seconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


_PARTS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    part.__name__: part for part in (machine, work, eager, steps, cancel, first_note, prepare, busy)
}


def main(arguments: list[str]) -> None:
    """Measure one part and print it."""
    asked = json.loads(arguments[0])
    print(json.dumps(_PARTS[asked.pop("part")](**asked)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
