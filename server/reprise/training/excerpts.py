"""Excerpts: the bars and tracks of a piece that one example is made of, as they are or looped.

Pitches are still the piece's own. Which cells are hidden, and the key, come later.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.library.corpus_file import Piece, PieceTrack
from reprise.tokenizers.ensemble.cells import Cell, GridNote
from reprise.tokenizers.ensemble.grid import GridBar
from reprise.tokenizers.ensemble.vocabulary import MAX_TRACKS
from reprise.tokenizers.ensemble.window import Place

START_TRIES = 6
FEWEST_NOTES = 4
CELL_TOKENS, NOTE_TOKENS, ONSET_TOKENS, BAR_TOKENS, HEADER_TOKENS = 2, 1.3, 1.1, 1, 24
"""What things cost in a sequence, about; an example is measured exactly when it is made."""


@dataclass(frozen=True)
class Excerpt:
    """Bars and tracks of a piece.

    Attributes:
        reader: The piece.
        bars: One after another from 0.
        bar_numbers: The piece's grid bar that each bar is; loops name the same ones again.
        track_numbers: The piece's track that each track is.
        cells: Those that hold notes, by (bar, track) of the excerpt.
        unit: Bars after which a loop comes round; 0 where nothing is looped.
    """

    reader: "PieceReader"
    bars: tuple[GridBar, ...]
    bar_numbers: tuple[int, ...]
    track_numbers: tuple[int, ...]
    cells: Mapping[Place, Cell]
    unit: int

    @property
    def tracks(self) -> list[PieceTrack]:
        """The piece's tracks that are in it."""
        return [self.reader.piece.tracks[number] for number in self.track_numbers]

    def shortened(self, length: int) -> "Excerpt":
        """Return the first bars alone, with the tracks that have notes there."""
        rows = [place for place in self.cells if place[0] < length]
        kept = sorted({track for _, track in rows})
        order = {track: index for index, track in enumerate(kept)}
        return Excerpt(
            self.reader,
            self.bars[:length],
            self.bar_numbers[:length],
            tuple(self.track_numbers[track] for track in kept),
            {(bar, order[track]): self.cells[bar, track] for bar, track in rows},
            self.unit if self.unit < length else 0,
        )


class PieceReader:
    """Finds the cells of a packed piece."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.bar_count = len(piece.grid_bars)
        self._rows = np.searchsorted(piece.notes[:, 0], np.arange(self.bar_count + 1))

    def cells(self, first: int, stop: int) -> dict[Place, Cell]:
        """Return the cells with notes of grid bars `first` to `stop`, by the piece's numbers."""
        found: dict[Place, list[GridNote]] = defaultdict(list)
        rows = self.piece.notes[self._rows[first] : self._rows[stop]].tolist()
        for bar, track, onset, pitch, duration, velocity in rows:
            found[bar, track].append(GridNote(onset, pitch, duration, velocity))
        return {place: tuple(notes) for place, notes in found.items()}

    def note_count(self, first: int, stop: int) -> int:
        """Return the notes in grid bars `first` to `stop`."""
        return int(self._rows[stop] - self._rows[first])

    def costs(self, first: int, stop: int) -> NDArray[np.float64]:
        """Return about how many tokens each grid bar and track takes, (bars, tracks)."""
        shape = (stop - first, len(self.piece.tracks))
        notes = self.piece.notes[self._rows[first] : self._rows[stop], :3].astype(np.int64)
        cell = (notes[:, 0] - first) * shape[1] + notes[:, 1]
        is_new = np.ones(len(notes), np.bool_)
        is_new[1:] = (cell[1:] != cell[:-1]) | (notes[1:, 2] != notes[:-1, 2])
        cost = np.bincount(cell, NOTE_TOKENS + ONSET_TOKENS * is_new, shape[0] * shape[1])
        return (cost + CELL_TOKENS * (cost > 0)).reshape(shape)

    def lengths(self) -> list[int]:
        """Return the ticks of each grid bar."""
        return [int(length) for length in self.piece.grid_bars[:, 1]]


