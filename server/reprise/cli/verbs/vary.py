"""`reprise vary`: variations of a .mid file, each in a file of its own."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_selection
from reprise.service.messages import Vary

EXAMPLE = "reprise vary loop.mid -o variations --count 4 --strength 0.35 --seed 7"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, what may change, and how many answers."""
    musical.add_source(
        parser,
        output="folder for the variations, named after the input and their ids (default: here)",
        metavar="DIR",
    )
    musical.add_change(parser)
    musical.add_asking(parser, 4)


def run(arguments: Namespace) -> Answer:
    """Ask for variations and write them."""
    selection, span = read_selection(arguments.input, arguments.track, arguments.bars)
    request = Vary(
        **musical.common_fields(arguments, selection),
        **musical.change_fields(arguments, span),
    )
    return musical.answer_into_files(arguments, selection, request)
