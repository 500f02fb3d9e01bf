"""`reprise refill`: a voice, notes or drum pads of a .mid file written anew, against the rest."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import note_places, pad_pitches, read_selection, voice_index
from reprise.service.messages import Refill

EXAMPLE = "reprise refill hymn.mid -o refilled.mid --voice alto --bars 0:4"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, which voice, notes or pads, what may change, and how many answers."""
    musical.add_source(
        parser, output="file for the answer, or a folder for several", metavar="OUT.mid"
    )
    parser.add_argument(
        "--voice",
        metavar="VOICE",
        help="number counted from 1 in file order, name, or soprano, alto, tenor, bass "
        "(default: all)",
    )
    parser.add_argument(
        "--pads",
        metavar="PADS",
        help="these drum pads only, by pitch or name, such as 42,46 or hats,clap",
    )
    parser.add_argument(
        "--notes",
        metavar="NOTES",
        help="these notes only, counted from 0 through all voices, such as 3,8,12:16 (12 to 15)",
    )
    musical.add_change(parser)
    musical.add_asking(parser, 1)


def run(arguments: Namespace) -> Answer:
    """Ask for a refilled voice and write it."""
    selection, span = read_selection(arguments.input, arguments.track, arguments.bars)
    source, voice = selection.source, arguments.voice
    voices = () if voice is None else (voice_index(voice, source),)
    pads, notes = arguments.pads, arguments.notes
    request = Refill(
        voices=voices,
        pads=() if pads is None else pad_pitches(pads, source, voices),
        notes=() if notes is None else note_places(notes),
        **musical.common_fields(arguments, selection),
        **musical.change_fields(arguments, span),
    )
    return musical.answer_into_files(arguments, selection, request)
