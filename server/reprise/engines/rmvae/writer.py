"""Writes voices on a choir's grid, one voice of one bar at a time.

A voice hears up to eight bars before, what the other voices sing in the same bar as far as it
stands, and itself. A voice that nobody sings is a missing expert: it is neither heard nor imagined.
At each step it is drawn whether a note begins, and then which one, in the line's range and
uncrossed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Watch
from reprise.engines.choir.answers import Classes, classes_beside
from reprise.engines.choir.grid import Arrangement, Hidden
from reprise.engines.sampling import Sampling, sample
from reprise.runtime.bar_model import BarModel, BarQuestion
from reprise.tokenizers import chorale, rmvae

Floats = NDArray[np.float64]

LONGEST_NOTE = 16
"""Steps after which a voice leaves its note, on a beat."""

EAGERNESS = 3.0
"""Added to the log-odds of a new note, at steps where a wished-for density wants one."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a proposal is drawn.

    Attributes:
        rhythm: Whether a note begins.
        pitch: Which note.
        noise: Deviation of the latent space's points from their means, 1.0 as believed.
    """

    rhythm: Sampling
    pitch: Sampling
    noise: float


class Writer:
    """Writes one proposal.

    Attributes:
        grid: What stands, of shape (steps, 4); UNKNOWN elsewhere.
        written: True where this writer drew, of the same shape.
        log_chances: Natural logarithms of the draws' chances, of the same shape.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        model: BarModel,
        manner: Manner,
        random: np.random.Generator,
        watch: Watch,
    ) -> None:
        self.grid = arrangement.grid.copy()
        self.written = np.zeros(self.grid.shape, dtype=np.bool_)
        self.log_chances = np.zeros(self.grid.shape)
        self._arrangement = arrangement
        self._model = model
        self._manner = manner
        self._random = random
        self._watch = watch
        self._home = rmvae.home_transposition(arrangement.grid)
        self._noise = self._drawn_noise()

    def hide(self, cells: Hidden) -> None:
        """Forget what stands in some cells, of shape (steps, 4)."""
        self.grid = np.where(cells, chorale.UNKNOWN, self.grid)

    def write(self, role: int, first: int, starts: NDArray[np.bool_] | None = None) -> None:
        """Write the unknown open cells of one voice in the bar of 16 steps from `first` on.

        Args:
            role: Whose.
            first: The first step; it may lie before the grid's.
            starts: True at the steps where notes begin and nowhere else do, of shape (steps,);
                None leaves it to the network.
        """
        self._watch.check()
        memory = self._model.listen(self._question(role, first))
        for place in range(rmvae.BAR_STEPS):
            step = first + place
            said, memory = self._model.say(memory, place, *self._heard(role, step))
            if 0 <= step < len(self.grid) and self._is_wanted(step, role):
                self._take(step, role, said[0, role].astype(np.float64), starts)

    def _is_wanted(self, step: int, role: int) -> bool:
        is_unknown = self.grid[step, role] == chorale.UNKNOWN
        return bool(is_unknown and self._arrangement.open[step, role])

    # ------------------------------------------------------------ what is heard

    def _question(self, role: int, first: int) -> BarQuestion:
        count = self._model.bars
        begin = first - (count - 1) * rmvae.BAR_STEPS
        lines = rmvae.lines_of_grid(self.grid, self._home)
        heard: Hidden = np.any(rmvae.bars(lines.is_known, begin, count), axis=2)
        heard[-1, role] = False
        sounding = np.asarray(heard, np.float32)[None]
        return BarQuestion(
            rmvae.bars(lines.pitches, begin, count)[None],
            rmvae.bars(lines.strikes, begin, count).astype(np.int64)[None],
            sounding,
            sounding,
            self._noise,
        )

    def _heard(self, role: int, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what the writers hear at a step: pitches and strikes, (1, 4, 4)."""
        now, before, earlier = (self._row(step - back) for back in range(3))
        pitches = rmvae.pitch_numbers(now, self._home)
        strikes = _strikes(now, before)
        pitches[role] = rmvae.pitch_numbers(before, self._home)[role]
        strikes[role] = _strikes(before, earlier)[role]
        shape = (1, rmvae.VOICE_COUNT, rmvae.VOICE_COUNT)
        return np.broadcast_to(pitches, shape), np.broadcast_to(strikes, shape)

    def _row(self, step: int) -> chorale.Grid:
        is_inside = 0 <= step < len(self.grid)
        return self.grid[step] if is_inside else np.full(chorale.VOICE_COUNT, chorale.UNKNOWN)

    # ------------------------------------------------------------ what is drawn

    def _take(self, step: int, role: int, said: Floats, starts: NDArray[np.bool_] | None) -> None:
        before = int(self._row(step - 1)[role])
        holds, strikes = -np.logaddexp(0.0, -said[-1]), -np.logaddexp(0.0, said[-1])
        if starts is not None:
            is_new, unwanted = bool(starts[step]), chorale.UNKNOWN
        else:
            is_new, unwanted = self._begins(step, role, holds, strikes), before
        class_, chance = before, holds
        if is_new or before in (chorale.UNKNOWN, chorale.REST):
            class_, chance = self._drawn(step, role, said, unwanted)
            chance += strikes
        self.grid[step, role] = class_
        self.written[step, role] = True
        self.log_chances[step, role] = chance

    def _begins(self, step: int, role: int, holds: float, strikes: float) -> bool:
        if step % self._arrangement.pace:
            return False
        is_on_beat = step % chorale.STEPS_PER_BEAT == 0
        if is_on_beat and self._is_long(step, role):
            return True
        eager = EAGERNESS if self._arrangement.task.controls.notes_per_bar is not None else 0.0
        scores = np.array([holds, strikes + eager])
        return bool(sample(scores, self._manner.rhythm, self._random))

    def _is_long(self, step: int, role: int) -> bool:
        last = self.grid[max(0, step - LONGEST_NOTE) : step, role]
        return len(last) == LONGEST_NOTE and bool((last == last[-1]).all())

    def _drawn(self, step: int, role: int, said: Floats, unwanted: int) -> tuple[int, float]:
        """Return a class for a note that begins, and the logarithm of its chance."""
        numbers = rmvae.pitch_numbers(np.arange(chorale.CLASS_COUNT), self._home)
        known = np.append(said[:-1] - np.logaddexp.reduce(said[:-1]), -np.inf)
        scores = known[numbers]
        mask: Classes = classes_beside(self._arrangement.allowed, role, self.grid[step], unwanted)
        class_ = sample(scores, self._manner.pitch, self._random, mask)
        return class_, float(scores[class_])

    def _drawn_noise(self) -> NDArray[np.float32]:
        shape = (2, 1, self._model.bars, self._model.latent)
        return (self._manner.noise * self._random.standard_normal(shape)).astype(np.float32)


def _strikes(now: chorale.Grid, before: chorale.Grid) -> NDArray[np.int64]:
    """Return of each voice whether it is struck in a row, after the row before; both (4,)."""
    struck = np.where(now == before, rmvae.HELD, rmvae.STRUCK)
    return np.where(now == chorale.UNKNOWN, rmvae.UNKNOWN_STRIKE, struck)
