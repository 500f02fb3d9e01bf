"""How alike two bars of a question are in all that is heard, for a voice that is asked for in one.

The bars around them count as well, the farther away the less: a phrase is told by what leads to
it and what comes after it.
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
        self._gaps: dict[tuple[int, int], int] = {}
        self._shared: dict[tuple[int, int, int], tuple[float, float]] = {}

    def likeness(self, part: int, here: int, there: int) -> float:
        """Return how alike two columns are to a part that is asked for in the first, 0.0-1.0.

        It is the mean F1 of notes and of onsets, weighed by notes.
        """
        is_phrase = (there - here) % self._gap(part, here) == 0
        total, shared = DOUBT, DOUBT * (PHRASE if is_phrase else NO_PHRASE)
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

    def _gap(self, part: int, here: int) -> int:
        """Return how many columns in a row are not known of a part."""
        key = part, here
        if key not in self._gaps:
            first = last = here
            while first > 0 and part not in self.cells[first - 1]:
                first -= 1
            while last + 1 < len(self.cells) and part not in self.cells[last + 1]:
                last += 1
            self._gaps[key] = last - first + 1
        return self._gaps[key]

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
