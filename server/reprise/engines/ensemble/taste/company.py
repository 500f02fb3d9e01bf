"""How alike two bars of a question are in all that is heard, for a voice that is asked for in one.

The bars around them count as well, the farther away the less: a phrase is told by what leads to
it and what comes after it. Where little is known around them, the whole window tells whether its
music comes again after as many bars as lie between the two.
"""

from reprise.engines.ensemble.asking import Asking, Board
from reprise.tokenizers.ensemble.cells import Cell
from reprise.tokenizers.ensemble.controls import attacks

REACH = 6
"""Bars before and after that are compared."""
NEARNESS = 0.6
"""What a bar counts, against the bar that is one step nearer."""
DOUBT, PHRASE, NO_PHRASE = 16.0, 0.7, 0.5
"""Where nothing is known, notes speak for bars as far away as the gap is long, and for others."""
LONG_SILENCE, TURN = 3, 0.98
"""Where nothing at all sounds for so many bars, a turn of a loop is missing, and bars as far away
as that are alike."""


def is_unheard(board: Board, asking: Asking) -> bool:
    """Tell whether a voice is asked for of which no bar is known."""
    asked = set(asking.spots) | board.unknown
    known = {
        part
        for column in asking.view.columns
        for part in asking.view.parts
        if (column.bar, part) not in asked
    }
    return any(part not in known for _, part in asking.spots)


class Company:
    """What is known in the columns of a question."""

    def __init__(self, board: Board, asking: Asking) -> None:
        """Take what stands, and what is asked."""
        view, asked = asking.view, set(asking.spots) | board.unknown
        self.cells: list[dict[int, Cell]] = [
            {
                part: board.cells.get((column.bar, part), ())
                for part in view.parts
                if (column.bar, part) not in asked
            }
            for column in view.columns
        ]
        """Known cells by part, column by column."""
        self._notes = [
            {part: attacks(cell) for part, cell in column.items()} for column in self.cells
        ]
        self._gaps: dict[tuple[int, int], range] = {}
        self._periods: dict[int, tuple[float, float]] = {}
        self._shared: dict[tuple[int, int, int], tuple[float, float]] = {}

    def likeness(self, part: int, here: int, there: int) -> float:
        """Return how alike two columns are to a part that is asked for in the first, 0.0-1.0.

        It is the mean F1 of notes and of onsets, weighed by notes.
        """
        same, both = self._period(there - here)
        total = DOUBT
        shared = DOUBT * (same + DOUBT * self._guess(part, here, there)) / (both + DOUBT)
        for step in range(-REACH, REACH + 1):
            left, right = here + step, there + step
            if not (0 <= left < len(self.cells) and 0 <= right < len(self.cells)):
                continue
            weight = NEARNESS ** abs(step)
            for other in self.cells[left]:
                if other in self.cells[right] and (step or other != part):
                    same, both = self._pair(other, left, right)
                    shared += weight * same
                    total += weight * both
        return shared / total

    def _guess(self, part: int, here: int, there: int) -> float:
        """Return how alike two columns are if nothing is known."""
        gap = self._gap(part, here)
        if (there - here) % len(gap):
            return NO_PHRASE
        is_silence = len(gap) >= LONG_SILENCE and not any(self.cells[column] for column in gap)
        return TURN if is_silence else PHRASE

    def _gap(self, part: int, here: int) -> range:
        """Return the columns in a row around one that are not known of a part."""
        key = part, here
        if key not in self._gaps:
            first, stop = here, here + 1
            while first > 0 and part not in self.cells[first - 1]:
                first -= 1
            while stop < len(self.cells) and part not in self.cells[stop]:
                stop += 1
            self._gaps[key] = range(first, stop)
        return self._gaps[key]

    def _period(self, bars: int) -> tuple[float, float]:
        """Return what all columns have in common with those so many bars later, as `_pair`."""
        bars = abs(bars)
        if bars not in self._periods:
            pairs = [
                self._pair(part, left, left + bars)
                for left in range(len(self.cells) - bars)
                for part in self.cells[left].keys() & self.cells[left + bars].keys()
            ]
            self._periods[bars] = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
        return self._periods[bars]

    def _pair(self, part: int, left: int, right: int) -> tuple[float, float]:
        """Return twice what a part has alike in two columns, and all that it has in both."""
        key = part, left, right
        if key not in self._shared:
            one, other = self._notes[left][part], self._notes[right][part]
            onsets, others = {onset for onset, _ in one}, {onset for onset, _ in other}
            same = 2.0 * (len(one & other) + len(onsets & others))
            both = len(one) + len(other) + len(onsets) + len(others)
            self._shared[key] = same, float(both)
        return self._shared[key]
