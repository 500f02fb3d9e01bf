"""`reprise bench`: measures the wire, the engines and what audio feels of them on this machine."""

import os
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from reprise.cli import (
    bench_audio,
    bench_beside,
    bench_ensemble,
    bench_generate,
    bench_guard,
    bench_peers,
)
from reprise.cli.answer import Answer, table
from reprise.cli.bench_generate import Timing
from reprise.cli.parser import VerbParser, add_sub_verb, add_sub_verbs
from reprise.cli.progress import ProgressLine
from reprise.cli.settings import read_settings
from reprise.engines import checkpoint
from reprise.errors import InvalidRequestError
from reprise.transports import mailbox_bench, osc_bench

EXAMPLE = "reprise bench osc --json"

_TRIP_COLUMNS: Final = ("repeats", "p50_ms", "p99_ms", "overhead_ms_p50", "server_cpu_ms_mean")

_MAILBOX_COLUMNS: Final = ("repeats", "p50_ms", "p95_ms", "worst_poll_ms", "worst_ask_ms")

_PEER_COLUMNS: Final = (
    "system",
    "median ms",
    "fastest ms",
    "processor ms",
    "notes",
    "tokens",
    "as long as ours",
    "on the processor",
)


def add_arguments(parser: VerbParser) -> None:
    """Add what can be measured."""
    actions = add_sub_verbs(parser)
    add_sub_verb(
        actions,
        "osc",
        "Round trips of 10 to 5,000 notes over loopback, with and without losses.",
        EXAMPLE,
    )
    mailbox = add_sub_verb(
        actions,
        "mailbox",
        "Round trips of 8 to 5,000 notes through a mailbox, by REAPER's own scripts.",
        "reprise bench mailbox --json",
    )
    mailbox.add_argument(
        "--lua",
        choices=mailbox_bench.VERSIONS,
        default=mailbox_bench.VERSIONS[0],
        help="version of Lua: 5.4 as in REAPER 7 or 5.3 as in REAPER 6 (default 5.4)",
    )
    mailbox.add_argument(
        "--scripts",
        type=Path,
        metavar="DIR",
        help="folder with mailbox.lua (default: that of this clone)",
    )
    generate = add_sub_verb(
        actions,
        "generate",
        "Time of the installed engines, and of the ensemble network against its goals.",
        "reprise bench generate --sizes s,m --json",
    )
    generate.add_argument(
        "--runs", type=int, default=5, metavar="N", help="answers of each kind (default 5)"
    )
    generate.add_argument(
        "--sizes",
        metavar="SIZES",
        help="ensemble networks to measure, with random weights: s, m, l with commas between "
        "them, or none (default s,m where the train extra is installed)",
    )
    audio = add_sub_verb(
        actions,
        "audio",
        "Late wake-ups of an audio-like neighbour with the server off, idle and generating.",
        "reprise bench audio --seconds 15 --rounds 2",
    )
    audio.add_argument(
        "--seconds",
        type=float,
        default=15.0,
        metavar="S",
        help="of each scene in each round, 1 to 600 (default 15)",
    )
    audio.add_argument(
        "--rounds", type=int, default=2, metavar="N", help="of all scenes in turn (default 2)"
    )
    audio.add_argument(
        "--engine", default="auto", metavar="NAME", help="what generates (default auto)"
    )
    peers = add_sub_verb(
        actions,
        "peers",
        "How much longer other systems take for the same notes, all in one run.",
        "reprise bench peers --size m --runs 3",
    )
    peers.add_argument(
        "--size",
        choices=bench_ensemble.SIZES,
        default="m",
        help="our network's, with random weights as the others have them (default m)",
    )
    peers.add_argument("--model", metavar="NAME", help="an installed model instead")
    peers.add_argument(
        "--runs", type=int, default=3, metavar="N", help="rounds, 1 to 100 (default 3)"
    )

    bench_guard.add_arguments(actions)
    bench_beside.add_arguments(actions)


