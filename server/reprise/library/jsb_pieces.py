"""The JSB chorales as pieces: rows of a 16th become notes, and bar lines are found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reprise.library import jsb
from reprise.library.bar_lines import with_bar_lines
from reprise.library.pieces import Reader, SourceFile, SourcePiece
from reprise.music.meter import Meter, MeterMap
from reprise.music.note import Note
from reprise.music.roles import Role
from reprise.music.score import Score
from reprise.music.tempo import TempoMap
from reprise.music.voice import Voice
from reprise.tokenizers import chorale

DATASET: Final = "jsb"
TEMPO_BPM: Final = 80.0


def files(folder: Path) -> Iterator[SourceFile]:
    """Find the chorales of every split."""
    for split in jsb.SPLITS:
        for path in jsb.split_files(folder, split):
            yield SourceFile(DATASET, path, folder, split)


def read(source: SourceFile) -> SourcePiece:
    """Return a chorale; a pitch that goes on is one note."""
    grid = jsb.read_chorale(source.path)
    score = score_of(grid, _meter(len(grid)))
    roles = (int(Role.VOICE),) * chorale.VOICE_COUNT
    return SourcePiece(
        source.name, DATASET, "chorales", source.name, source.split, with_bar_lines(score), roles
    )


def score_of(grid: chorale.Grid, meter: Meter) -> Score:
    """Return the score of a grid of shape (steps, 4); it begins on a bar line."""
    voices = tuple(
        Voice(name, _notes(grid[:, voice].tolist()), 0, is_drums=False)
        for voice, name in enumerate(chorale.VOICES)
    )
    tempo_map = TempoMap.constant(TEMPO_BPM)
    return Score(voices, len(grid) / 4, MeterMap.constant(meter), tempo_map)


def _meter(steps: int) -> Meter:
    """Return 3/4 where only its bars fit, else 4/4: the files do not tell."""
    return Meter(3, 4) if steps % 12 == 0 and steps % 16 else Meter(4, 4)


def _notes(classes: list[int]) -> tuple[Note, ...]:
    notes: list[Note] = []
    start = 0
    for step in range(1, len(classes) + 1):
        if step < len(classes) and classes[step] == classes[start]:
            continue
        if classes[start] != chorale.REST:
            pitch = chorale.LOWEST_PITCH + classes[start] - 1
            notes.append(Note(start / 4, pitch, (step - start) / 4))
        start = step
    return tuple(notes)


READERS = (Reader(DATASET, files, read),)
