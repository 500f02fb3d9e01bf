"""Writes a line step by step: what the network hears, what it may say, and how well it joins.

Several lines may be written at once, one a row. Where something stands behind what is written, the
row after which that is likeliest fits best.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Watch
from reprise.engines.folk.sheet import Cells
from reprise.engines.sampling import Sampling, sample
from reprise.runtime.token_model import WindowModel
from reprise.tokenizers import folk

HOLD: Final = 0
OFF: Final = 1
FIRST_PITCH: Final = 2

LOOK_BACK: Final = 16
"""Steps after a written one that tell how well it joins."""

MOST_PULL: Final = 8.0
"""How far the chances of a note are bent at most, in nats."""

LENGTHS_WIDTH: Final = 0.8
"""The middle share of all lengths that notes have at a temperature of 1: none is freakish."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be written.

    Attributes:
        allowed: Which classes are pitches that new notes may have, of shape (classes,).
        notes_a_step: How many notes are aimed at; None leaves it to the network.
        pull: How strongly a note that is owed, or one too many, bends the chances, in nats.
        rhythm: Where new notes begin, of shape (steps,); None leaves it to the network.
    """

    allowed: Cells
    notes_a_step: float | None = None
    pull: float = 0.0
    rhythm: Cells | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A line that was written.

    Attributes:
        classes: What stands, of shape (steps,).
        log_chance: Mean log-probability of the written notes, nats a note; None without one.
    """

    classes: folk.Classes
    log_chance: float | None


def write(
    model: WindowModel,
    classes: folk.Classes,
    cells: Cells,
    limits: Limits,
    sampling: Sampling,
    random: np.random.Generator,
    watch: Watch,
    *,
    before: folk.Classes | None = None,
    rows: int = 1,
    show: Callable[[int, folk.Classes], None] = lambda _step, _classes: None,
) -> Written:
    """Write the steps that are True in `cells` and return the line that fits best.

    Args:
        model: The network.
        classes: What stands, of shape (steps,).
        cells: What is written, of the same shape.
        limits: What may be written.
        sampling: How adventurously.
        random: Draws it.
        watch: Asked at every step.
        before: What is heard before the first step; silence where None.
        rows: How many lines are tried.
        show: Called with each written step and what stands by then, of the first row.
    """
    page = _Page(classes, cells, limits, rows, before)
    for step in page.heard_steps():
        watch.check()
        scores = _log_softmax(model.logits(page.heard(step)))
        if cells[step]:
            page.choose(step, scores, sampling, random)
            show(step, page.classes[0])
        else:
            page.judge(step, scores)
    return page.best()


