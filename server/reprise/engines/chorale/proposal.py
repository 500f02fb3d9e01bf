"""One proposal of the chorale engine: what is hidden, what is found for it, and its notes."""

from dataclasses import dataclass, replace

import numpy as np

from reprise.engines.base import Candidate, Verb, Watch
from reprise.engines.choir.answers import (
    bar_ends,
    first_open_step,
    gathered,
    let_go,
    notes_of_bar,
    sung_notes,
)
from reprise.engines.choir.grid import Arrangement, Hidden
from reprise.engines.chorale.writer import GREEDY, Unit, Writer
from reprise.engines.sampling import Sampling, generator, sampling_from_surprise
from reprise.music.note import Note
from reprise.runtime.token_model import FieldModel, TokenModel
from reprise.tokenizers import chorale

TEMPERATURE = 0.95
FILL_TEMPERATURE = 0.7
"""Where voices are filled cell by cell the networks' tails make leaps that nobody sings."""

LEAST_TEMPERATURE = 0.4
"""Of second and later proposals, which must differ from the first."""

STRENGTH_FACTORS = (1.0, 0.7, 1.3, 0.5, 1.6, 0.35, 2.0)
"""Proposals around the asked-for strength; selection takes the one that comes out nearest."""


@dataclass(frozen=True, slots=True)
class ChoraleNetworks:
    """The two networks of a chorale model, ready to be asked.

    Attributes:
        next_note: Reads `tokenizers.chorale.next_note_features`.
        infill: Reads `tokenizers.chorale.infill_features`.
    """

    next_note: TokenModel
    infill: FieldModel


def imagined(arrangement: Arrangement, networks: ChoraleNetworks, watch: Watch) -> Arrangement:
    """Return the arrangement with what nobody plays, so that the lines are heard in harmony.

    A refill imagines it together with what it looks for, a continuation what comes before it.
    """
    if arrangement.task.verb == Verb.REFILL:
        return arrangement
    cells = np.ones_like(arrangement.open)
    if arrangement.task.verb == Verb.CONTINUE:
        cells[first_open_step(arrangement) :] = False
    writer = _writer(arrangement, networks, generator(0, 0), watch)
    writer.fill(cells, GREEDY)
    return replace(arrangement, grid=writer.grid)


def _writer(
    arrangement: Arrangement,
    networks: ChoraleNetworks,
    random: np.random.Generator,
    watch: Watch,
) -> Writer:
    return Writer(
        arrangement.grid,
        arrangement.allowed,
        networks.next_note,
        networks.infill,
        random,
        watch,
    )


