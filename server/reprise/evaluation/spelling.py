"""Cells as the tokens that the flagship reads: key taken off, velocities against the track's own.

All likelihoods of one answer, of networks and of counting models, are of these same tokens.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reprise.evaluation.cell_grid import CellGrid, Place, grid_of
from reprise.evaluation.players.ngram import SpelledCell
from reprise.evaluation.slices import Slice
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.tokenizers.ensemble.cells import Cell, encode, in_order
from reprise.tokenizers.ensemble.vocabulary import FIRST_DRUM, LAST_DRUM, Mode, Special
from reprise.tokenizers.ensemble.window import default_velocity, tonic_shift


@dataclass(frozen=True)
class Spelling:
    """How the cells of one piece of music are spelled.

    Attributes:
        grid: Its cells, as they sound.
        shift: Semitones that take its tonic to C.
        mode: Of its key.
        velocities: The default velocity bin of each voice.
        roles: One a voice.
    """

    grid: CellGrid
    shift: int
    mode: Mode
    velocities: tuple[int, ...]
    roles: tuple[int, ...]

    def shifted(self, place: Place) -> Cell:
        """Return a cell with its tonic on C; drums that have no token are left out."""
        return moved(self.grid.cell(place), self.shift, is_drums=self.grid.are_drums[place[0]])

    def spelled(self, place: Place) -> SpelledCell:
        """Return a cell's tokens, its end included."""
        voice, bar = place
        cell = encode(
            self.shifted(place),
            self.grid.bars[bar].length,
            self.velocities[voice],
            is_drums=self.grid.are_drums[voice],
        )
        tokens = cell.tokens or (int(Special.EMPTY),)
        return SpelledCell(self.roles[voice], (*tokens, int(Special.END_OF_CELL)))


def spelling_of(score: Score, roles: tuple[int, ...], heard: Score | None = None) -> Spelling:
    """Return how a score is spelled; key and velocities are those of what is heard of it."""
    known = score if heard is None else heard
    grid = grid_of(score)
    shift, mode = tonic_shift(_pitched(known, grid.pitched))
    velocities = tuple(
        default_velocity(note.velocity for note in voice.sounding) for voice in known.voices
    )
    return Spelling(grid, shift, mode, velocities, roles)


def spelled_cells(slices: Iterable[Slice]) -> Iterator[SpelledCell]:
    """Yield every cell of slices, empty ones as such."""
    for one in slices:
        spelling = spelling_of(one.score, one.roles)
        for voice in range(len(one.score.voices)):
            for bar in range(len(spelling.grid.bars)):
                yield spelling.spelled((voice, bar))


def moved(cell: Cell, semitones: int, *, is_drums: bool) -> Cell:
    """Return a cell transposed; drums stay, and notes without a token are left out."""
    if is_drums:
        return tuple(note for note in cell if FIRST_DRUM <= note.pitch <= LAST_DRUM)
    notes = (note._replace(pitch=note.pitch + semitones) for note in cell)
    return in_order(note for note in notes if 0 <= note.pitch <= 127)


def _pitched(score: Score, voices: Iterable[int]) -> list[Note]:
    return [note for voice in voices for note in score.voices[voice].sounding]