class _Page:
    """Lines in the making."""

    def __init__(
        self,
        classes: folk.Classes,
        cells: Cells,
        limits: Limits,
        rows: int,
        before: folk.Classes | None,
    ) -> None:
        heard = np.zeros(folk.HEARD_STEPS, np.int64) if before is None else before
        self._page = np.tile(np.concatenate([heard, classes]), (rows, 1))
        self._cells = cells
        self._limits = limits
        self._written = np.zeros(rows)
        self._notes = np.zeros(rows)
        self._log_chances = np.zeros(rows)
        self._joins = np.zeros(rows)
        self._lasting = np.ones(rows)
        self._endings = np.full(rows, 0.5)

    @property
    def classes(self) -> folk.Classes:
        """What stands, of shape (rows, steps)."""
        return self._page[:, folk.HEARD_STEPS :]

    def heard_steps(self) -> list[int]:
        """Return the steps whose chances matter, rising."""
        written = np.flatnonzero(self._cells)
        if len(self._page) == 1:
            return [int(step) for step in written]
        behind = written[:, None] + np.arange(LOOK_BACK + 1)
        return [int(step) for step in np.unique(behind) if step < len(self._cells)]

    def heard(self, step: int) -> folk.Classes:
        """Return what is heard before a step, of shape (rows, HEARD_STEPS)."""
        return self._page[:, step : step + folk.HEARD_STEPS]

    def choose(
        self, step: int, scores: Floats, sampling: Sampling, random: np.random.Generator
    ) -> None:
        """Write one step of every row, given log-probabilities of shape (rows, classes)."""
        for row, mine in enumerate(scores):
            bent = mine + self._pull(row) * (np.arange(len(mine)) >= FIRST_PITCH)
            mask = self._mask(row, step)
            class_ = HOLD
            if not self._is_held(row, bent, mask, sampling, random):
                is_new = mask & (np.arange(len(mask)) != HOLD)
                class_ = sample(bent, sampling, random, is_new)
            self._page[row, folk.HEARD_STEPS + step] = class_
            self._written[row] += 1
            self._notes[row] += class_ >= FIRST_PITCH
            self._log_chances[row] += mine[class_]
        self._close(step + 1)

    def _is_held(
        self,
        row: int,
        scores: Floats,
        mask: Cells,
        sampling: Sampling,
        random: np.random.Generator,
    ) -> bool:
        """Tell whether what sounds goes on.

        Most steps hold what is, so the likeliest class of every step is one endless note. Lengths
        are drawn instead: a note ends where the chance that it lasts so long falls below a number
        that was drawn when it began, a half at a temperature of nought.
        """
        shares = np.where(mask, np.exp(scores), 0.0)
        self._lasting[row] *= shares[HOLD] / shares.sum()
        if self._lasting[row] >= self._endings[row]:
            return True
        width = LENGTHS_WIDTH * min(1.0, sampling.temperature)
        self._lasting[row] = 1.0
        self._endings[row] = 0.5 + width * (random.random() - 0.5)
        return False

    def judge(self, step: int, scores: Floats) -> None:
        """Hear how likely what stands at a step is, given log-probabilities (rows, classes)."""
        stands = self.classes[:, step]
        self._joins += scores[np.arange(len(scores)), stands]

    def best(self) -> Written:
        """Return the row after which what stands is likeliest, the first of equals."""
        row = int(self._joins.argmax())
        notes = float(self._notes[row])
        chance = float(self._log_chances[row]) / notes if notes else None
        return Written(self.classes[row].copy(), chance)

    def _close(self, step: int) -> None:
        """End what was written where writing ends and something else, or nothing, stands."""
        if step == len(self._cells) or self._cells[step]:
            return
        for row in range(len(self._page)):
            if self.classes[row, step] == HOLD and self._sounds(row, step):
                self.classes[row, step] = OFF

    def _mask(self, row: int, step: int) -> Cells:
        mask = self._limits.allowed.copy()
        rhythm = self._limits.rhythm
        is_sounding = self._sounds(row, step)
        if rhythm is None or not rhythm[step]:
            mask[HOLD] = True
        if rhythm is None:
            mask[OFF] = is_sounding
        elif not rhythm[step]:
            mask[FIRST_PITCH:] = False
        # A kept note has ended where writing begins: it can be ended but not be held.
        is_entry = step > 0 and not self._cells[step - 1]
        if is_entry and is_sounding and mask[HOLD]:
            mask[HOLD], mask[OFF] = False, True
        return mask

    def _sounds(self, row: int, step: int) -> bool:
        """Tell whether a note is held into a step."""
        heard = self._page[row, : folk.HEARD_STEPS + step]
        events = heard[heard != HOLD]
        return bool(len(events)) and bool(events[-1] >= FIRST_PITCH)

    def _pull(self, row: int) -> float:
        wanted = self._limits.notes_a_step
        if wanted is None:
            return 0.0
        owed = wanted * (self._written[row] + 1) - self._notes[row]
        return float(np.clip(self._limits.pull * owed, -MOST_PULL, MOST_PULL))


def _log_softmax(logits: NDArray[np.float32]) -> Floats:
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    normal: Floats = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return normal