def run(arguments: Namespace) -> Answer:
    """Measure and show the figures."""
    return _ACTIONS[arguments.action](arguments)


def _generate(arguments: Namespace) -> Answer:
    if not 1 <= arguments.runs <= 1000:
        raise InvalidRequestError(f"--runs must be 1 to 1000, got {arguments.runs}")
    sizes = _sizes(arguments.sizes)
    progress = ProgressLine()
    timings = bench_generate.measure(read_settings(arguments), arguments.runs, progress.show)
    network = bench_ensemble.measure(sizes, arguments.runs, progress.show) if sizes else None
    progress.clear()
    ratios = bench_generate.ratios(timings)
    data: dict[str, object] = {
        "runs": arguments.runs,
        "timings": [asdict(timing) for timing in timings],
        "ratios": ratios,
        "network": network,
    }
    text = _generate_text(timings, ratios)
    return Answer(data, text if network is None else f"{text}\n\n{_network_text(network)}")


def _sizes(text: str | None) -> tuple[str, ...]:
    if text == "none" or (text is None and bench_ensemble.missing()):
        return ()
    if text is None:
        return bench_ensemble.DEFAULT_SIZES
    sizes = tuple(part.strip().lower() for part in text.split(","))
    unknown = [size for size in sizes if size not in bench_ensemble.SIZES]
    if unknown:
        known = ", ".join(bench_ensemble.SIZES)
        raise InvalidRequestError(
            f"--sizes must name sizes out of {known}, with commas between them, or be none; "
            f"got {text!r}"
        )
    return sizes


def _network_text(found: dict[str, Any]) -> str:
    """Show the requests of every size, and the goals."""
    requests = [
        (size, part.replace("_", " "), request, state, *list(times.values())[1:5])
        for size, figures in found["sizes"].items()
        for part in ("one_thread", "two_threads")
        for request, states in figures[part]["requests"].items()
        for state, times in states.items()
    ]
    head = (
        "size",
        "threads",
        "request",
        "prompt",
        "first note ms",
        "first bar ms",
        "end ms",
        "cpu ms",
    )
    rows = [
        (goal["name"], goal["found"], goal["limit"], "met" if goal["is_met"] else "NOT MET")
        for goal in found["goals"]
    ]
    machine = found["machine"]
    gemv = ", ".join(f"{speed:g} GB/s" for speed in machine["gemv_gb_s"].values())
    return "\n".join(
        [
            f"The ensemble network with random weights; a prompt of {found['prompt_tokens']} "
            f"tokens. This machine multiplies a large matrix by a vector at {gemv} and matrices "
            f"at {machine['gemm_gflop_s']:g} GFLOP/s on one thread.",
            table(head, requests),
            "",
            table(("goal", "found", "limit", ""), rows),
        ]
    )


def _generate_text(timings: list[Timing], ratios: dict[str, dict[str, float]]) -> str:
    head = ("engine", "question", "first ms", "first bar ms", "answer ms", "slowest ms")
    lines = [
        f"{question}: {pair} takes {ratio:g} times as long"
        for question, pairs in ratios.items()
        for pair, ratio in pairs.items()
    ]
    rows = [tuple(asdict(timing).values()) for timing in timings]
    return "\n".join([table(head, rows), *lines])


def _audio(arguments: Namespace) -> Answer:
    if not 1.0 <= arguments.seconds <= 600.0:
        raise InvalidRequestError(f"--seconds must be 1 to 600, got {arguments.seconds:g}")
    if not 1 <= arguments.rounds <= 100:
        raise InvalidRequestError(f"--rounds must be 1 to 100, got {arguments.rounds}")
    progress = ProgressLine()
    cores = os.cpu_count() or 1
    found = bench_audio.measure(
        cores, arguments.seconds, arguments.rounds, arguments.engine, progress.show
    )
    progress.clear()
    return Answer(found, _audio_text(found))


