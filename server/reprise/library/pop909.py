"""POP909: its own three tracks, as played, on the bar lines of POP909-CL.

POP909's files do not say where bars begin, and its beat files are wrong for one song in ten.
POP909-CL holds the same notes in one track, moved such that bars begin where people checked them.
So each song is moved as its notes were moved there; a song whose notes were not all moved alike is
left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from reprise.errors import MissingDataError
from reprise.library.midi_score import read_score
from reprise.library.pieces import Reader, Reject, SourceFile, SourcePiece
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.voice import Voice

DATASET: Final = "pop909"
ALIGNED_DATASET: Final = "pop909_cl"

TEST_SONGS: Final = frozenset(
    {
        "874", "875", "876", "877", "878", "879", "881", "883", "884", "886", "888", "890", "891",
        "892", "893", "894", "895", "896", "897", "898", "899", "900", "901", "903", "904", "905",
        "907", "908", "909",
    }
)  # fmt: skip
"""The songs whose themes the theme study tests with."""

MELODY: Final = "MELODY"
ROLES: Final = {MELODY: Role.MELODY, "BRIDGE": Role.LEAD, "PIANO": Role.PIANO}
NEAR_BEATS: Final = 0.03
MIN_MOVED_ALIKE: Final = 0.98


def files(folder: Path) -> Iterator[SourceFile]:
    """Find the songs; those of the theme study are for testing."""
    for path in sorted(folder.glob("POP909/*/[0-9][0-9][0-9].mid")):
        yield SourceFile(DATASET, path, folder, "test" if path.stem in TEST_SONGS else None)


def read(source: SourceFile) -> SourcePiece | Reject:
    """Return a song on checked bar lines.

    Raises:
        MissingDataError: POP909-CL is not beside POP909.
    """
    aligned_folder = source.folder.parent / ALIGNED_DATASET / "POP909_processed"
    if not aligned_folder.is_dir():
        raise MissingDataError(
            f"{aligned_folder} is not there; POP909's bar lines are read from POP909-CL, so put "
            f"{ALIGNED_DATASET} beside {DATASET}, or build without it: --without {DATASET}"
        )
    path = aligned_folder / source.path.name
    if not path.is_file():
        return Reject(source.name, "no checked bar lines", "POP909-CL lacks the song")
    score, aligned = read_score(source.path), read_score(path)
    moved = _shift(score, aligned)
    if moved is None:
        return Reject(source.name, "no checked bar lines", "its notes are others in POP909-CL")
    placed = _placed(score, aligned, moved)
    roles = tuple(int(ROLES.get(voice.name, Role.UNKNOWN)) for voice in placed.voices)
    return SourcePiece(
        source.name, DATASET, "pop", f"{DATASET}/{source.path.stem}", source.split, placed, roles
    )


def melody_of(score: Score) -> tuple[Note, ...]:
    """Return the sounding notes of a song's melody track, by onset; none where it has none."""
    return tuple(
        sorted(note for voice in score.voices if voice.name == MELODY for note in voice.sounding)
    )


def _shift(score: Score, aligned: Score) -> float | None:
    """Return by how many beats all notes were moved, or None where they were not moved alike."""
    here, there = _starts(score.voices), _starts(aligned.voices)
    moves = [
        after - before
        for sound, starts in here.items()
        if len(starts) == len(there.get(sound, ()))
        for before, after in zip(starts, there[sound])
    ]
    if 2 * len(moves) < score.note_count:
        return None
    middle = median(moves)
    alike = sum(abs(move - middle) <= NEAR_BEATS for move in moves)
    return middle if alike >= MIN_MOVED_ALIKE * len(moves) else None


def _starts(voices: Sequence[Voice]) -> dict[tuple[int, int], list[float]]:
    """Return the onsets of each pitch and velocity, in order."""
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    for note in sorted(note for voice in voices for note in voice.notes):
        found[note.pitch, note.velocity].append(note.start)
    return found


def _placed(score: Score, aligned: Score, by: float) -> Score:
    """Return a score on the other's bar lines; what would begin before them gets a bar more."""
    first = min(note.start for voice in score.voices for note in voice.notes) + by
    bar = aligned.meter_map.at(0.0).bar_length
    late = bar if first < -NEAR_BEATS else 0.0
    changes = aligned.meter_map.changes
    meter_map = replace(
        aligned.meter_map,
        changes=(changes[0], *((start + late, meter) for start, meter in changes[1:])),
    )
    voices = tuple(
        replace(voice, notes=tuple(_moved(note, by + late) for note in voice.notes), is_drums=False)
        for voice in score.voices
    )
    end = max(note.end for voice in voices for note in voice.notes)
    return replace(score, voices=voices, length=end, meter_map=meter_map)


def _moved(note: Note, by: float) -> Note:
    return replace(note, start=max(0.0, note.start + by))


READERS = (Reader(DATASET, files, read),)
