"""Writes what comes next on a choir's grid: row by row, in each row from soprano to bass.

What sounds already stays and is heard; of the rest every cell is drawn as the network expects it,
in its line's range and uncrossed. What nobody sings is drawn as well, so that the network always
hears four voices, and is not sounded.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from reprise.engines.bach.listener import WINDOW, Floats, Listener, window_start
from reprise.engines.base import Watch
from reprise.engines.choir.answers import classes_beside
from reprise.engines.choir.grid import Arrangement
from reprise.engines.sampling import Sampling, sample
from reprise.tokenizers import chorale

LONGEST_CHORD = 8
"""Steps after which a chord that nobody leaves is left by all, on a beat."""

LONGEST_NOTE = 16
"""Steps after which a voice leaves its note, on a beat: no singer has more breath."""


class Writer:
    """Writes one proposal, or what nobody sings of the prompt.

    Attributes:
        grid: What stands, of shape (steps, 4); UNKNOWN elsewhere.
        written: True where this writer drew, of the same shape.
        log_chances: Natural logarithms of what was drawn, of the same shape.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        listener: Listener,
        sampling: Sampling,
        random: np.random.Generator,
        watch: Watch,
    ) -> None:
        self.grid = arrangement.grid.copy()
        self.written = np.zeros(self.grid.shape, dtype=np.bool_)
        self.log_chances = np.zeros(self.grid.shape)
        self._arrangement = arrangement
        self._listener = listener
        self._sampling = sampling
        self._random = random
        self._watch = watch

    def write(self, start: int, end: int, pace: int = 1) -> Iterator[int]:
        """Write the rows from a step up to another; yields each when it stands.

        Args:
            start: The first; the listener has heard the rows before it.
            end: The one after the last.
            pace: Steps between changes of a line: at 1 it moves as it likes.
        """
        held = _held(self.grid[:start])
        for step in range(start, end):
            self._watch.check()
            self._move_window(step)
            may_move = step % pace == 0 or step == start
            is_long = (held >= LONGEST_NOTE) | (held.min() >= LONGEST_CHORD)
            must_move = is_long & (step % chorale.STEPS_PER_BEAT == 0)
            for role in range(chorale.VOICE_COUNT):
                if self.grid[step, role] == chorale.UNKNOWN:
                    self._write_cell(step, role, may_move=may_move, must_move=must_move[role])
                self._listener.place(int(self.grid[step, role]))
            is_same = self.grid[step] == self.grid[max(0, step - 1)]
            held = np.where(is_same, held + 1, 1)
            yield step

    def _move_window(self, step: int) -> None:
        if step - self._listener.first >= WINDOW:
            first = window_start(step)
            self._listener.hear(self.grid[first:step], first)

    def _write_cell(self, step: int, role: int, *, may_move: bool, must_move: bool) -> None:
        before = int(self.grid[step - 1, role]) if step else chorale.UNKNOWN
        scores = self._listener.scores(self.grid[step])
        class_ = before
        # What stood may lie outside of what may be written.
        may_hold = before != chorale.UNKNOWN and self._arrangement.allowed[role, before]
        if may_move or not may_hold:
            class_ = self._drawn(step, role, scores, before if must_move else chorale.UNKNOWN)
        self.grid[step, role] = class_
        self.written[step, role] = True
        self.log_chances[step, role] = scores[class_]

    def _drawn(self, step: int, role: int, scores: Floats, unwanted: int) -> int:
        mask = classes_beside(self._arrangement.allowed, role, self.grid[step], unwanted)
        return sample(scores, self._sampling, self._random, mask)


def _held(rows: chorale.Grid) -> NDArray[np.int64]:
    """Return for how many rows each voice has had its last class, of shape (4,)."""
    if len(rows) == 0:
        return np.zeros(chorale.VOICE_COUNT, np.int64)
    is_last = np.logical_and.accumulate(rows[::-1] == rows[-1], axis=0)
    answer: NDArray[np.int64] = is_last.sum(axis=0)
    return answer
