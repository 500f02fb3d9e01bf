"""What lies between two clips: notes that answer each other are paired, and some change sides."""

from collections.abc import Sequence

import numpy as np

from reprise.engines.fitting import EDGE
from reprise.engines.markov.kit import on_pads, pads_of, single_hits
from reprise.engines.markov.material import Material, VoiceMaterial
from reprise.engines.markov.units import Unit
from reprise.music.score import Score
from reprise.music.span import Span

NEAREST = 0.5
"""Beats between two onsets that may still answer each other."""

BETWEEN = 0.35
"""How likely a pair meets half-way in pitch, at an amount of one half."""


class Morph:
    """One voice on its way to a voice of the target."""

    def __init__(
        self, material: Material, voice: VoiceMaterial, target: Score, units: Sequence[Unit]
    ) -> None:
        """Take the straight units of the target's voice; it repeats where it is shorter."""
        self._material = material
        self._voice = voice
        self._length = target.length
        self._units = units
        if voice.is_drums:
            pads = pads_of(voice.voice, material.task.pads)
            self._units = on_pads(units, target.voices[voice.index], voice.voice, pads)

    def template(self, bar: Span, random: np.random.Generator) -> list[Unit]:
        """Return one bar, each pair or single note from the side that its draw falls on."""
        task = self._material.task
        inside = self._voice.inside(bar.start, bar.end)
        own = single_hits(inside) if self._voice.is_drums else inside
        result: list[Unit] = []
        waiting = self._target_units(bar)
        for unit in own:
            answer = _nearest(unit, waiting) if unit.is_free else None
            if answer is not None:
                waiting.remove(answer)
            drawn, between = random.random(2)
            if not unit.is_free:
                result.append(unit)
            elif answer is not None:
                result.append(self._met(unit, answer, drawn, between))
            elif drawn >= task.amount or task.keep_rhythm or task.keep_pitches:
                result.append(unit)
        if not task.keep_rhythm and not task.keep_pitches:
            result += [unit for unit in waiting if random.random() < task.amount]
        return sorted(result, key=lambda unit: (unit.start, -unit.pitch))

    def _met(self, unit: Unit, answer: Unit, drawn: float, between: float) -> Unit:
        task = self._material.task
        if task.keep_rhythm:
            return self._pitched(unit, answer.pitch) if drawn < task.amount else unit
        if task.keep_pitches:
            return unit.timed(answer.start, answer.duration) if drawn < task.amount else unit
        closeness = 1.0 - abs(2.0 * task.amount - 1.0)
        nearer = answer if drawn < task.amount else unit
        is_between = between < BETWEEN * closeness and not self._voice.is_drums
        if is_between and unit.pitch != answer.pitch:
            share = (1.0 - task.amount) * unit.pitch + task.amount * answer.pitch
            return self._pitched(nearer, self._material.key.nearest(round(share)))
        return nearer

    def _pitched(self, unit: Unit, pitch: int) -> Unit:
        if unit.pitch == pitch:
            return unit
        return unit.led_to(pitch, self._material.key, 0, 127)

    def _target_units(self, bar: Span) -> list[Unit]:
        """Return the target's units of one bar, on this time line, where they may be written."""
        first = int(bar.start / self._length)
        last = int((bar.end - EDGE) / self._length)
        return [
            moved
            for turn in range(first, last + 1)
            for unit in self._units
            if bar.start - EDGE <= unit.start + turn * self._length < bar.end - EDGE
            and self._voice.is_open((moved := unit.shifted(turn * self._length)).start)
        ]


def _nearest(unit: Unit, others: Sequence[Unit]) -> Unit | None:
    near = [other for other in others if abs(other.start - unit.start) <= NEAREST + EDGE]
    return min(
        near,
        key=lambda other: abs(other.start - unit.start) + abs(other.pitch - unit.pitch) / 24,
        default=None,
    )
