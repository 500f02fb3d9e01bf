"""`reprise bench`: measures the wire and the engines on this machine."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from reprise.cli import bench_generate
from reprise.cli.answer import Answer, table
from reprise.cli.bench_generate import Timing
from reprise.cli.parser import VerbParser, add_sub_verb, add_sub_verbs
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.transports import osc_bench

EXAMPLE = "reprise bench osc --json"

_TRIP_COLUMNS: Final = ("repeats", "p50_ms", "p99_ms", "overhead_ms_p50", "server_cpu_ms_mean")


def add_arguments(parser: VerbParser) -> None:
    """Add what can be measured."""
    actions = add_sub_verbs(parser)
    add_sub_verb(
        actions,
        "osc",
        "Round trips of 10 to 5,000 notes over loopback, with and without losses.",
        EXAMPLE,
    )
    generate = add_sub_verb(
        actions,
        "generate",
        "Time of the installed engines for the same requests, as ratios in one run.",
        "reprise bench generate --runs 5",
    )
    generate.add_argument(
        "--runs", type=int, default=5, metavar="N", help="answers of each kind (default 5)"
    )


def run(arguments: Namespace) -> Answer:
    """Measure and show the figures."""
    return _ACTIONS[arguments.action](arguments)


def _generate(arguments: Namespace) -> Answer:
    if not 1 <= arguments.runs <= 1000:
        raise InvalidRequestError(f"--runs must be 1 to 1000, got {arguments.runs}")
    progress = ProgressLine()
    timings = bench_generate.measure(read_settings(arguments), arguments.runs, progress.show)
    progress.clear()
    ratios = bench_generate.ratios(timings)
    data: dict[str, object] = {
        "runs": arguments.runs,
        "timings": [asdict(timing) for timing in timings],
        "ratios": ratios,
    }
    return Answer(data, _generate_text(timings, ratios))


def _generate_text(timings: list[Timing], ratios: dict[str, dict[str, float]]) -> str:
    head = ("engine", "question", "first ms", "first bar ms", "answer ms", "slowest ms")
    lines = [
        f"{question}: {pair} takes {ratio:g} times as long"
        for question, pairs in ratios.items()
        for pair, ratio in pairs.items()
    ]
    rows = [tuple(asdict(timing).values()) for timing in timings]
    return "\n".join([table(head, rows), *lines])


def _osc(_arguments: Namespace) -> Answer:
    progress = ProgressLine()
    found = osc_bench.run(progress.say)
    progress.clear()
    return Answer(found, _osc_text(found))


def _osc_text(found: dict[str, Any]) -> str:
    rows = [
        (notes, *(trip[name] for name in _TRIP_COLUMNS))
        for notes, trip in found["round_trips"].items()
    ]
    lossy, codec = found["lossy"], found["codec_2000_notes_ms"]
    return "\n".join(
        [
            table(("notes", *(name.replace("_", " ") for name in _TRIP_COLUMNS)), rows),
            f"{lossy['notes']:,} notes through {100 * lossy['loss']:g} % loss, "
            f"{100 * lossy['reordering']:g} % reordering, {100 * lossy['duplication']:g} % "
            f"duplication: complete and once in {lossy['complete_and_once']} of {lossy['runs']} "
            "runs",
            f"2,000 notes to datagrams and back: {codec['reprise']:g} ms, python-osc takes "
            f"{codec['python_osc_over_reprise']:g} times as long",
        ]
    )


_ACTIONS: Final[dict[str, Callable[[Namespace], Answer]]] = {"generate": _generate, "osc": _osc}
