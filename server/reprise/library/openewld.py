"""Lead sheets of OpenEWLD: a melody, and its chord symbols as a second voice."""

import json
from pathlib import Path
from typing import Final

from reprise.library.bar_lines import with_bar_lines
from reprise.library.midi_score import read_score
from reprise.library.pieces import Reader, SourceFile, SourcePiece, midi_files
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.voice import Voice

DATASET: Final = "openewld"
LOWEST_PITCH: Final = 48
CHORD_VELOCITY: Final = 72

# Semitones above the root; what stands in front is found first.
_CHORDS: Final = (
    ("half-diminished", (0, 3, 6, 10)),
    ("diminished-seventh", (0, 3, 6, 9)),
    ("diminished", (0, 3, 6)),
    ("augmented", (0, 4, 8)),
    ("suspended-fourth", (0, 5, 7)),
    ("suspended-second", (0, 2, 7)),
    ("major-minor", (0, 3, 7, 11)),
    ("minor-major", (0, 3, 7, 11)),
    ("minor-seventh", (0, 3, 7, 10)),
    ("minor-ninth", (0, 3, 7, 10)),
    ("minor-sixth", (0, 3, 7, 9)),
    ("minor", (0, 3, 7)),
    ("dominant", (0, 4, 7, 10)),
    ("major-seventh", (0, 4, 7, 11)),
    ("major-sixth", (0, 4, 7, 9)),
    ("power", (0, 7)),
    ("major", (0, 4, 7)),
)


def read(source: SourceFile) -> SourcePiece:
    """Return a melody with its chords."""
    score = read_score(source.path)
    melody = Voice("Melody", score.voices[0].notes if score.voices else (), 0, is_drums=False)
    chords = Voice("Chords", _chords(source.path, score), 0, is_drums=False)
    both = Score((melody, chords), score.length, score.meter_map, score.tempo_map)
    return SourcePiece(
        source.name,
        DATASET,
        "melody",
        source.name,
        source.split,
        with_bar_lines(both),
        (int(Role.MELODY), int(Role.CHORDS)),
    )


def _chords(path: Path, score: Score) -> tuple[Note, ...]:
    symbols = json.loads(path.with_suffix(".chords.json").read_text(encoding="utf-8"))["chords"]
    ends = [*(symbol[0] for symbol in symbols[1:]), score.length]
    notes: list[Note] = []
    for (start, root, kind, _bass, _degrees), end in zip(symbols, ends):
        if root is not None and kind and end > start:
            notes += _chord(start, end - start, root, kind)
    return tuple(notes)


def _chord(start: float, duration: float, root: int, kind: str) -> list[Note]:
    """Return a chord in close position, its root in the octave above `LOWEST_PITCH`."""
    steps = next((steps for name, steps in _CHORDS if kind.startswith(name)), (0, 4, 7))
    return [
        Note(start, LOWEST_PITCH + root % 12 + step, duration, CHORD_VELOCITY) for step in steps
    ]


READERS = (Reader(DATASET, midi_files(DATASET, "mid/*.mid"), read),)
