"""`reprise chords`: the chords of a .mid file, and where they lie on the map of progressions."""

from argparse import Namespace
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer
from reprise.cli.output import check_writable, write_new
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.engines import checkpoint
from reprise.engines.chords.engine import MODEL
from reprise.engines.chords.strikes import hear
from reprise.errors import InvalidRequestError
from reprise.evaluation.drawing import chord_map
from reprise.music import smf
from reprise.music.chords import chord_name
from reprise.music.drums import is_drums
from reprise.music.meter import MeterMap
from reprise.music.progression import PlacedChord
from reprise.music.score import Score
from reprise.music.smf_select import select
from reprise.tokenizers.chords import key_of

EXAMPLE = "reprise chords song.mid --picture song.svg"

BARS_IN_A_LINE: Final = 4


def add_arguments(parser: VerbParser) -> None:
    """Add the file, which track of it, and the picture."""
    parser.add_argument("input", type=Path, metavar="IN.mid", help="the file to read")
    parser.add_argument(
        "--track", type=int, metavar="N", help="read this track only, counted from 1"
    )
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="OUT.svg",
        help="draw the way of the chords on the map of progressions",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace a picture that exists already"
    )
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Read the chords, draw the picture, and tell both.

    Raises:
        InvalidMidiFileError: It is no MIDI file that can be read.
        InvalidRequestError: It holds no notes but drums, or has no such track.
        FileError: The picture is in the way or cannot be written.
    """
    score = _pitched(arguments.input, arguments.track)
    placed = hear(score).placed
    data: dict[str, object] = {
        "file": str(arguments.input),
        "key": str(key_of(placed)),
        "chords": [
            {"start": one.start, "duration": one.duration, "name": chord_name(one.chord)}
            for one in placed
        ],
    }
    lines = [f"Key: {key_of(placed)}", *_bar_lines(placed, score.meter_map, score.length)]
    if arguments.picture is not None:
        check_writable(arguments.picture, may_replace=arguments.force)
        found = chord_map.chord_map(checkpoint.read(MODEL), placed, arguments.input.name)
        picture = chord_map.drawn(found).encode("utf-8")
        write_new(arguments.picture, picture, may_replace=arguments.force)
        data |= {"picture": str(arguments.picture), "way": found.way.round(4).tolist()}
        lines.append(f"The picture is in {arguments.picture}")
    return Answer(data, "\n".join(lines))


def _pitched(path: Path, track: int | None) -> Score:
    if track is not None and track < 1:
        raise InvalidRequestError(f"tracks are counted from 1, got --track {track}")
    source = select(smf.read(path), () if track is None else (track - 1,)).source
    voices = tuple(voice for voice in source.voices if not is_drums(voice) and voice.sounding)
    if not voices:
        raise InvalidRequestError(
            f"{path.name} has nothing but drums here, and drums have no chords; "
            "choose another track or file"
        )
    return Score(voices, source.length, source.meter_map, source.tempo_map)


def _bar_lines(placed: tuple[PlacedChord, ...], meter_map: MeterMap, length: float) -> list[str]:
    """Return the chords bar by bar, some bars in a line; "." where the chord before goes on."""
    bars = [
        " ".join(chord_name(one.chord) for one in placed if bar.contains(one.start)) or "."
        for bar in meter_map.bars(length)
    ]
    width = max(map(len, bars))
    return [
        f"{first:>4}  "
        + " | ".join(bar.ljust(width) for bar in bars[first : first + BARS_IN_A_LINE])
        for first in range(0, len(bars), BARS_IN_A_LINE)
    ]
