"""What the musical verbs share: their arguments, and the request that these make.

The verbs run the same service as a DAW's requests, inside this process, and their answers are in
the same history.
"""

import re
from argparse import Namespace
from pathlib import Path
from typing import Any

from reprise.cli.answer import Answer
from reprise.cli.answers import Answerable, Target, told
from reprise.cli.asking import ask
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.cli.settings import read_settings
from reprise.engines.base import Controls, ScaleMode
from reprise.errors import InvalidRequestError, TooLargeError
from reprise.music.score import Score
from reprise.music.smf_select import Selection
from reprise.music.span import Span
from reprise.service.messages import (
    MAX_DEADLINE_MS,
    MAX_LENGTH_BEATS,
    Liked,
    Locks,
    Request,
)


def add_source(parser: VerbParser, *, output: str, metavar: str) -> None:
    """Add the file that is asked about, where answers go, and which track is worked on."""
    add_files(parser, output=output, metavar=metavar)
    parser.add_argument(
        "--track", type=int, metavar="N", help="work on this track only, counted from 1"
    )


def add_files(parser: VerbParser, *, output: str, metavar: str) -> None:
    """Add the file that is asked about, and where answers go."""
    parser.add_argument("input", type=Path, metavar="IN.mid", help="the file to work on")
    parser.add_argument("-o", "--output", type=Path, metavar=metavar, help=output)
    parser.add_argument(
        "--force", action="store_true", help="replace an output file that exists already"
    )


def add_change(parser: VerbParser) -> None:
    """Add what may change and how much."""
    parser.add_argument(
        "--strength",
        type=float,
        default=0.35,
        metavar="0..1",
        help="0 keeps the music, 1 is as far from it as it goes (default 0.35)",
    )
    add_place(parser)


def add_place(parser: VerbParser) -> None:
    """Add which bars may change, and what of them stays."""
    parser.add_argument(
        "--bars", metavar="A:B", help="change bars A up to, not including, B; the first bar is 0"
    )
    parser.add_argument(
        "--keep",
        choices=("rhythm", "pitches"),
        help="keep the rhythm or the pitches of what is replaced",
    )


def add_asking(parser: VerbParser, count: int) -> None:
    """Add how many answers, of what kind, from which engine; and the common flags."""
    parser.add_argument(
        "--count", type=int, default=count, metavar="N", help=f"answers, 1 to 16 (default {count})"
    )
    _add_controls(parser)
    parser.add_argument(
        "--like", action="append", default=[], metavar="ID", help="lean towards an earlier answer"
    )
    parser.add_argument(
        "--style-of",
        default="",
        metavar="NAME",
        help="take after the nearest clips of a corpus of yours, which corpus add has read",
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="0 to 16777215; the same seed, the same notes"
    )
    parser.add_argument(
        "--engine",
        default="auto",
        metavar="NAME",
        help="who answers: auto, or one of those that reprise models engines lists (default auto)",
    )
    parser.add_argument(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help="answer by then with what there is, up to 600 (default: the settings', 30)",
    )
    add_common_flags(parser)


def _add_controls(parser: VerbParser) -> None:
    parser.add_argument(
        "--surprise",
        type=float,
        default=Controls().surprise,
        metavar="0..1",
        help="0 always takes the likeliest note, 1 is adventurous (default 0.5)",
    )
    parser.add_argument(
        "--range",
        metavar="LOW:HIGH",
        help="new notes between these pitches, 0 to 127; 60 is middle C (default: the clip's own)",
    )
    parser.add_argument(
        "--polyphony", type=int, metavar="N", help="notes of a voice at once, 1 to 16"
    )
    parser.add_argument(
        "--density", type=float, metavar="NOTES", help="notes of a voice in a bar to aim at"
    )
    parser.add_argument(
        "--scale",
        choices=[mode.value for mode in ScaleMode],
        default=ScaleMode.GUIDE.value,
        help="how strictly new notes keep to the key (default guide)",
    )


def common_fields(arguments: Namespace, selection: Selection) -> dict[str, Any]:
    """Return the fields of a request that every musical verb fills alike."""
    name, deadline = arguments.input.stem, arguments.deadline
    if deadline is not None and not 0.001 <= deadline <= MAX_DEADLINE_MS / 1000:
        raise InvalidRequestError(f"--deadline must be 0.001 to 600 seconds, got {deadline:g}")
    return {
        "request_id": 1,
        "source": selection.source,
        "context": selection.context,
        "count": arguments.count,
        "seed": arguments.seed,
        "engine": arguments.engine,
        "controls": _controls(arguments),
        "like": tuple(Liked(result_id=result_id) for result_id in arguments.like),
        "deadline_ms": None if deadline is None else round(1000 * deadline),
        "clip_name": name[:200],
        "style_of": arguments.style_of,
    }


def change_fields(arguments: Namespace, span: Span | None) -> dict[str, Any]:
    """Return the fields of a request that say what may change and how much."""
    return {"strength": arguments.strength, **place_fields(arguments, span)}


def place_fields(arguments: Namespace, span: Span | None) -> dict[str, Any]:
    """Return the fields of a request that say where it may change and what of it stays."""
    locks = Locks(rhythm=arguments.keep == "rhythm", pitches=arguments.keep == "pitches")
    return {"span": span, "locks": locks}


def length_of_bars(bars: int | None, source: Score) -> float | None:
    """Return the beats of so many bars after a source, None for None.

    Raises:
        InvalidRequestError: It is not one bar.
        TooLargeError: They are more than is written at once.
    """
    if bars is None:
        return None
    if bars < 1:
        raise InvalidRequestError(
            f"--bars must be 1 or more, got {bars}; leave it out for as many bars as suit the clip"
        )
    length = bars * source.meter_map.at(source.length).bar_length
    if length > MAX_LENGTH_BEATS:
        raise TooLargeError(
            f"{bars} bars are {length:g} beats and at most {MAX_LENGTH_BEATS:g} are written at "
            "once; ask for fewer and continue the answer"
        )
    return length


def answer_into_files(arguments: Namespace, selection: Answerable, request: Request) -> Answer:
    """Ask, write every answer into a file of its own, and say what was done.

    Raises:
        FileError: A file is in the way or cannot be written; answers stay in the history.
        RepriseError: The request cannot be served.
    """
    target = Target.of(arguments, request.count)
    target.check()
    asked = ask(request, read_settings(arguments))
    files = [target.write(selection, result) for result in asked.results]
    return told(asked, files)


def _controls(arguments: Namespace) -> Controls:
    low, high = _range(arguments.range)
    return Controls(
        surprise=arguments.surprise,
        lowest_pitch=low,
        highest_pitch=high,
        max_polyphony=arguments.polyphony,
        notes_per_bar=arguments.density,
        scale=ScaleMode(arguments.scale),
    )


def _range(given: str | None) -> tuple[int | None, int | None]:
    if given is None:
        return None, None
    match = re.fullmatch(r"(\d{1,3}):(\d{1,3})", given)
    if match is None:
        raise InvalidRequestError(
            f"--range takes two pitches such as 36:60 (60 is middle C), got {given!r}"
        )
    return int(match[1]), int(match[2])
