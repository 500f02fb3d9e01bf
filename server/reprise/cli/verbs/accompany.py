"""`reprise accompany`: a new part against all that a .mid file holds."""

from argparse import Namespace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.new_part import NewPart
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_pads, read_selection
from reprise.errors import InvalidRequestError
from reprise.service.messages import MAX_NAME_LENGTH, Accompany

EXAMPLE = "reprise accompany song.mid -o with-bass.mid --role bass --range 28:52"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, what the new part is, where it plays, and how many answers."""
    musical.add_files(
        parser, output="file for the answer, or a folder for several", metavar="OUT.mid"
    )
    parser.add_argument(
        "--role",
        required=True,
        metavar="ROLE",
        help="what the new part is: bass, chords, melody, drums, pad, or any track's name",
    )
    parser.add_argument("--name", metavar="NAME", help="name of the new track (default: the role)")
    parser.add_argument(
        "--program", type=int, metavar="N", help="General MIDI program, 1 to 128 (default 1)"
    )
    parser.add_argument(
        "--pads",
        metavar="PADS",
        help="pads of the drum rack that the part is for, such as 36=Kick,38=Snare,42",
    )
    parser.add_argument(
        "--bars", metavar="A:B", help="play in bars A up to, not including, B; the first bar is 0"
    )
    musical.add_asking(parser, 1)


def run(arguments: Namespace) -> Answer:
    """Ask for a new part and write it as one more track."""
    selection, span = read_selection(arguments.input, None, arguments.bars)
    request = Accompany(
        role=_role(arguments.role),
        pads=() if arguments.pads is None else read_pads(arguments.pads),
        span=span,
        **musical.common_fields(arguments, selection),
    )
    name = _checked_name("--name", arguments.name or request.role)
    part = NewPart.of(request, selection, name, _program(arguments.program))
    return musical.answer_into_files(arguments, part, request)


def _role(role: str) -> str:
    if not role.strip():
        raise InvalidRequestError("--role is empty; say what the new part is, such as bass")
    return _checked_name("--role", role)


def _checked_name(flag: str, name: str) -> str:
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidRequestError(
            f"{flag} has at most {MAX_NAME_LENGTH} characters, got {len(name)}"
        )
    return name


def _program(number: int | None) -> int:
    if number is None:
        return 0
    if not 1 <= number <= 128:
        raise InvalidRequestError(f"--program must be 1 to 128, got {number}; 1 is a piano")
    return number - 1
