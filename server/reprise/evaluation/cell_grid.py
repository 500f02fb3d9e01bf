"""A score as cells: what each voice plays in each grid bar, in ticks.

The cells are those that the flagship reads (`tokenizers.ensemble`), so that baselines and networks
are asked about the same things.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from reprise.music.drums import is_drums
from reprise.music.note import Note
from reprise.music.score import Score
from reprise.tokenizers.ensemble.cells import Cell, GridNote, cells_of
from reprise.tokenizers.ensemble.grid import GridBar, beats, grid_bars, ticks

Place = tuple[int, int]
"""A voice and a grid bar, both counted from 0."""


@dataclass(frozen=True)
class CellGrid:
    """A score cut into cells.

    Attributes:
        bars: Grid bars in ticks.
        cells: For each voice one cell a bar.
        are_drums: Whether each voice is drums.
    """

    bars: tuple[GridBar, ...]
    cells: tuple[tuple[Cell, ...], ...]
    are_drums: tuple[bool, ...]

    def cell(self, place: Place) -> Cell:
        """Return the cell of a voice and bar."""
        return self.cells[place[0]][place[1]]

    @cached_property
    def pitched(self) -> tuple[int, ...]:
        """The voices that are not drums."""
        return tuple(voice for voice, drums in enumerate(self.are_drums) if not drums)


def grid_of(score: Score) -> CellGrid:
    """Return the cells of a score; of notes on one pitch at one tick the longest stays."""
    bars = grid_bars(score.meter_map, score.length)
    bounds = [(bar.start, bar.length) for bar in bars]
    return CellGrid(
        bars,
        tuple(tuple(cells_of(_rows(voice.sounding), bounds)) for voice in score.voices),
        tuple(is_drums(voice) for voice in score.voices),
    )


def notes_of(cell: Iterable[GridNote], bar: GridBar, latest_end: float) -> list[Note]:
    """Return a cell's notes where the bar is; those that begin in it and end in time.

    Args:
        cell: Notes in ticks from the start of a bar.
        bar: The bar that they go to.
        latest_end: In beats; longer notes are cut there.
    """
    found = []
    for note in cell:
        start = beats(bar.start + note.onset)
        if note.onset < bar.length and start < latest_end:
            duration = min(beats(note.duration), latest_end - start)
            found.append(Note(start, note.pitch, duration, note.velocity))
    return found


def _rows(notes: Iterable[Note]) -> Iterable[tuple[int, int, int, int]]:
    for note in notes:
        start = ticks(note.start)
        yield start, note.pitch, max(1, ticks(note.end) - start), note.velocity