class Proposal:
    """One proposal; the same random numbers give the same notes."""

    def __init__(
        self,
        arrangement: Arrangement,
        networks: ChoraleNetworks,
        random: np.random.Generator,
        watch: Watch,
        number: int,
        index: int,
    ) -> None:
        self._watch = watch
        self._index = index
        self._arrangement = arrangement
        self._task = arrangement.task
        self._random = random
        self._strength = min(
            1.0, self._task.strength * STRENGTH_FACTORS[number % len(STRENGTH_FACTORS)]
        )
        temperature = TEMPERATURE if self._task.verb == Verb.CONTINUE else FILL_TEMPERATURE
        self._sampling = _sampling(self._task.controls.surprise, temperature, number)
        self._replaced: set[int] = set()
        self._units: dict[int, Unit] = {}
        self._writer = _writer(arrangement, networks, random, watch)

    def candidate(self) -> Candidate:
        """Write and return the whole proposal."""
        write = {
            Verb.CONTINUE: self._continue,
            Verb.REFILL: self._refill,
            Verb.REDO: self._redo,
            Verb.VARY: self._vary,
        }
        write[self._task.verb]()
        return self._gathered()

    # ------------------------------------------------------------ the verbs

    def _continue(self) -> None:
        arrangement, writer = self._arrangement, self._writer
        start = first_open_step(arrangement)
        if start == 0 or (writer.grid[start:] != chorale.UNKNOWN).any():
            writer.fill(np.ones_like(arrangement.open), self._sampling, arrangement.pace)
        else:
            leaders = [role for role in arrangement.lines if arrangement.open[:, role].any()]
            ends = bar_ends(arrangement)
            for step in writer.go_on(start, self._sampling, leaders, arrangement.pace):
                if step + 1 in ends:
                    self._show_bar(ends[step + 1])

    def _refill(self) -> None:
        self._hide(self._arrangement.open)
        if self._task.keep_rhythm:
            self._fill(self._arrangement.open)
        else:
            # What is imagined is found together with what is asked for.
            everything = np.ones_like(self._arrangement.open)
            self._writer.fill(everything, self._sampling, self._arrangement.pace)

    def _redo(self) -> None:
        """Find every line anew given the others, as often round as asked."""
        roles = [role for role in self._arrangement.lines if self._arrangement.open[:, role].any()]
        for _ in range(self._task.passes):
            for role in self._random.permutation(roles):
                cells = np.zeros_like(self._arrangement.open)
                cells[:, role] = self._arrangement.open[:, role]
                self._hide(cells)
                self._fill(cells)

    def _vary(self) -> None:
        cells = self._chosen_cells()
        # On beats only: a 16th that must differ from its neighbours is no music.
        beats = np.arange(len(cells))[:, None] % chorale.STEPS_PER_BEAT == 0
        is_unwanted = self._random.random(cells.shape) < 0.5 + 0.5 * self._strength
        self._writer.unwant(cells & beats & is_unwanted, self._arrangement.grid)
        self._hide(cells)
        self._fill(cells)

    def _show_bar(self, number: int) -> None:
        voices = map(self._new_notes, range(len(self._task.source.voices)))
        self._watch.bar(self._index, number, notes_of_bar(self._task, number, voices))

    # ------------------------------------------------------------ hiding and filling

    def _chosen_cells(self) -> Hidden:
        """Return the cells of the notes that a variation changes, beat by beat and line by line."""
        chosen = np.zeros_like(self._arrangement.open)
        groups: dict[tuple[int, int], list[Note]] = {}
        for role in self._arrangement.lines:
            for _, note in self._arrangement.free_notes(role):
                groups.setdefault((role, int(note.start)), []).append(note)
        keys = sorted(groups)
        count = min(len(keys), max(1, round(self._strength * len(keys))))
        for index in self._random.permutation(len(keys))[:count] if self._strength > 0 else ():
            role, _ = keys[index]
            for note in groups[keys[index]]:
                chosen[self._arrangement.cells_of(note), role] = True
        return chosen

    def _hide(self, cells: Hidden) -> None:
        """Hide cells, and let go of the free notes that begin there."""
        self._replaced |= let_go(self._arrangement, cells)
        self._writer.hide(cells)

    def _fill(self, cells: Hidden) -> None:
        """Fill cells; with the rhythm kept, note by note, and what was silent stays silent."""
        if not self._task.keep_rhythm:
            self._writer.fill(cells, self._sampling, self._arrangement.pace)
            return
        units = []
        for role in self._arrangement.lines:
            for place, note in self._arrangement.free_notes(role):
                steps = self._arrangement.cells_of(note)
                if cells[steps.start, role]:
                    unit = Unit(role, tuple(range(steps.start, steps.stop)))
                    self._units[place] = unit
                    units.append(unit)
        self._writer.fill_units(units, self._sampling)

    # ------------------------------------------------------------ notes

    def _gathered(self) -> Candidate:
        wished = [self._new_notes(index) for index in range(len(self._task.source.voices))]
        return gathered(self._arrangement, self._replaced, wished, self._writer.log_chances)

    def _new_notes(self, voice: int) -> list[Note]:
        if self._task.keep_rhythm and self._task.verb != Verb.CONTINUE:
            return self._repitched(voice)
        return sung_notes(self._arrangement, voice, self._writer.grid, self._writer.written)

    def _repitched(self, voice: int) -> list[Note]:
        found = []
        for place, owner, note in self._task.source.places():
            unit = self._units.get(place)
            if owner == voice and unit is not None:
                class_ = int(self._writer.grid[unit.steps[0], unit.role])
                line = self._arrangement.lines[unit.role]
                found.append(replace(note, pitch=line.pitch_of(class_)))
        return found


def _sampling(surprise: float, temperature: float, number: int) -> Sampling:
    """Return how to draw; where the likeliest was said already, something else has to be said."""
    sampling = sampling_from_surprise(surprise, temperature)
    least = min(LEAST_TEMPERATURE + 0.05 * number, temperature) if number else 0.0
    return replace(sampling, temperature=max(sampling.temperature, least))