def _audio_text(found: dict[str, Any]) -> str:
    rows = [
        (scene, row["late_per_minute"], row["wakes"], *row["delay_ms"].values())
        for scene, row in found["scenes"].items()
    ]
    ratio = found["generating_over_busy_loop"]
    noise = "" if found["is_quiet"] else "the machine is busy with other things: measure again"
    return "\n".join(
        [
            table(("server", "late a minute", "wakes", "p50 ms", "p99 ms", "max ms"), rows),
            f"idle adds {found['idle_adds_per_minute']:g} late wake-ups a minute, generating "
            f"{found['generating_adds_per_minute']:g}, a plain busy loop at the same priority "
            f"{found['busy_loop_adds_per_minute']:g}"
            + ("" if ratio is None else f"; generating against the loop: {ratio:g} times"),
            f"a neighbour on each of {found['cores']} cores, {found['work_ms']:g} ms of work every "
            f"{found['period_ms']:g} ms; {found['answers']} answers meanwhile",
            *(f"not seen: {what}" for what in found["unseen"]),
            *([noise] if noise else []),
        ]
    )


def _peers(arguments: Namespace) -> Answer:
    if not 1 <= arguments.runs <= 100:
        raise InvalidRequestError(f"--runs must be 1 to 100, got {arguments.runs}")
    progress = ProgressLine()
    with ExitStack() as stack:
        if arguments.model is None:
            folder = stack.enter_context(bench_peers.random_model(arguments.size))
        else:
            folder = checkpoint.read(arguments.model).folder
        found = bench_peers.measure(folder, arguments.runs, progress.show)
    progress.clear()
    data = {"ours": arguments.model or f"size {arguments.size}, random weights", **found}
    return Answer(data, peers_text(data))


def peers_text(found: dict[str, Any]) -> str:
    """Show what every system took, and the goals."""
    rows = [
        (
            name,
            row["median_ms"],
            row["fastest_ms"],
            row["median_cpu_ms"],
            row["notes"],
            row["tokens"],
            f"{found['ratios'][name]:g} times" if name in found["ratios"] else found["ours"],
            f"{found['cpu_ratios'][name]:g} times" if name in found["ratios"] else "",
        )
        for name, row in found["systems"].items()
    ]
    return "\n".join(
        [
            f"{found['request']}, a prompt of {found['prompt_tokens']} tokens, one thread each",
            table(_PEER_COLUMNS, rows),
            *(
                f"goal for {goal['name']}: {goal['limit']:g} times, "
                f"{'met' if goal['is_met'] else 'NOT MET'}"
                for goal in found["goals"]
            ),
            *(f"left out: {name}, because {why}" for name, why in found["missing"].items()),
        ]
    )


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


def _mailbox(arguments: Namespace) -> Answer:
    progress = ProgressLine()
    found = mailbox_bench.run(progress.say, version=arguments.lua, scripts=arguments.scripts)
    progress.clear()
    return Answer(found, _mailbox_text(found))


def _mailbox_text(found: dict[str, Any]) -> str:
    rows = [
        (notes, *(trip[name] for name in _MAILBOX_COLUMNS))
        for notes, trip in found["round_trips"].items()
    ]
    goals = [
        (goal["name"], goal["found"], goal["limit"], "met" if goal["is_met"] else "NOT MET")
        for goal in found["goals"]
    ]
    idle = ", ".join(
        f"{state.replace('_', ' ')} {share:g} %"
        for state, share in found["idle_percent_of_a_core"].items()
    )
    return "\n".join(
        [
            table(("notes", *(name.replace("_", " ") for name in _MAILBOX_COLUMNS)), rows),
            f"Lua {found['lua']}, {found['polls_a_second']:g} polls a second",
            f"an idle server takes of one core: {idle}",
            "",
            table(("goal", "found", "limit", ""), goals),
        ]
    )


_ACTIONS: Final[dict[str, Callable[[Namespace], Answer]]] = {
    "audio": _audio,
    "beside": bench_beside.run,
    "generate": _generate,
    "guard": bench_guard.run,
    "mailbox": _mailbox,
    "osc": _osc,
    "peers": _peers,
}
