"""`reprise accompany`: a new part against all that a .mid file holds."""

from argparse import Namespace
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from reprise.cli import musical
from reprise.cli.answer import Answer
from reprise.cli.parser import VerbParser
from reprise.cli.selection import read_pads, read_selection
from reprise.errors import InvalidRequestError
from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.smf import MidiDocument
from reprise.music.smf_select import Selection
from reprise.music.smf_write import with_voice
from reprise.music.voice import Voice
from reprise.service.messages import MAX_NAME_LENGTH, Accompany
from reprise.service.plan import working_source

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
    heard = working_source(request).voices[-1]
    name = _checked_name("--name", arguments.name or request.role)
    part = replace(heard, name=name, program=_program(arguments.program))
    return musical.answer_into_files(arguments, _NewPart(selection, part, heard), request)


@dataclass(frozen=True, slots=True)
class _NewPart:
    """A file that gets one more track.

    Attributes:
        selection: What the new part was asked for.
        part: The new track, still without notes.
        heard: The same as the engine heard of it: its name tells what it is.
    """

    selection: Selection
    part: Voice
    heard: Voice

    def with_answer(
        self, kept: Collection[int], new_notes: Sequence[Sequence[Note]], length: float
    ) -> MidiDocument:
        """Return the file with the new part behind all others."""
        start = self.selection.window.start
        document = self.selection.with_answer(kept, new_notes[:-1], length)
        notes = tuple(replace(note, start=note.start + start) for note in new_notes[-1])
        return with_voice(
            document,
            replace(self.part, notes=notes, is_drums=is_drums(self.heard)),
            start + length,
        )


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
