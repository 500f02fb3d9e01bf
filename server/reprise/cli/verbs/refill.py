"""`reprise refill`: one voice of a .mid file written anew, against the others."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_selection, voice_index
from reprise.service.messages import Refill

EXAMPLE = "reprise refill hymn.mid -o refilled.mid --voice alto --bars 0:4"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, which voice, what may change, and how many answers."""
    musical.add_source(
        parser, output="file for the answer, or a folder for several", metavar="OUT.mid"
    )
    parser.add_argument(
        "--voice",
        metavar="VOICE",
        help="number counted from 1 in file order, name, or soprano, alto, tenor, bass "
        "(default: all)",
    )
    musical.add_change(parser)
    musical.add_asking(parser, 1)


def run(arguments: Namespace) -> Answer:
    """Ask for a refilled voice and write it."""
    selection, span = read_selection(arguments.input, arguments.track, arguments.bars)
    voice = arguments.voice
    request = Refill(
        voices=() if voice is None else (voice_index(voice, selection.source),),
        **musical.common_fields(arguments, selection),
        **musical.change_fields(arguments, span),
    )
    return musical.answer_into_files(arguments, selection, request)
