"""`reprise morph`: what lies between two .mid files."""

from argparse import Namespace
from dataclasses import replace
from itertools import chain
from pathlib import Path

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.answers import Target, told
from reprise.cli.asking import Asked, ask_in_turn
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_selection
from reprise.cli.settings import read_settings
from reprise.errors import InvalidRequestError
from reprise.music.smf_select import Selection
from reprise.service.messages import MAX_COUNT, Morph

EXAMPLE = "reprise morph verse.mid chorus.mid -o between --steps 3"
DEFAULT_AMOUNT = 0.5
DEFAULT_COUNT = 4


def add_arguments(parser: VerbParser) -> None:
    """Add both files, how far between them, what may change, and how many answers."""
    musical.add_source(
        parser, output="file for one answer, or a folder for several (default: here)", metavar="OUT"
    )
    parser.add_argument("target", type=Path, metavar="TO.mid", help="the file to go towards")
    parser.add_argument(
        "--target-track", type=int, metavar="N", help="go towards this track only, counted from 1"
    )
    parser.add_argument(
        "--amount",
        type=float,
        metavar="0..1",
        help="0 is the first file, 1 the second (default 0.5)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="1 to 16 answers on the way, one at each of as many even steps, instead of --amount",
    )
    musical.add_place(parser)
    musical.add_asking(parser, DEFAULT_COUNT)
    parser.set_defaults(count=None)


def run(arguments: Namespace) -> Answer:
    """Ask for what lies between and write it."""
    steps = arguments.steps
    amounts = _amounts(arguments)
    if arguments.count is None:
        arguments.count = DEFAULT_COUNT if steps is None else 1
    selection, span = read_selection(arguments.input, arguments.track, arguments.bars)
    target, _ = read_selection(arguments.target, arguments.target_track, None)
    request = Morph(
        target=target.source,
        amount=amounts[0],
        **musical.common_fields(arguments, selection),
        **musical.place_fields(arguments, span),
    )
    if steps is None:
        return musical.answer_into_files(arguments, selection, request)
    return _in_steps(arguments, selection, [replace(request, amount=part) for part in amounts])


def _amounts(arguments: Namespace) -> list[float]:
    steps, amount = arguments.steps, arguments.amount
    if steps is None:
        return [DEFAULT_AMOUNT if amount is None else amount]
    if amount is not None or arguments.count is not None:
        raise InvalidRequestError(
            "--steps says how many answers there are and how far each one goes; leave out "
            f"{'--amount' if amount is not None else '--count'}"
        )
    if not 1 <= steps <= MAX_COUNT:
        raise InvalidRequestError(f"--steps must be 1 to {MAX_COUNT}, got {steps}")
    return [step / (steps + 1) for step in range(1, steps + 1)]


def _in_steps(arguments: Namespace, selection: Selection, requests: list[Morph]) -> Answer:
    target = Target.of(arguments, len(requests))
    target.check()
    steps = ask_in_turn(requests, read_settings(arguments))
    files = [
        target.write(selection, asked.results[0], f"{number:02d}-")
        for number, asked in enumerate(steps, 1)
    ]
    return told(_together(steps), files, amounts=[round(one.amount, 4) for one in requests])


def _together(steps: list[Asked]) -> Asked:
    warnings = chain.from_iterable(asked.warnings for asked in steps)
    return Asked(
        tuple(asked.results[0] for asked in steps),
        sum(asked.total_ms for asked in steps),
        tuple(dict.fromkeys(warnings)),
    )
