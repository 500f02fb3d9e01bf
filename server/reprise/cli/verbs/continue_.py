"""`reprise continue`: what comes after a .mid file."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_ending
from reprise.service.messages import Continue

EXAMPLE = "reprise continue loop.mid -o longer.mid --bars 4"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, how many bars, and how many answers."""
    musical.add_source(
        parser, output="file for the answer, or a folder for several", metavar="OUT.mid"
    )
    parser.add_argument(
        "--bars", type=int, metavar="N", help="bars to add (default: as many as there are, up to 8)"
    )
    musical.add_asking(parser, 1)


def run(arguments: Namespace) -> Answer:
    """Ask for a continuation and write it."""
    selection = read_ending(arguments.input, arguments.track)
    request = Continue(
        length=musical.length_of_bars(arguments.bars, selection.source),
        **musical.common_fields(arguments, selection),
    )
    return musical.answer_into_files(arguments, selection, request)
