"""Goes through a grid cell by cell with a network that hears what came before and no more.

The network was trained on 32 chords whose first is a multiple of 16 in its hymn, and knows of no
others: when they are full, the second half is heard again as a first.
"""

import numpy as np
from numpy.typing import NDArray

from reprise.runtime.token_model import Logits, TokenModel
from reprise.tokenizers import bach, chorale

Floats = NDArray[np.float64]

WINDOW = bach.WINDOW_CELLS // chorale.VOICE_COUNT
"""Steps that are heard at most."""

SHIFT = WINDOW // 2
"""Windows begin at multiples of this, as in training."""


LIKELY = 6.0
"""Logit of a first note that goes with what sounds."""


def window_start(step: int) -> int:
    """Return the first step that is heard before a step: a multiple of 16, 16 to 31 before it."""
    return max(0, (step // SHIFT - 1) * SHIFT)


class Listener:
    """What a network has heard of a grid, and what it expects next.

    Attributes:
        first: The first step that it has heard.
    """

    def __init__(self, model: TokenModel) -> None:
        self.first = 0
        self._model = model
        self._scores: Floats | None = None

    def hear(self, rows: chorale.Grid, first: int) -> None:
        """Forget everything and hear whole rows, of shape (steps, 4), of which one is `first`."""
        self.first = first
        self._scores = None
        if len(rows):
            self._expect(self._model.prefill(bach.cells(rows[None]))[0, -1])

    def place(self, class_: int) -> None:
        """Hear one more cell."""
        cell = np.array([[class_]])
        if self._scores is None:
            self._expect(self._model.prefill(cell[None])[0, -1])
        else:
            self._expect(self._model.step(cell)[0])

    def scores(self, row: chorale.Grid) -> Floats:
        """Return log-probabilities of the next cell's classes.

        Args:
            row: What sounds with it, of shape (4,); it decides where nothing was heard yet: what
                sounds already sounds again, in any octave.
        """
        if self._scores is not None:
            return self._scores
        sounding = row[(row != chorale.UNKNOWN) & (row != chorale.REST)]
        is_like = np.isin(np.arange(chorale.CLASS_COUNT) % 12, sounding % 12)
        return _log_softmax(np.where(is_like, LIKELY, 0.0))

    def fork(self) -> "Listener":
        """Return a listener that goes its own way from here."""
        twin = Listener(self._model.fork())
        twin.first, twin._scores = self.first, self._scores
        return twin

    def _expect(self, logits: Logits) -> None:
        self._scores = _log_softmax(logits.astype(np.float64))


def _log_softmax(logits: Floats) -> Floats:
    scores = logits - logits.max()
    answer: Floats = scores - np.log(np.exp(scores).sum())
    return answer