@dataclass(frozen=True, slots=True)
class Cut:
    """How an excerpt is to be cut.

    Attributes:
        bars: Grid bars altogether.
        unit: Bars that are looped, 0 for none.
        budget: Tokens that it may cost, about.
        around: A grid bar of the piece that must be in it, with the next, or None.
        track: A track of the piece that must be in it, or None.
        fewest_tracks: As many tracks as there must be at least.
    """

    bars: int
    unit: int = 0
    budget: float = 900.0
    around: int | None = None
    track: int | None = None
    fewest_tracks: int = 1


def draw_excerpt(reader: PieceReader, cut: Cut, random: np.random.Generator) -> Excerpt | None:
    """Return an excerpt of a piece, or None where it found too few notes.

    It has all tracks with notes in half of the draws, else a random part of them; tracks or bars
    are left out until it fits its budget.
    """
    length = min(cut.unit or cut.bars, reader.bar_count)
    first = _draw_start(reader, cut, length, random)
    if first is None:
        return None
    costs = reader.costs(first, first + length)
    repeats = max(1, cut.bars // length) if cut.unit else 1
    tracks = _draw_tracks(costs, cut, random)
    tracks, length, repeats = _fitted(costs, tracks, repeats, cut, random)
    numbers = [first + index for _ in range(repeats) for index in range(length)]
    return _excerpt(reader, numbers, tracks, length if repeats > 1 else 0)


def _draw_start(
    reader: PieceReader, cut: Cut, length: int, random: np.random.Generator
) -> int | None:
    low, high = 0, reader.bar_count - length
    if cut.around is not None:
        low, high = max(low, cut.around + 2 - length), max(0, min(high, cut.around))
    for _ in range(START_TRIES):
        first = int(random.integers(low, high + 1)) if low <= high else high
        if reader.note_count(first, first + length) >= FEWEST_NOTES:
            return first
    return None


def _draw_tracks(costs: NDArray[np.float64], cut: Cut, random: np.random.Generator) -> list[int]:
    """Return tracks with notes, in random order, the wanted one first."""
    sounding = [int(track) for track in random.permutation(np.flatnonzero(costs.sum(axis=0)))]
    count = len(sounding)
    if count > cut.fewest_tracks and random.random() < 0.5:
        count = int(random.integers(cut.fewest_tracks, count))
    if cut.track in sounding:
        sounding.remove(cut.track)
        sounding.insert(0, cut.track)
    return sounding[: min(count, MAX_TRACKS)]


def _fitted(
    costs: NDArray[np.float64],
    tracks: list[int],
    repeats: int,
    cut: Cut,
    random: np.random.Generator,
) -> tuple[list[int], int, int]:
    """Return the tracks, bars and repetitions that fit the budget: fewer of each in turn."""
    length = len(costs)
    tracks = list(tracks)
    while (
        HEADER_TOKENS
        + repeats * (BAR_TOKENS * length + float(costs[:length, tracks].sum()))
        + 3 * len(tracks)
        > cut.budget
    ):
        if repeats > 2:
            repeats -= 1
        elif len(tracks) > cut.fewest_tracks and (length <= 2 or random.random() < 0.5):
            tracks.pop()
        elif length > 1 and not cut.unit:
            length -= 1
        elif repeats > 1:
            repeats -= 1
        else:
            break
    return tracks, length, repeats


def _excerpt(
    reader: PieceReader, numbers: Sequence[int], tracks: list[int], unit: int
) -> Excerpt | None:
    found = reader.cells(min(numbers), max(numbers) + 1)
    kept = [track for track in tracks if any((number, track) in found for number in numbers)]
    if not kept:
        return None
    cells = {
        (bar, index): found[number, track]
        for bar, number in enumerate(numbers)
        for index, track in enumerate(kept)
        if (number, track) in found
    }
    return Excerpt(reader, grid_bars(reader, numbers), tuple(numbers), tuple(kept), cells, unit)


def grid_bars(reader: PieceReader, numbers: Sequence[int]) -> tuple[GridBar, ...]:
    """Return grid bars of a piece, by their numbers, one after another from 0."""
    bars: list[GridBar] = []
    start = 0
    for _, length, meter in reader.piece.grid_bars[list(numbers)].tolist():
        bars.append(GridBar(start, length, meter))
        start += length
    return tuple(bars)
