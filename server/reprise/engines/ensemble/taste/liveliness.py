"""What is wrong with a voice's answer as a whole: silent, a wall, stuck on a note or on one bar.

What the voice itself does where it is heard is never wrong.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import inf

from reprise.engines.ensemble.asking import Asking
from reprise.engines.guards import LONGEST_PITCH_RUN
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks

MANY_NOTES, FEW_KINDS = 8, 2
"""So many notes are stuck where they have no more kinds of pitch and duration than this."""
FEWEST_PAIRS, MOST_REPEATS = 3, 0.9
"""Of so many neighbouring bars or more, a larger share of repeats is stuck."""
WALL_TIMES = 2
"""A bar with more than so many times the notes of the voice's fullest bar is a wall."""
FEWEST_HEARD = 2
"""Bars with notes from which on a voice tells what it does."""


class Liveliness:
    """Judges answers of one voice of a question."""

    def __init__(self, known: Sequence[Mapping[int, Cell]], asking: Asking, part: int) -> None:
        """Take what is known, column by column, and whose answer it is."""
        own = {number: cells[part] for number, cells in enumerate(known) if part in cells}
        heard = [cell for cell in own.values() if cell]
        holes = asking.question.holes
        own_holes = [hole for hole, spot in enumerate(asking.spots) if spot[1] == part]
        numbers = [holes[hole][0] for hole in own_holes]
        self._pairs = _neighbours(numbers)
        self._may_be_stuck = len(heard) >= FEWEST_HEARD and _is_stuck(heard)
        self._may_repeat = _repeats(list(own.values()), _neighbours(list(own))) > 0
        self._longest_run = _longest_run_after(heard)
        if any(asking.question.window.tracks[holes[hole][1]].is_drums for hole in own_holes):
            self._longest_run = inf
        self._must_sound = bool(heard)
        everything = [cell for cells in known for cell in cells.values()]
        self._most = WALL_TIMES * max(map(len, heard or everything), default=1)

    def wrong(self, cells: Sequence[Cell]) -> float:
        """Return how much is wrong with cells, one for each hole in order; 0.0 for nothing."""
        found = 0.0
        if self._must_sound and not any(cells):
            found += 1.0
        found += sum(len(cell) > self._most for cell in cells)
        if not self._may_be_stuck and _is_stuck(cells):
            found += 1.0
        found += sum(max(0.0, run / self._longest_run - 1.0) for run in _pitch_runs(cells))
        if not self._may_repeat and self._sounding(cells) >= FEWEST_PAIRS:
            share = _repeats(cells, self._pairs) / self._sounding(cells)
            found += max(0.0, share - MOST_REPEATS)
        return found

    def _sounding(self, cells: Sequence[Cell]) -> int:
        return sum(bool(cells[left] and cells[right]) for left, right in self._pairs)


def _neighbours(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the places of bars that follow one another."""
    pairs = zip(range(len(numbers)), numbers, numbers[1:])
    return [(place, place + 1) for place, left, right in pairs if left + 1 == right]


def _is_stuck(cells: Sequence[Cell]) -> bool:
    notes = [(note.pitch, note.duration) for cell in cells for note in cell]
    return len(notes) >= MANY_NOTES and len(set(notes)) <= FEW_KINDS


def _pitch_runs(cells: Sequence[Cell]) -> list[int]:
    """Return how often in a row each pitch is struck that is struck after another one."""
    return [len(list(run)) for _, run in groupby(note.pitch for cell in cells for note in cell)]


def _longest_run_after(heard: Sequence[Cell]) -> float:
    """Return how often a voice may strike one pitch in a row, as the guards have it."""
    is_of_one_pitch = len({note.pitch for cell in heard for note in cell}) == 1
    return (
        inf if is_of_one_pitch else max(2 * max(_pitch_runs(heard), default=0), LONGEST_PITCH_RUN)
    )


def _repeats(cells: Sequence[Cell], pairs: Sequence[tuple[int, int]]) -> int:
    """Return how many neighbours that both sound are the same."""
    return sum(
        bool(cells[left]) and attacks(cells[left]) == attacks(cells[right]) for left, right in pairs
    )
