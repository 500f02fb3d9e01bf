"""Writes what comes next on a choir's grid: row by row, in each row from soprano to bass.

What sounds already stays and is heard; of the rest every cell is drawn as the network expects it,
in its line's range and uncrossed. What nobody sings is drawn as well, so that the network always
hears four voices, and is not sounded.
"""

from collections.abc import Iterator

import numpy as np

from reprise.engines.bach.listener import WINDOW, Floats, Listener, window_start
from reprise.engines.base import Watch
from reprise.engines.choir.answers import classes_beside
from reprise.engines.choir.grid import Arrangement
from reprise.engines.sampling import Sampling, sample
from reprise.tokenizers import chorale

LONGEST_CHORD = 8
"""Steps after which a chord that nobody leaves is left, on a beat: two beats."""


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
        self._leaders = {role for role in arrangement.lines if arrangement.open[:, role].any()}

    def write(self, start: int, end: int, pace: int = 1) -> Iterator[int]:
        """Write the rows from a step up to another; yields each when it stands.

        Args:
            start: The first; the listener has heard the rows before it.
            end: The one after the last.
            pace: Steps between changes of a line: at 1 it moves as it likes.
        """
        held = 0
        for step in range(start, end):
            self._watch.check()
            self._move_window(step)
            is_held = step % pace != 0 and step > start
            must_move = held >= LONGEST_CHORD and step % chorale.STEPS_PER_BEAT == 0
            for role in range(chorale.VOICE_COUNT):
                self._listener.place(self._class(step, role, is_held=is_held, must_move=must_move))
            is_same = step > 0 and bool((self.grid[step] == self.grid[step - 1]).all())
            held = held + 1 if is_same else 1
            yield step

    def _move_window(self, step: int) -> None:
        if step - self._listener.first >= WINDOW:
            first = window_start(step)
            self._listener.hear(self.grid[first:step], first)

    def _class(self, step: int, role: int, *, is_held: bool, must_move: bool) -> int:
        """Return a cell's class: what sounds, what is held, or else what is drawn."""
        known = int(self.grid[step, role])
        if known != chorale.UNKNOWN:
            return known
        before = int(self.grid[step - 1, role]) if step else chorale.UNKNOWN
        scores = self._listener.scores(self.grid[step])
        class_ = before
        if not is_held or before == chorale.UNKNOWN:
            unwanted = before if must_move and role in self._leaders else chorale.UNKNOWN
            class_ = self._drawn(step, role, scores, unwanted)
        self.grid[step, role] = class_
        self.written[step, role] = True
        self.log_chances[step, role] = scores[class_]
        return class_

    def _drawn(self, step: int, role: int, scores: Floats, unwanted: int) -> int:
        mask = classes_beside(self._arrangement.allowed, role, self.grid[step], unwanted)
        return sample(scores, self._sampling, self._random, mask)
