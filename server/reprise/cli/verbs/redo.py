"""`reprise redo`: all voices of a .mid file written anew, each against the others."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_selection
from reprise.service.messages import Redo

EXAMPLE = "reprise redo hymn.mid -o rewritten.mid --bars 4:8"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, what may change, how often to go round, and how many answers."""
    musical.add_source(
        parser, output="file for the answer, or a folder for several", metavar="OUT.mid"
    )
    musical.add_change(parser)
    parser.add_argument(
        "--passes", type=int, default=1, metavar="N", help="times to go round, 1 to 8 (default 1)"
    )
    musical.add_asking(parser, 1)


def run(arguments: Namespace) -> Answer:
    """Ask for a rewrite and write it."""
    selection, span = read_selection(arguments.input, arguments.track, arguments.bars)
    request = Redo(
        passes=arguments.passes,
        **musical.common_fields(arguments, selection),
        **musical.change_fields(arguments, span),
    )
    return musical.answer_into_files(arguments, selection, request)
