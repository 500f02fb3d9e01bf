"""`reprise develop`: new bars that take the music of a .mid file as their theme."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_selection
from reprise.service.messages import Develop

EXAMPLE = "reprise develop theme.mid -o piece.mid --bars 16"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, how many bars, and how many answers."""
    musical.add_source(
        parser, output="file for the answer, or a folder for several", metavar="OUT.mid"
    )
    parser.add_argument(
        "--bars", type=int, metavar="N", help="bars to write (default: four times the theme)"
    )
    musical.add_asking(parser, 1)


def run(arguments: Namespace) -> Answer:
    """Ask for a development and write it behind the theme."""
    selection, _ = read_selection(arguments.input, arguments.track, None)
    request = Develop(
        length=musical.length_of_bars(arguments.bars, selection.source),
        **musical.common_fields(arguments, selection),
    )
    return musical.answer_into_files(arguments, selection, request)
