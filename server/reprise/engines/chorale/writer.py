"""Writes on the grid of a chorale: goes on note by note, or fills what is hidden.

Filling goes from coarse to fine: first what stands on each beat, from left to right and the surest
voice first, then the eighths between, then the sixteenths. Every choice hears all that stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from reprise.engines.base import Watch
from reprise.engines.choir.answers import classes_beside
from reprise.engines.sampling import Sampling, sample
from reprise.runtime.token_model import FieldModel, TokenModel
from reprise.tokenizers import chorale

Hidden = NDArray[np.bool_]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

LONGEST_WINDOW = 64
"""Steps that the networks hear at once; they were trained on no more."""

PROMPT = 32
"""Steps that are heard again when a continuation has filled its window."""

LONGEST_CHORD = 8
"""Steps after which a chord that nobody leaves is left: two beats."""

LOOP = 16
"""Steps that, when they come again, are a loop to get out of."""

LIVELY = Sampling()
GREEDY = Sampling(temperature=0.0)


@dataclass(frozen=True, slots=True)
class Unit:
    """Cells of one voice that take one class together.

    Attributes:
        role: Whose.
        steps: Which, rising.
    """

    role: int
    steps: tuple[int, ...]


class Writer:
    """Writes one proposal.

    Attributes:
        grid: What stands, of shape (steps, 4); UNKNOWN elsewhere.
        written: True where this writer chose, of the same shape.
        log_chances: Natural logarithms of the choices' chances, of the same shape; those of a unit
            stand at its first cell.
    """

    def __init__(
        self,
        grid: chorale.Grid,
        allowed: Mask,
        next_note: TokenModel,
        infill: FieldModel,
        random: np.random.Generator,
        watch: Watch,
    ) -> None:
        self.grid = grid.copy()
        self.written = np.zeros(grid.shape, dtype=np.bool_)
        self.log_chances = np.zeros(grid.shape)
        self._allowed = allowed
        self._next_note = next_note
        self._infill = infill
        self._random = random
        self._watch = watch
        self._unwanted = np.full(grid.shape, chorale.UNKNOWN)

    def unwant(self, cells: Hidden, classes: chorale.Grid) -> None:
        """Avoid classes in some cells where anything else is allowed; both (steps, 4)."""
        self._unwanted = np.where(cells, classes, self._unwanted)

    def hide(self, cells: Hidden) -> None:
        """Forget what stands in some cells."""
        self.grid = np.where(cells, chorale.UNKNOWN, self.grid)

    # ------------------------------------------------------------ filling

    def fill(self, cells: Hidden, sampling: Sampling, pace: int = 1) -> None:
        """Choose every cell that is True in `cells`, of shape (steps, 4), and not known.

        Args:
            cells: Which.
            sampling: How adventurously.
            pace: Steps between changes of a voice: at 1 it moves as it likes.
        """
        to_do = cells & (self.grid == chorale.UNKNOWN)
        if pace > 1:
            self.fill_units(_blocks(to_do, pace), sampling)
            return
        for beat in range(0, len(self.grid), chorale.STEPS_PER_BEAT):
            self._fill_surest_first(
                [Unit(int(role), (beat,)) for role in np.flatnonzero(to_do[beat])], sampling
            )
        for fine in ((2,), (1, 3)):
            for role in _outer_first():
                self._fill_between(to_do, role, fine, sampling)

    def fill_units(self, units: Iterable[Unit], sampling: Sampling) -> None:
        """Choose units in the order of their first step, the surest voice first."""
        waiting: dict[int, list[Unit]] = {}
        for unit in units:
            waiting.setdefault(unit.steps[0], []).append(unit)
        for step in sorted(waiting):
            self._fill_surest_first(waiting[step], sampling)

    def _fill_surest_first(self, units: list[Unit], sampling: Sampling) -> None:
        """Choose units that begin at one step."""
        while units:
            self._watch.check()
            first, window = self._scores(units[0].steps[0])
            scores = {unit: _unit_scores(unit, first, window) for unit in units}
            surest = max(units, key=lambda unit: (float(scores[unit].max()), -unit.role))
            self._choose(surest, scores[surest], sampling)
            units.remove(surest)

    def _fill_between(
        self, to_do: Hidden, role: int, fine: Sequence[int], sampling: Sampling
    ) -> None:
        """Choose one voice's cells at some places in the beat, whole stretches at once."""
        half = LONGEST_WINDOW // 2
        for start in range(0, len(self.grid), half):
            steps = [
                step
                for step in range(start, min(start + half, len(self.grid)))
                if to_do[step, role] and step % chorale.STEPS_PER_BEAT in fine
            ]
            if steps:
                self._watch.check()
                first, scores = self._scores(start + half // 2)
                for step in steps:
                    self._choose(Unit(role, (step,)), scores[step - first, role], sampling)

    def _scores(self, step: int) -> tuple[int, Floats]:
        """Return where the window around a step begins, and its log-probabilities.

        They are of shape (window, 4, classes).
        """
        first = max(0, min(step - LONGEST_WINDOW // 2, len(self.grid) - LONGEST_WINDOW))
        # On a beat, and the later one, so that the window still reaches the end of the grid.
        first += -first % chorale.STEPS_PER_BEAT
        window = self.grid[first : first + LONGEST_WINDOW]
        features = chorale.infill_features(
            window[None], (window == chorale.UNKNOWN)[None], phase=first
        )
        return first, _log_softmax(self._infill.logits(features)[0])

    def _choose(self, unit: Unit, scores: Floats, sampling: Sampling) -> None:
        step = unit.steps[0]
        mask = classes_beside(
            self._allowed, unit.role, self.grid[step], int(self._unwanted[step, unit.role])
        )
        class_ = sample(scores, sampling, self._random, mask)
        self.grid[list(unit.steps), unit.role] = class_
        self.written[list(unit.steps), unit.role] = True
        self.log_chances[step, unit.role] = scores[class_]

    # ------------------------------------------------------------ going on

    def go_on(
        self, start: int, sampling: Sampling, leaders: Sequence[int], pace: int = 1
    ) -> Iterator[int]:
        """Write all four voices from a step to the end, each row from soprano to bass.

        Yields each step when its row stands.

        Args:
            start: The first step to write; all before it is known.
            sampling: How adventurously.
            leaders: Voices that have to leave a chord that everybody holds for too long.
            pace: Steps between changes of a voice: at 1 it moves as it likes.
        """
        first = max(0, start - PROMPT)
        state, model = self._heard(first, start)
        held = 0
        for step in range(start, len(self.grid)):
            self._watch.check()
            if step - first >= LONGEST_WINDOW:
                first = step - PROMPT
                state, model = self._heard(first, step)
            drawn = LIVELY if self._is_looping(step) else sampling
            must_move = held >= LONGEST_CHORD and step % chorale.STEPS_PER_BEAT == 0
            for role in range(chorale.VOICE_COUNT):
                scores = _log_softmax(model.step(state.features()[None])[0])
                unwanted = state.latest[role] if must_move and role in leaders else -1
                if step % pace == 0 or step == start:
                    state.place(self._next_class(step, role, scores, drawn, unwanted))
                else:
                    state.place(self._held(step, role))
            is_same = step > 0 and bool((self.grid[step] == self.grid[step - 1]).all())
            held = held + 1 if is_same else 1
            yield step

    def _held(self, step: int, role: int) -> int:
        self.grid[step, role] = self.grid[step - 1, role]
        self.written[step, role] = True
        return int(self.grid[step, role])

    def _is_looping(self, step: int) -> bool:
        """Tell whether the last bar is the bar before again."""
        last, before = self.grid[step - LOOP : step], self.grid[step - 2 * LOOP : step - LOOP]
        return step >= 2 * LOOP and bool((last == before).all())

    def _heard(self, first: int, end: int) -> tuple[chorale.ChoraleState, TokenModel]:
        """Return the state and the model after the rows from `first` up to `end`."""
        state = chorale.ChoraleState(phase=first)
        model = self._next_note.fork()
        heard = self.grid[first:end]
        model.prefill(chorale.next_note_features(heard[None], phase=first))
        state.place_all(heard.reshape(-1))
        return state, model

    def _next_class(
        self, step: int, role: int, scores: Floats, sampling: Sampling, unwanted: int
    ) -> int:
        mask = classes_beside(self._allowed, role, self.grid[step], unwanted)
        class_ = sample(scores, sampling, self._random, mask)
        self.grid[step, role] = class_
        self.written[step, role] = True
        self.log_chances[step, role] = scores[class_]
        return class_


def _unit_scores(unit: Unit, first: int, window: Floats) -> Floats:
    """Return a unit's log-probabilities, averaged over its cells inside a window."""
    inside = [step - first for step in unit.steps if step - first < len(window)]
    mean: Floats = window[inside, unit.role].mean(axis=0)
    return mean


def _blocks(to_do: Hidden, pace: int) -> list[Unit]:
    """Return units of up to `pace` steps, counted from multiples of it."""
    units = []
    for role in range(chorale.VOICE_COUNT):
        steps = np.flatnonzero(to_do[:, role]).tolist()
        units += [Unit(role, tuple(run)) for _, run in groupby(steps, key=lambda at: at // pace)]
    return units


def _outer_first() -> tuple[int, ...]:
    return (3, 0, 1, 2)


def _log_softmax(logits: NDArray[np.floating]) -> Floats:
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    answer: Floats = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return answer
