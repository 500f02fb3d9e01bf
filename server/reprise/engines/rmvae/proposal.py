"""One proposal of the bar-by-bar engine: which voices of which bars it writes, and their notes."""

from dataclasses import replace

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
from reprise.engines.rmvae.writer import Manner, Writer
from reprise.engines.sampling import Sampling
from reprise.music.note import Note
from reprise.runtime.bar_model import BarModel
from reprise.tokenizers import chorale, rmvae

OUTER_FIRST = (3, 0, 1, 2)
"""The order in which the voices of a bar are written: bass, soprano, alto, tenor."""

COLD, MEDIUM, HOT = (0.0, 0.5), (0.5, 0.9), (1.0, 1.2)
"""Surprise and temperature. Always taking the likeliest, two notes take turns for ever."""

LEAST_LIKELY = 0.03
"""Share of the likeliest pitch's chance below which no pitch is drawn."""


def manner_at(surprise: float) -> Manner:
    """Return how to draw at a surprise of 0.0-1.0."""
    surprises, temperatures = zip(COLD, MEDIUM, HOT, strict=True)
    temperature = float(np.interp(surprise, surprises, temperatures))
    rhythm = Sampling(min(1.0, temperature), min_p=0.0, top_p=1.0)
    return Manner(rhythm, Sampling(temperature, LEAST_LIKELY), min(1.0, 2.0 * surprise))


class Proposal:
    """One proposal; the same random numbers give the same notes."""

    def __init__(
        self,
        arrangement: Arrangement,
        model: BarModel,
        random: np.random.Generator,
        watch: Watch,
        index: int,
    ) -> None:
        self._arrangement = arrangement
        self._task = arrangement.task
        self._random = random
        self._watch = watch
        self._index = index
        self._replaced: set[int] = set()
        manner = manner_at(self._task.controls.surprise)
        self._writer = Writer(arrangement, model, manner, random, watch)

    def candidate(self) -> Candidate:
        """Write and return the whole proposal."""
        if self._task.verb == Verb.REDO:
            self._redo()
        else:
            self._write_bars()
        return self._gathered()

    # ------------------------------------------------------------ the verbs

    def _write_bars(self) -> None:
        """Write the open cells of all voices, bar by bar."""
        self._hide(self._arrangement.open)
        ends = bar_ends(self._arrangement)
        for first in self._bars():
            for role in OUTER_FIRST:
                self._write(role, first)
            for end in range(first + 1, first + rmvae.BAR_STEPS + 1):
                if end in ends:
                    self._show_bar(ends[end])

    def _redo(self) -> None:
        """Find every voice anew given the others, in any order, as often round as asked."""
        is_open = self._arrangement.open
        for _ in range(self._task.passes):
            for role in self._random.permutation(np.flatnonzero(is_open.any(axis=0))):
                cells = np.zeros_like(is_open)
                cells[:, role] = is_open[:, role]
                self._hide(cells)
                for first in self._bars():
                    self._write(int(role), first)

    def _bars(self) -> range:
        """Return the first steps of the bars of 16 steps that are written.

        They are counted from the bar line before the first open step.
        """
        start = first_open_step(self._arrangement)
        bars = self._task.source.meter_map.bars(self._task.length)
        lines = (round(bar.start * chorale.STEPS_PER_BEAT) for bar in bars)
        anchor = max((line for line in lines if line <= start), default=0)
        return range(anchor, self._arrangement.steps, rmvae.BAR_STEPS)

    def _write(self, role: int, first: int) -> None:
        last = first + rmvae.BAR_STEPS
        if not self._arrangement.open[max(0, first) : last, role].any():
            return
        self._writer.write(role, first, self._starts(role))

    def _starts(self, role: int) -> Hidden | None:
        """Return where notes begin if the rhythm is kept, of shape (steps,)."""
        if not self._keeps_rhythm:
            return None
        starts = np.zeros(self._arrangement.steps, dtype=np.bool_)
        for _, note in self._arrangement.free_notes(role):
            starts[self._arrangement.cells_of(note).start] = True
        return starts

    @property
    def _keeps_rhythm(self) -> bool:
        return self._task.keep_rhythm and self._task.verb != Verb.CONTINUE

    def _hide(self, cells: Hidden) -> None:
        """Hide cells, and let go of the free notes that begin there."""
        self._replaced |= let_go(self._arrangement, cells)
        self._writer.hide(cells)

    # ------------------------------------------------------------ notes

    def _show_bar(self, number: int) -> None:
        voices = map(self._new_notes, range(len(self._task.source.voices)))
        self._watch.bar(self._index, number, notes_of_bar(self._task, number, voices))

    def _gathered(self) -> Candidate:
        wished = [self._new_notes(index) for index in range(len(self._task.source.voices))]
        return gathered(self._arrangement, self._replaced, wished, self._writer.log_chances)

    def _new_notes(self, voice: int) -> list[Note]:
        if not self._keeps_rhythm:
            return sung_notes(self._arrangement, voice, self._writer.grid, self._writer.written)
        played = {place: note for place, _, note in self._task.source.places()}
        return [
            replace(played[place], pitch=line.pitch_of(class_))
            for role, line in self._arrangement.lines.items()
            if line.voice == voice
            for place, note in self._arrangement.free_notes(role)
            if place in self._replaced
            and (class_ := int(self._writer.grid[self._arrangement.cells_of(note).start, role]))
            not in (chorale.UNKNOWN, chorale.REST)
        ]
