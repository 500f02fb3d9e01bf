"""Changing the rhythm of a line: notes split, merged and moved on the voice's own grid."""

from collections.abc import Sequence

import numpy as np

from reprise.engines.fitting import EDGE
from reprise.engines.markov.material import Material, VoiceMaterial
from reprise.engines.markov.units import Unit

SMALLEST_GRID = 1 / 4
FINEST_GRID = 1 / 8
"""A voice on a finer grid is played freely; its rhythm changes in sixteenths."""

LARGEST_MOVE = 1 / 2

MOST_EDITS = 6
DENSEST, SPARSEST = 1.25, 0.8
"""A bar is thinned above and filled below these shares of the asked-for notes a bar."""


class RhythmWriter:
    """Changes the rhythm of one voice, never across the bounds of what it is given."""

    def __init__(self, material: Material, voice: VoiceMaterial) -> None:
        """Take what was learned."""
        self._bars = material.bars
        self._voice = voice
        self._keeps_pitches = material.task.keep_pitches
        self._step = voice.grid if voice.grid >= FINEST_GRID else SMALLEST_GRID
        if self._keeps_pitches:
            # Only moves are left, and whole notes on whole beats leave them no room.
            self._step = min(self._step, LARGEST_MOVE)
        self._asked = material.task.controls.notes_per_bar

    def rewritten(
        self, line: Sequence[Unit], share: float, random: np.random.Generator
    ) -> list[Unit]:
        """Return a line with about a share of its units, 0.0-1.0, in another rhythm."""
        units = list(line)
        # A dense bar takes few edits, or its pulse is lost.
        edits = min(int(np.sum(random.random(len(units)) < share)), round(0.5 + MOST_EDITS * share))
        moves = (self._moved,) if self._keeps_pitches else (self._moved, self._split, self._merged)
        for _ in range(edits):
            index = int(random.integers(len(units)))
            move = moves[int(random.integers(len(moves)))]
            ratio = len(units) / len(line)
            is_too_much = move == self._split and ratio >= DENSEST
            is_too_little = move == self._merged and ratio <= SPARSEST
            if units[index].is_free and not is_too_much and not is_too_little:
                move(units, index, random)
        return units

    def adapted(self, template: Sequence[Unit], random: np.random.Generator) -> list[Unit]:
        """Return a bar's units with about as many notes as were asked for; as they are if none."""
        units = list(template)
        if self._asked is None or not units:
            return units
        aim = self._asked if self._asked >= 1.0 else float(random.random() < self._asked)
        for _ in range(256):
            count = sum(len(unit.notes) for unit in units)
            if count > DENSEST * aim and self._thin(units):
                continue
            if count < SPARSEST * aim and self._fill(units):
                continue
            break
        return units

    def _split(self, units: list[Unit], index: int, _random: np.random.Generator) -> None:
        unit = units[index]
        step = max(self._step, SMALLEST_GRID)
        half = round(unit.duration / 2 / step) * step
        if not EDGE < half < unit.duration - EDGE:
            return
        second = self._at(unit, unit.start + half, unit.duration - half)
        units[index : index + 1] = [unit.timed(unit.start, half), second]

    def _merged(self, units: list[Unit], index: int, _random: np.random.Generator) -> None:
        if index + 1 >= len(units) or not units[index + 1].is_free:
            return
        unit, following = units[index], units[index + 1]
        if following.start - unit.end > 2 * self._step + EDGE:
            return
        # The heavier of the two places is the one that is heard.
        end = following.end
        kept = unit if self._weight(unit) >= self._weight(following) else following
        units[index : index + 2] = [kept.timed(kept.start, end - kept.start)]

    def _moved(self, units: list[Unit], index: int, random: np.random.Generator) -> None:
        unit = units[index]
        start = unit.start + (self._step if random.random() < 0.5 else -self._step)
        is_inside = self._voice.is_open(start) and self._bars.at(start) == self._bars.at(unit.start)
        if not is_inside or start > unit.end - self._step / 2:
            return
        if index + 1 < len(units) and units[index + 1].start <= start + EDGE:
            return
        before = units[index - 1] if index else None
        if before is None:
            units[index] = self._at(unit, start, unit.end - start)
            return
        was_joined = abs(before.end - unit.start) < EDGE
        end = start if was_joined else min(before.end, start)
        if abs(end - before.end) > EDGE:
            if not before.is_free or end < before.start + self._step / 2:
                return
            units[index - 1] = before.timed(before.start, end - before.start)
        units[index] = self._at(unit, start, unit.end - start)

    def _thin(self, units: list[Unit]) -> bool:
        """Leave the lightest unit out and let the one before it ring on."""
        free = [index for index, unit in enumerate(units) if unit.is_free]
        if len(free) < 2:
            return False
        index = min(free, key=lambda place: (self._weight(units[place]), -units[place].start))
        gone = units.pop(index)
        before = units[index - 1] if index else None
        if before and before.is_free and abs(before.end - gone.start) < EDGE:
            units[index - 1] = before.timed(before.start, gone.end - before.start)
        return True

    def _fill(self, units: list[Unit]) -> bool:
        """Split the longest unit that can be split."""
        free = [index for index, unit in enumerate(units) if unit.is_free]
        smallest = min(self._step, SMALLEST_GRID)
        long = [index for index in free if units[index].duration >= 2 * smallest - EDGE]
        if not long:
            return False
        index = max(long, key=lambda place: (units[place].duration, -place))
        unit = units[index]
        half = max(smallest, round(unit.duration / 2 / smallest) * smallest)
        second = self._at(unit, unit.start + half, unit.duration - half)
        units[index : index + 1] = [unit.timed(unit.start, half), second]
        return True

    def _at(self, unit: Unit, start: float, duration: float) -> Unit:
        """Return a unit at another time, as loud as the player is there."""
        played = self._voice.feel.played
        velocity = self._voice.feel.velocity_at(start) if played else None
        return unit.timed(start, duration, velocity)

    def _weight(self, unit: Unit) -> float:
        return self._bars.weight(unit.start)
