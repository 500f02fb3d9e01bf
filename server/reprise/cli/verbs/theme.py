"""`reprise theme`: shows the theme of a .mid file, its occurrences and a picture of both."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reprise.cli.answer import Answer, table
from reprise.cli.output import check_writable, write_new
from reprise.cli.parser import VerbParser, add_common_flags
from reprise.engines import checkpoint
from reprise.engines.theme.retrieval import MelodyEncoder, ThemeFinding, find_theme
from reprise.errors import FileError, InvalidRequestError
from reprise.evaluation.drawing.theme_picture import theme_picture
from reprise.music import smf
from reprise.music.melody import melody_index, part_of_voice
from reprise.music.note import Note
from reprise.music.pitch import pitch_name
from reprise.music.score import Score
from reprise.music.smf_write import write_score
from reprise.tokenizers.melody_embedding import SEGMENT_BARS

EXAMPLE = "reprise theme song.mid --picture theme.svg -o theme.mid"
MODEL: Final = "theme-v1"


def add_arguments(parser: VerbParser) -> None:
    """Add the file, which track, and what is written."""
    parser.add_argument("input", type=Path, metavar="IN.mid", help="the file to look at")
    parser.add_argument(
        "--track",
        type=int,
        metavar="N",
        help="look at this track, counted from 1 (default: the one that is most like a melody)",
    )
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="OUT.svg",
        help="draw how far every two bars of the melody are from all others",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT.mid", help="write the theme as a file of its own"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    add_common_flags(parser)


def run(arguments: Namespace) -> Answer:
    """Find the theme, write what was asked for, and tell of it.

    Raises:
        InvalidMidiFileError: It is no MIDI file that can be read.
        InvalidRequestError: It has no such track, or no melody.
        FileError: A file is in the way or cannot be written.
    """
    files = [path for path in (arguments.picture, arguments.output) if path is not None]
    for path in files:
        _check(path, arguments)
    score = smf.read(arguments.input).score()
    voice = _voice(score, arguments.track)
    notes = score.voices[voice].sounding
    encoder = MelodyEncoder.of(checkpoint.read(MODEL))
    finding = find_theme(notes, score.meter_map, score.length, encoder)
    theme = part_of_voice(score, voice, finding.theme.span)
    if arguments.picture is not None:
        title = f"Theme of {arguments.input.stem}"
        data = theme_picture(finding, title).encode("utf-8")
        write_new(arguments.picture, data, may_replace=arguments.force)
    if arguments.output is not None:
        write_new(arguments.output, write_score(theme), may_replace=arguments.force)
    name = score.voices[voice].name
    return Answer(
        _data(finding, theme.voices[0].sounding, voice, name, files),
        _text(finding, theme.voices[0].sounding, voice, name, files),
    )


def _check(path: Path, arguments: Namespace) -> None:
    if path.exists() and arguments.input.exists() and path.samefile(arguments.input):
        raise FileError(f"{path} is the input itself, which is never written over")
    check_writable(path, may_replace=arguments.force)


def _voice(score: Score, track: int | None) -> int:
    if track is None:
        found = melody_index(score.voices)
        if found is None:
            raise InvalidRequestError(
                "the file has no notes but drums, and drums have no theme; choose a file with a "
                "melody"
            )
        return found
    if not 1 <= track <= len(score.voices):
        raise InvalidRequestError(
            f"--track {track} was asked for, but the file has {len(score.voices)} tracks with "
            "notes; tracks are counted from 1"
        )
    return track - 1


def _data(
    finding: ThemeFinding, notes: Sequence[Note], voice: int, name: str, files: Sequence[Path]
) -> dict[str, object]:
    return {
        "track": voice + 1,
        "name": name,
        "bars": _bars(finding.theme.bar),
        "notes": [
            {
                "start": note.start,
                "pitch": note.pitch,
                "duration": note.duration,
                "velocity": note.velocity,
            }
            for note in notes
        ],
        "occurrences": [
            {"bars": _bars(bar), "distance": round(distance, 4)}
            for bar, distance in _occurrences(finding)
        ],
        "compared": len(finding.segments),
        "eps": round(finding.eps, 4),
        "is_fallback": finding.is_fallback,
        "files": [str(path) for path in files],
    }


def _text(
    finding: ThemeFinding, notes: Sequence[Note], voice: int, name: str, files: Sequence[Path]
) -> str:
    first, stop = _bars(finding.theme.bar)
    head = f"track {voice + 1} {name}".rstrip()
    played = " ".join(pitch_name(note.pitch) for note in notes)
    rows = [
        (f"{bar}:{bar + SEGMENT_BARS}", round(distance, 3))
        for bar, distance in _occurrences(finding)
    ]
    why = (
        "Nothing comes back three times, so these are the first two bars of the melody."
        if finding.is_fallback
        else f"It stands {len(rows)} times among {len(finding.segments)} pairs of bars:"
    )
    return "\n".join(
        [
            f"The theme of {head} is --bars {first}:{stop} (the first bar is 0)",
            f"  {played}",
            why,
            table(("--bars", "distance"), rows),
            *(f"{path} written" for path in files),
        ]
    )


def _occurrences(finding: ThemeFinding) -> list[tuple[int, float]]:
    """Return each occurrence's first bar and its distance to the theme."""
    distances = finding.distances[finding.medoid]
    return [(finding.segments[index].bar, float(distances[index])) for index in finding.occurrences]


def _bars(bar: int) -> list[int]:
    return [bar, bar + SEGMENT_BARS]
